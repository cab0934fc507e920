"""`guardrail-gw policy diff`: what another version of the policies would change, in words."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from guardrail_gw.cli.policies import AS_JSON, FILE, FOLDER, detection, vocabulary
from guardrail_gw.dialects.every import SURFACES
from guardrail_gw.policy.change import Way
from guardrail_gw.policy.diff import Difference, diff
from guardrail_gw.policy.source import load_set

STYLES = {Way.NARROWS: "green", Way.WIDENS: "bold red", Way.BOTH: "bold red"}


@click.command(name="diff")
@click.argument("before", type=FOLDER)
@click.argument("after", type=FOLDER)
@click.option("--config", type=FILE, help="A gateway.yaml: with what its detectors find.")
@AS_JSON
def diff_policies(before: Path, after: Path, config: Path | None, as_json: bool) -> None:
    """Say for whom the policies in AFTER decide otherwise than those in BEFORE, and what widens.

    Exit codes: 0 nothing lets more pass, 1 something does, 2 a folder is not valid.
    """
    words = vocabulary(detection(config))
    found = diff(load_set(before, words), load_set(after, words), SURFACES)
    if as_json:
        sys.stdout.buffer.write(orjson.dumps([_plain(each) for each in found]) + b"\n")
    else:
        _print(found)
    sys.exit(any(each.change.way.lets_more_pass for each in found))


def _plain(each: Difference) -> dict[str, object]:
    change = each.change
    return {
        "subject": change.subject,
        "before": change.before,
        "after": change.after,
        "way": change.way,
        "callers": [list(lines) for lines in each.callers],
        "when": each.when,
    }


def _print(found: Sequence[Difference]) -> None:
    console = Console()
    if not found:
        console.print("Nothing is decided differently.")
        return
    table = Table("What", "For whom", "Before", "After", "", box=SIMPLE_HEAD, pad_edge=False)
    for each in found:
        change = each.change
        callers = "\n".join("; ".join(lines) or "everyone" for lines in each.callers)
        callers += f"\nwhen {each.when}" if each.when else ""
        way = Text(change.way.value, style=STYLES[change.way])
        table.add_row(change.subject, Text(callers), change.before, change.after, way)
    console.print(table)
    wider = sum(each.change.way.lets_more_pass for each in found)
    console.print(f"{len(found)} differences; {wider} let more pass")
