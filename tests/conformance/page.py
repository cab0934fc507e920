"""docs/mcp-conformance.md: what the suite says, run by run, as the verb writes it."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from tests.conformance.differences import Difference
from tests.conformance.runs import Report

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "mcp-conformance.md"
_LOCK = ROOT / "tests" / "conformance" / "package.json"
_SUITE = "@modelcontextprotocol/conformance"
_TOP = """\
# MCP: the protocol's conformance suite

Written by `make conformance`, which runs `{suite}` {version} on loopback: directly, and through
the gateway. Continuous integration does the same where Node is present.

- **server**: the suite is the client of a server that the official SDK serves
  (`tests/support/mcp_fixture.py`), and of `/mcp/one` in front of it. `audit-only` is a policy that
  replaces and refuses nothing, `redacting` one that replaces all personal data with placeholders.
- **client**: the suite is the server and the official SDK the client, with the gateway between
  both. How often a check is made is not counted here, since the gateway asks for lists in its own
  name, too. What the client lists and what its calls come to is compared like a check. Where a
  server asks for an access token, the client gets it by OAuth and asks with it; through the gateway
  that token is configured as a header, which is what somebody who runs a gateway does.

Checks are compared one by one: how each ended, and of a server how often. A difference that does
not stand below fails the run, and so does one below that is none.

## Checks
"""


def page(report: Report, known: Mapping[Difference, str], apart: Mapping[str, str]) -> str:
    """The whole page, after all runs."""
    version = json.loads(_LOCK.read_text(encoding="utf-8"))["dependencies"][_SUITE]
    parts = (
        _TOP.format(suite=_SUITE, version=version),
        "\n".join(
            [
                "| Run | Passed | Failed | Otherwise than directly |\n| --- | --- | --- | --- |",
                *rows(report),
            ]
        ),
        _failing(report),
        differences(known),
        left_out(apart),
    )
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def rows(report: Report) -> list[str]:
    """A line for each run."""
    return [
        f"| {run} | {ok} | {no} | {sum(each.run == run for each in report.found)} |"
        for run, (ok, no) in sorted(report.counts.items())
    ]


def differences(known: Mapping[Difference, str]) -> str:
    """Those that are written down."""
    head = "| Run | Scenario | Check | Directly | Through the gateway | Why |"
    lines = [
        f"| {each.run} | {each.scenario} | {each.check} |"
        f" `{each.direct}` | `{each.through}` | {why} |"
        for each, why in sorted(known.items())
    ]
    return _section("What ends otherwise", head, lines)


def left_out(apart: Mapping[str, str]) -> str:
    """Scenarios of clients that are not played."""
    lines = [f"| {scenario} | {why} |" for scenario, why in apart.items()]
    return _section("Scenarios that are not played", "| Scenario | Why |", lines)


def _failing(report: Report) -> str:
    lines = [
        f"| {run} | {' '.join(sorted(names))} |" for run, names in report.failing.items() if names
    ]
    said = "The suite does not score them: the server under test has no tasks of the extension."
    return _section("Scenarios that fail directly", "| Run | Scenarios |", lines, said)


def _section(title: str, head: str, lines: Iterable[str], said: str = "") -> str:
    ruler = "|" + " --- |" * (head.count("|") - 1)
    return "\n".join([f"\n## {title}\n", *([said, ""] if said else []), head, ruler, *lines])
