"""`guardrail-gw policy shadow`: what a candidate would have decided otherwise so far."""

import sys

import click
import orjson
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from guardrail_gw.cli.policies import AS_JSON
from guardrail_gw.cli.policy_diff import STYLES
from guardrail_gw.cli.readiness import counted
from guardrail_gw.errors import ConfigError
from guardrail_gw.policy.change import Way

_NARROWS = "narrows"


@click.command(name="shadow")
@click.option("--url", required=True, help="The running gateway: http://127.0.0.1:8080.")
@AS_JSON
def shadow_counts(url: str, as_json: bool) -> None:
    """Show what the candidate that a gateway judges would have decided otherwise.

    Exit codes: 0 nothing more would have passed, 1 something would, 2 no gateway, or no candidate.
    """
    digests = [labels["digest"] for labels, _ in counted(url, "guardrail_gw_shadow_info")]
    if not digests:
        raise ConfigError(f"{url}: the gateway judges no candidate; see shadow_policies")
    requests = counted(url, "guardrail_gw_shadow_requests_total")
    changes = counted(url, "guardrail_gw_shadow_changes_total")
    changes.sort(key=lambda each: (-each[1], sorted(each[0].items())))
    if as_json:
        said = {
            "digest": digests[0],
            "requests": {labels["result"]: int(count) for labels, count in requests},
            "changes": [labels | {"requests": int(count)} for labels, count in changes],
        }
        sys.stdout.buffer.write(orjson.dumps(said) + b"\n")
    else:
        _print(digests[0], sum(int(count) for _, count in requests), changes)
    sys.exit(any(labels["way"] != _NARROWS for labels, _ in changes))


def _print(digest: str, judged: int, changes: list[tuple[dict[str, str], float]]) -> None:
    console = Console()
    if changes:
        table = Table("What", "Before", "After", "", box=SIMPLE_HEAD, pad_edge=False)
        table.add_column("Requests", justify="right")
        for labels, count in changes:
            way = Text(labels["way"], style=STYLES[Way(labels["way"])])
            what = (labels["subject"], labels["before"], labels["after"])
            table.add_row(*what, way, f"{int(count):,}")
        console.print(table)
    console.print(f"{judged:,} requests judged by {digest}")
