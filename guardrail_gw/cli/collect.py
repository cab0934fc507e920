"""`guardrail-gw collect`: logs of many gateways, kept where none of them can change them."""

import asyncio
import signal
import sys
from dataclasses import asdict
from pathlib import Path

import click
import orjson
import uvloop
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from guardrail_gw.cli.audit_folder import FILE, inert, time_of
from guardrail_gw.collector.database import migrate
from guardrail_gw.collector.export import Collected, collected, export
from guardrail_gw.collector.serving import Collector
from guardrail_gw.collector.settings import CollectorSettings
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.secret_files import read_secret
from guardrail_gw.keys.signer import make_signer
from guardrail_gw.keys.vkey import COSIGNS, Verifier
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.observability.log import configure

_DATABASE = click.option(
    "--database", type=FILE, required=True, help="A file (0600) with a postgresql:// address."
)
_FORKED = 1


@click.group(name="collect")
def command() -> None:
    """Collect the audit logs of many gateways in PostgreSQL."""


@command.command(name="run")
@click.option("--config", "path", type=FILE, required=True, help="The collector.yaml.")
@click.option(
    "--log-level",
    type=click.Choice(["debug", "info", "warning", "error"]),
    default="info",
    show_default=True,
)
def run(path: Path, log_level: str) -> None:
    """Take records from gateways until SIGTERM; verify, store and acknowledge them."""
    configure(level=log_level)
    uvloop.run(_run(CollectorSettings.load(path)))


async def _run(settings: CollectorSettings) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with Collector(settings, SystemClock()):
        await stop.wait()


@command.command(name="migrate")
@_DATABASE
def make_tables(database: Path) -> None:
    """Make the tables and roles, or bring them to this release's form.

    The address is that of the tables' owner, who may create roles. Running it again changes
    nothing.
    """
    applied = asyncio.run(migrate(_address(database)))
    Console().print(f"applied: {', '.join(applied) or 'nothing, the tables are up to date'}")


@command.command(name="key")
@click.option("--name", required=True, help="Of the collector, for instance its host's name.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("collector.key"),
    show_default=True,
    help="A new file for the private key.",
)
def make_key(name: str, out: Path) -> None:
    """Make the key that acknowledges, and print the line that gateways know it by."""
    made = make_signer(name, out)
    known = Verifier(name=made.name, public=made.public, kind=COSIGNS)
    click.echo(known.vkey())


@command.command(name="list")
@_DATABASE
@click.option("--json", "as_json", is_flag=True, help="For machines: one object per line.")
def list_logs(database: Path, as_json: bool) -> None:
    """List the logs that were collected, how far each reaches, and forks.

    Exit codes: 0 no log is forked, 1 one is.
    """
    found = asyncio.run(collected(_address(database)))
    if as_json:
        for each in found:
            sys.stdout.buffer.write(orjson.dumps(asdict(each)) + b"\n")
    else:
        Console().print(table(found))
    sys.exit(_FORKED if any(each.forks for each in found) else 0)


@command.command(name="export")
@click.argument("folder", type=click.Path(path_type=Path))
@_DATABASE
@click.option("--origin", help="The log's name; needed when there are several.")
def export_log(folder: Path, database: Path, origin: str | None) -> None:
    """Write a log back as files into FOLDER, byte for byte, so that `audit verify` reads it.

    FOLDER.cosigned is its newest checkpoint with the collector's cosignature.
    """
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("records", total=None)
        log = asyncio.run(
            export(_address(database), origin, folder, lambda n: bar.update(task, completed=n))
        )
    Console().print(f"{folder}: {log.records} records of {log.origin}", highlight=False)


def _address(path: Path) -> str:
    text = read_secret(path).decode("utf-8", "replace").strip()
    if not text.startswith(("postgresql://", "postgres://")):
        raise ConfigError(f"{path}: not a postgresql:// address")
    return text


def table(found: list[Collected]) -> Table:
    """A log's name is needed whole for `export`, so it is folded and never cut."""
    rows = Table(title="Collected logs", title_justify="left")
    rows.add_column("Log, and whose", overflow="fold")
    for name in ("Records", "Accepted (UTC)", "Forks"):
        rows.add_column(name, no_wrap=True)
    for each in found:
        whose = Text.assemble(inert(each.origin), "\n", (str(inert(each.gateway)), "dim"))
        at = time_of(each.accepted_us)[:16].replace("T", " ")
        forks = Text(str(each.forks), style="bold red" if each.forks else "")
        rows.add_row(whose, str(each.records), at, forks)
    return rows
