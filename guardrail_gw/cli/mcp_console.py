"""`guardrail-gw mcp console`: calls that wait for a person, in a browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import click

from guardrail_gw.audit.configured import acts
from guardrail_gw.cli.browser import offered
from guardrail_gw.cli.mcp_approve import BY, with_approvals
from guardrail_gw.cli.mcp_open import CONFIG, loaded
from guardrail_gw.console.deciding import Call, Place, application
from guardrail_gw.console.serving import Serving
from guardrail_gw.console.session import Door
from guardrail_gw.mcp.acting import Acting
from guardrail_gw.mcp.approvals import Approvals
from guardrail_gw.mcp.control.approval import Decision, Pending
from guardrail_gw.observability.clock import SystemClock


@click.command(name="console")
@CONFIG
@click.option("--port", default=0, help="Where to listen on loopback; any free port if left out.")
@BY
def console(path: Path, port: int, by: str) -> None:
    """Decide in your browser about calls that wait.

    Run it where the gateway's keys are; it serves this machine alone, and one browser by a link
    that works once. Each decision is on record before it counts, as with `approve` and `deny`.
    """
    settings, clock = loaded(path)[0], SystemClock()
    acting = Acting(acts(settings, clock))

    async def work(approvals: Approvals) -> None:
        calls = Deciding(approvals=approvals, acting=acting, by=by)
        place = Place(calls=calls, door=Door(clock), by=by, clock=clock)
        await offered(Serving(partial(application, place), place.door, port=port))

    with_approvals(path, work)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deciding:
    """Implements `console.deciding.Calls` by what the commands do."""

    approvals: Approvals
    acting: Acting
    by: str

    async def waiting(self) -> Sequence[Call]:
        """As `Calls.waiting` says."""
        return [_shown(each) for each in await self.approvals.waiting()]

    async def decide(self, id_: str, reason: str, *, is_allowed: bool) -> bool:
        """As `Calls.decide` says."""
        decision = Decision.ALLOWED if is_allowed else Decision.DENIED
        record = self.acting.decided
        done = await self.approvals.decide(id_, decision, by=self.by, reason=reason, record=record)
        return done is not None


def _shown(pending: Pending) -> Call:
    return Call(
        id=pending.id,
        server=pending.server,
        tool=pending.tool,
        who=f"{pending.tenant}/{pending.team}/{pending.user} ({pending.key})",
        since_us=pending.since_us,
        until_us=pending.until_us,
        found=pending.found,
        arguments=tuple(pending.arguments),
    )
