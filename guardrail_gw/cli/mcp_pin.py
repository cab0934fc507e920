"""`guardrail-gw mcp pin`: whether servers still are what was approved."""

import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.text import Text

from guardrail_gw.cli.mcp_open import CONFIG, SERVERS, Opened, run
from guardrail_gw.cli.mcp_words import counted, diff, plain
from guardrail_gw.cli.policies import AS_JSON
from guardrail_gw.errors import ConfigError, UpstreamFault
from guardrail_gw.mcp.control.pins import (
    Difference,
    Pin,
    ToolSet,
    UnpinnableError,
    differences,
)

_NOTHING = ToolSet(tools={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What one server says now, beside what was approved."""

    server: str
    pin: Pin | None
    now: ToolSet | None
    """None: it does not answer."""
    digest: str | None
    """None: it does not answer, or what it says has none."""
    differences: tuple[Difference, ...]

    @property
    def is_approved(self) -> bool:
        """Whether all that it says was approved."""
        return self.pin is not None and self.now is not None and not self.differences


@click.command(name="pin")
@CONFIG
@SERVERS
@AS_JSON
def pin(path: Path, only: tuple[str, ...], as_json: bool) -> None:
    """Compare what servers say of their tools with what was approved; changes nothing.

    Exit codes: 0 all of it was approved, 1 something was not, or a server does not answer.
    """
    found = run(path, only, compared)
    if as_json:
        sys.stdout.buffer.write(orjson.dumps([_said(each) for each in found]) + b"\n")
    else:
        for each in found:
            show(each)
    sys.exit(not all(each.is_approved for each in found))


async def compared(opened: Opened) -> tuple[Compared, ...]:
    """Compare each of the servers.

    Raises:
        ConfigError: the file of pins cannot be read.
    """
    if opened.governed.pinned.problem is not None:
        raise ConfigError(opened.governed.pinned.problem)
    return tuple([await _compared(opened, server) for server in opened.servers])


def show(each: Compared) -> None:
    """Print a server's state, and each difference in colour."""
    console = Console()
    console.print(Text.assemble((f"{each.server}: ", "bold"), _state(each)))
    for difference in each.differences if each.now is not None else ():
        before = None if each.pin is None else each.pin.set
        for line in diff(before, each.now or _NOTHING, difference):
            console.print(Text("  ") + line)


def _state(each: Compared) -> str:
    if each.now is None:
        return "does not answer"
    if each.digest is None:
        return "holds what nobody can pin"
    if each.pin is None:
        return f"never approved: {counted(each.differences)}"
    day = datetime.fromtimestamp(each.pin.at_us / 1e6, tz=UTC).date().isoformat()
    return f"{counted(each.differences)} ({plain(each.pin.by)}, {day}, {each.pin.set.digest[:12]})"


async def _compared(opened: Opened, server: str) -> Compared:
    approved = opened.governed.pinned.pin(server)
    try:
        now = await opened.governed.offered(server)
    except UpstreamFault:
        return Compared(server=server, pin=approved, now=None, digest=None, differences=())
    try:
        digest = now.digest
    except UnpinnableError:
        digest = None
    before = _NOTHING if approved is None else approved.set
    return Compared(
        server=server,
        pin=approved,
        now=now,
        digest=digest,
        differences=differences(before, now),
    )


def _said(each: Compared) -> dict[str, object]:
    return {
        "server": each.server,
        "approved": each.is_approved,
        "answers": each.now is not None,
        "digest": each.digest,
        "pinned_digest": each.pin.set.digest if each.pin else None,
        "pinned_by": each.pin.by if each.pin else None,
        "pinned_at_us": each.pin.at_us if each.pin else None,
        "differences": [
            {"tool": d.name, "change": str(d.change), "members": d.members}
            for d in each.differences
        ],
    }
