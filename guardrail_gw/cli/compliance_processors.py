"""`guardrail-gw compliance processors`: the register of processors."""

import sys
from dataclasses import asdict
from pathlib import Path

import click
import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from guardrail_gw.cli.audit_folder import FILE
from guardrail_gw.cli.compliance_sources import configured
from guardrail_gw.compliance.register import OWN, Entry, register
from guardrail_gw.settings import Settings

_SHOWN = 4


@click.command(name="processors")
@click.option("--config", type=FILE, required=True, help="gateway.yaml.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def processors(config: Path, as_json: bool) -> None:
    """List who processes data: by which agreement, where, and on what basis outside the EEA.

    Exit codes: 0 each has what it needs, 1 one lacks something or has ended.
    """
    entries = register(configured(Settings.load(config)))
    if as_json:
        body = orjson.dumps([asdict(entry) for entry in entries], option=orjson.OPT_INDENT_2)
        sys.stdout.buffer.write(body + b"\n")
    else:
        Console().print(_table(entries))
    sys.exit(any(e.lapsed or e.lacks_dpa or e.lacks_mechanism for e in entries))


def _table(entries: tuple[Entry, ...]) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for heading in ("deployment", "processor", "where", "agreement", "outside the EEA"):
        table.add_column(heading, overflow="fold")
    for entry in entries:
        who = OWN if entry.own else entry.processor or entry.provider
        table.add_row(entry.deployment, who, _where(entry), _agreement(entry), _basis(entry))
    return table


def _where(entry: Entry) -> str:
    """Countries, the first of them where there are many."""
    places = sorted({*entry.inference, *entry.storage})
    if not places:
        return "unknown"
    more = f" and {len(places) - _SHOWN} more" if len(places) > _SHOWN else ""
    return ", ".join(places[:_SHOWN]) + more


def _agreement(entry: Entry) -> Text:
    if entry.own:
        return Text("none needed")
    if entry.dpa is None:
        return Text("none on file", style="red")
    if entry.lapsed:
        return Text(f"{entry.dpa}: {entry.lapsed}", style="bold red")
    return Text(entry.dpa + (f"; ends {entry.dpa_expires}" if entry.dpa_expires else ""))


def _basis(entry: Entry) -> Text:
    if not entry.outside_eea:
        return Text("-")
    if entry.own:
        return Text("your own servers")
    if entry.transfer_mechanism is None:
        return Text("no basis on file", style="red")
    ends = f"; ends {entry.transfer_expires}" if entry.transfer_expires else ""
    return Text(f"{entry.transfer_mechanism}{ends}")
