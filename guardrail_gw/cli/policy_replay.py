"""`guardrail-gw policy replay`: other policies tried on the requests of an audit log."""

import sys
from datetime import datetime
from pathlib import Path

import click
import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from guardrail_gw.cli.audit_folder import MOMENT, progress
from guardrail_gw.cli.audit_look import Look, exchanges_within, looks
from guardrail_gw.cli.policies import AS_JSON, FILE, FOLDER, detection, places, vocabulary
from guardrail_gw.cli.policy_diff import STYLES
from guardrail_gw.policy.replay import Intent, Replay, replay
from guardrail_gw.policy.source import load_set


@click.command(name="replay")
@click.argument("log", type=FOLDER)
@click.argument("candidate", type=FOLDER)
@looks
@click.option("--former", type=FOLDER, multiple=True, help="Policies that were in force then.")
@click.option("--config", type=FILE, help="gateway.yaml: also judge where its deployments are.")
@click.option("--since", type=MOMENT, help="Received at this time (UTC) or later.")
@click.option("--until", type=MOMENT, help="Received before this time (UTC).")
@AS_JSON
def replay_policies(
    log: Path,
    candidate: Path,
    look: Look,
    former: tuple[Path, ...],
    config: Path | None,
    since: datetime | None,
    until: datetime | None,
    as_json: bool,
) -> None:
    """Say what the policies in CANDIDATE would have decided otherwise about the requests in LOG.

    Needs an auditor's private key, and no text: a record holds kinds and numbers of what was found.

    Exit codes: 0 nothing more would have passed, 1 something would, 2 a file is not valid.
    """
    words = vocabulary(detection(config))
    tried, were = load_set(candidate, words), [load_set(each, words) for each in former]
    with progress() as shown:
        exchanges = shown.track(exchanges_within("replay", log, look, since, until), total=None)
        records = (Intent(index=each.index, said=each.intent) for each in exchanges)
        found = replay(records, tried, former=were, places=places(config))
    if as_json:
        sys.stdout.buffer.write(orjson.dumps(_plain(found)) + b"\n")
    else:
        _print(found)
    sys.exit(any(change.way.lets_more_pass for change in found.changes))


def _plain(found: Replay) -> dict[str, object]:
    return {
        "requests": found.requests,
        "judged": found.judged,
        "differ": found.differ,
        "by_record": found.by_record,
        "not_reproduced": found.not_reproduced,
        "changes": [
            {
                "subject": change.subject,
                "before": change.before,
                "after": change.after,
                "way": change.way,
                "requests": count,
                "examples": found.examples[change],
            }
            for change, count in found.changes.most_common()
        ],
    }


def _print(found: Replay) -> None:
    console = Console()
    if found.changes:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for name in ("What", "Before", "After", ""):
            table.add_column(name)
        table.add_column("Requests", justify="right")
        table.add_column("Records")
        for change, count in found.changes.most_common():
            shown = ", ".join(map(str, found.examples[change]))
            way = Text(change.way.value, style=STYLES[change.way])
            table.add_row(change.subject, change.before, change.after, way, f"{count:,}", shown)
        console.print(table)
    console.print(f"{found.differ:,} of {found.judged:,} requests would be decided otherwise")
    if found.requests != found.judged:
        console.print(f"{found.requests - found.judged:,} more were not decided by policies")
    if found.by_record:
        console.print(
            f"{found.by_record:,} are compared by outcome and deployments alone; give the policies"
            " of that time with --former to compare what was done with each kind of data"
        )
    if found.not_reproduced:
        console.print(
            f"[yellow]{found.not_reproduced:,} ended otherwise than the record alone explains[/]"
        )
