"""`guardrail-gw cost`: who spent what, from the audit log."""

import csv
import sys
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from importlib.util import find_spec
from pathlib import Path

import click
import orjson
from rich.bar import Bar
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from guardrail_gw.audit.spend import DIMENSIONS, Spend, dimension, spent
from guardrail_gw.cli.audit_export import cell
from guardrail_gw.cli.audit_folder import FOLDER, MOMENT, inert, progress
from guardrail_gw.cli.audit_kept import ACTS, REGISTER, kept
from guardrail_gw.cli.audit_look import Look, exchanges_within, looks
from guardrail_gw.cli.cost_chart import chart_of, drawing, share as share_of, svg, usd

_BAR_WIDTH = 20
_KNOWN = ", ".join((*DIMENSIONS, "tag.NAME"))
_WIDE = 100
"""Columns of a terminal from which on there is room for bars."""
_SUMS = ("requests", "unpriced", "input_tokens", "cached_input_tokens", "output_tokens")
_ALWAYS = ("requests", "input_tokens", "output_tokens")
"""The sums that a person is shown also where all are 0."""
_MONEY = ("cost_usd", "estimated_usd", "billed_usd", "difference_usd")
_HEADINGS = {
    "input_tokens": "tokens in",
    "cached_input_tokens": "cached",
    "output_tokens": "out",
}


@click.group(name="cost")
def command() -> None:
    """What requests cost, from the audit log."""


@command.command(name="report")
@click.argument("directory", type=FOLDER)
@looks
@click.option(
    "--by",
    default="team,model",
    show_default=True,
    help=f"Commas between: {_KNOWN}",
)
@REGISTER
@ACTS
@click.option("--since", type=MOMENT, help="Received at this time (UTC) or later.")
@click.option("--until", type=MOMENT, help="Received before this time (UTC).")
@click.option("--csv", "as_csv", is_flag=True, help="For spreadsheets.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
@click.option(
    "--chart",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw it, too, into this file: an SVG picture, or a PNG (extra charts).",
)
def report(
    directory: Path,
    look: Look,
    by: str,
    since: datetime | None,
    until: datetime | None,
    register: Path | None,
    acts: Path | None,
    as_csv: bool,
    as_json: bool,
    chart: Path | None,
) -> None:
    """Sum up tokens and cost of a log's requests, the dearest group first.

    Needs an auditor's private key; run it where that key is, not at the gateway.
    """
    names = _names(by)
    if chart is not None and chart.suffix not in (".svg", ".png"):
        raise click.BadParameter("give it the ending .svg or .png", param_hint="--chart")
    if chart is not None and chart.suffix == ".png" and find_spec("PIL") is None:
        text = "a PNG needs the extra `charts`: pip install 'guardrail-gw[charts]'"
        raise click.BadParameter(text, param_hint="--chart")
    content = kept(directory, register, acts)
    with progress() as shown:
        found = exchanges_within("cost", directory, look, since, until, content=content)
        sums = spent(shown.track(found, total=None), names)
    if chart is not None:
        _draw(chart, names, sums, _period(since, until))
    if as_json:
        sys.stdout.buffer.write(orjson.dumps([_plain(names, s) for s in sums]) + b"\n")
    elif as_csv:
        writer = csv.writer(sys.stdout, quoting=csv.QUOTE_ALL)
        writer.writerow([*names, *_SUMS, *_MONEY])
        writer.writerows(map(cell, _plain(names, s).values()) for s in sums)
    else:
        console = Console()
        console.print(_table(names, sums, bars=console.width >= _WIDE))


def _draw(path: Path, names: Sequence[str], sums: Sequence[Spend], period: str) -> None:
    made = chart_of(sums)
    requests = sum(each.requests for each in sums)
    unpriced = sum(each.unpriced for each in sums)
    below = f"{requests:,} requests, {period}"
    if unpriced:
        below += f"; the price of {unpriced:,} is not known"
    heading = f"{usd(made.total)} by {', then '.join(names)}"
    drawn = drawing(made, heading, below)
    if path.suffix == ".svg":
        path.write_text(svg(drawn), encoding="utf-8")
        return
    from guardrail_gw.cli.cost_picture import png  # noqa: PLC0415 - an extra

    path.write_bytes(png(drawn))


def _period(since: datetime | None, until: datetime | None) -> str:
    """In words; the times are UTC."""
    said = [
        f"{word} {moment:%Y-%m-%d %H:%M}".removesuffix(" 00:00")
        for word, moment in (("from", since), ("until", until))
        if moment is not None
    ]
    return " ".join(said) or "the whole log"


def _names(by: str) -> list[str]:
    names = [name.strip() for name in by.split(",") if name.strip()]
    if unknown := [name for name in names if dimension(name) is None]:
        raise click.BadParameter(
            f"{', '.join(unknown)}: give some of {_KNOWN}",
            param_hint="--by",
        )
    return names


def _plain(names: Sequence[str], spend: Spend) -> dict[str, str | int]:
    return {
        **dict(zip(names, spend.group, strict=True)),
        **{name: getattr(spend, name) for name in _SUMS},
        **{name: str(getattr(spend, name)) for name in _MONEY},
    }


def _table(names: Sequence[str], sums: Sequence[Spend], *, bars: bool) -> Table:
    total = sum((s.cost_usd for s in sums), start=Decimal(0))
    is_guessed = any(s.estimated_usd for s in sums)
    is_billed = any(s.billed_usd or s.difference_usd for s in sums)
    shown = [name for name in _SUMS if name in _ALWAYS or any(getattr(s, name) for s in sums)]
    table = Table(title=f"{usd(total)} in all", box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    for name in names:
        table.add_column(name, overflow="fold")
    for heading in (
        *(_HEADINGS.get(name, name) for name in shown),
        *(["estimated"] if is_guessed else ()),
        *("cost", "share"),
        *(("billed", "difference") if is_billed else ()),
    ):
        table.add_column(heading, justify="right", no_wrap=True)
    if bars:
        table.add_column("", no_wrap=True)
    for spend in sums:
        share = float(spend.cost_usd / total) if total else 0.0
        table.add_row(
            *map(inert, spend.group),
            *(f"{getattr(spend, name):,}" for name in shown),
            *([usd(spend.estimated_usd)] if is_guessed else ()),
            usd(spend.cost_usd),
            share_of(spend.cost_usd, total),
            *((usd(spend.billed_usd), _signed(spend.difference_usd)) if is_billed else ()),
            *([Bar(1.0, 0.0, share, width=_BAR_WIDTH)] if bars else ()),
        )
    return table


def _signed(amount: Decimal) -> str:
    """More than here, or less; rounded as other amounts are."""
    return f"-{usd(-amount)}" if amount < 0 else f"+{usd(amount)}" if amount else usd(amount)
