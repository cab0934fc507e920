"""`guardrail-gw catalog`: what is known of providers, places, models and prices, and from where."""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console

from guardrail_gw.catalog.catalog import SHIPPED, Catalog
from guardrail_gw.catalog.check import Grade, check
from guardrail_gw.cli import catalog_list, catalog_show, catalog_update
from guardrail_gw.cli.audit_folder import FILE, FOLDER
from guardrail_gw.dialects.every import PROVIDERS
from guardrail_gw.observability.clock import SystemClock

_OVERLAYS = click.option(
    "--catalog", "overlays", type=FOLDER, multiple=True, help="A folder of your own; repeatable."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="For machines.")
_DAY = click.DateTime(formats=("%Y-%m-%d",))


@click.group(name="catalog")
def command() -> None:
    """What is known of providers, places, models and prices, and from where."""


@command.command(name="list")
@_OVERLAYS
@click.option("--provider", "providers", multiple=True, help="Its models; repeatable.")
@click.option("--model", "models", multiple=True, help="Models of such names (`*sonnet*`).")
@click.option("--can", multiple=True, help="Models that can do this (`tools`); repeatable.")
@click.option("--takes", multiple=True, help="Models that read this (`image`); repeatable.")
@click.option("--region", help="Providers with a region of this name.")
@click.option("--within", help="Providers with a region within this jurisdiction (`EU`).")
@_JSON
def list_entries(
    overlays: tuple[Path, ...],
    region: str | None,
    within: str | None,
    as_json: bool,
    **wanted: tuple[str, ...],
) -> None:
    """List providers; with --provider, --model, --can or --takes list models."""
    catalog = Catalog.load(overlays)
    places = catalog_list.Places(region=region, within=within)
    if any(wanted.values()):
        rows = catalog_list.models(catalog, catalog_list.Wanted(**wanted), places)
        _shown(rows, as_json, catalog_list.model_table)
    else:
        _shown(catalog_list.providers(catalog, places), as_json, catalog_list.provider_table)


@command.command(name="show")
@click.argument("name")
@_OVERLAYS
@_JSON
def show(name: str, overlays: tuple[Path, ...], as_json: bool) -> None:
    """Show a provider or a model (MODEL or PROVIDER/MODEL): each fact, its source and its age."""
    found = catalog_show.facts(Catalog.load(overlays), name, _today())
    _shown(found, as_json, catalog_show.tables)


@command.command(name="check")
@click.argument("folder", type=FOLDER, required=False)
@click.option("--strict", is_flag=True, help="Warnings count as faults.")
@_JSON
def check_catalog(folder: Path | None, strict: bool, as_json: bool) -> None:
    """Check the shipped catalog, or a folder of your own beside it; warn of what is old.

    Exit codes: 0 nothing wrong, 1 a fault, 2 a file cannot be read.
    """
    own = folder is not None and folder.resolve() != SHIPPED
    catalog = Catalog.load([folder] if folder and own else [])
    names = catalog_list.names_in(folder or SHIPPED)
    shipped = catalog.files.shipped_only().values()
    dialects = frozenset(PROVIDERS).union(*(fact.dialects for fact in shipped))
    remarks = list(check(catalog.files, names, _today(), dialects))
    _shown([catalog_list.plain_remark(r) for r in remarks], as_json, catalog_list.remark_table)
    faults = [r for r in remarks if strict or r.grade is Grade.FAULT]
    sys.exit(1 if faults else 0)


@command.command(name="update")
@click.argument("file", type=FILE)
@click.option("--as-of", type=_DAY, required=True, help="The day FILE was published (UTC).")
@click.option("--version", help="As its makers call it; the day if left out.")
@click.option("--provider", "providers", multiple=True, help="Only this one; repeatable.")
@click.option("--add", multiple=True, help="Take new models of such names, too (`gpt-6*`).")
@click.option(
    "--into", type=click.Path(path_type=Path, file_okay=False), help="The folder to change."
)
@click.option("--write", is_flag=True, help="Change it; without this the difference is shown.")
@_JSON
def update(
    file: Path,
    as_of: datetime,
    version: str | None,
    providers: tuple[str, ...],
    add: tuple[str, ...],
    into: Path | None,
    write: bool,
    as_json: bool,
) -> None:
    """Compare with a downloaded catalogue (litellm, models.dev, OpenRouter), and take it over.

    Exit codes: 0 no difference, or it is written; 1 there are differences; 2 FILE cannot be used.
    """
    if write and into is None:
        raise click.UsageError("--write needs --into: a folder of yours, or the shipped catalog's")
    asked = catalog_update.Asked(
        file=file,
        as_of=as_of.date(),
        version=version or as_of.date().isoformat(),
        providers=providers,
        add=add,
        into=into,
    )
    outcome = catalog_update.compare(asked)
    _shown(outcome.rows(), as_json, catalog_update.tables)
    if write and into is not None:
        for path in outcome.write(into):
            click.echo(f"wrote {path}", err=True)
    sys.exit(1 if outcome.differences and not write else 0)


def _shown(value: Any, as_json: bool, drawn: Callable[[Any], Any]) -> None:  # noqa: ANN401 - JSON
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2) + b"\n")
        return
    console = Console()
    for each in drawn(value):
        console.print(each)


def _today() -> date:
    return datetime.fromtimestamp(SystemClock().now_us() / 1e6, tz=UTC).date()
