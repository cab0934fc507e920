"""What another worker keeps: sessions, and calls that wait for their clients.

A worker names itself at the end of what it gives its clients to come back with. Whoever changes
that is answered by a worker that knows nothing of it.
"""

import re
from dataclasses import dataclass
from typing import Final, Protocol

from aiohttp import web

from guardrail_gw.mcp.front.envelope import Notice, Request, Response
from guardrail_gw.mcp_errors import SessionUnknown
from guardrail_gw.server.neighbours import NeighbourGone

_NAMED: Final = re.compile(r".+\.w(0|[1-9][0-9]{0,3})")


class Relay(Protocol):
    """Has other workers answer; `server.neighbours.Passing` does."""

    async def passed(self, worker: int, request: web.Request, body: bytes) -> web.StreamResponse:
        """Have a worker answer; raises NeighbourGone."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """Of one worker among so many."""

    number: int = 0
    count: int = 1
    relay: Relay | None = None
    """None: it is the only one."""

    @property
    def mark(self) -> str:
        """What is put behind a name that is kept here; nothing where there is one worker."""
        return "" if self.relay is None else f".w{self.number}"

    def of(self, name: str | None) -> int | None:
        """Which other worker a name leads to, if it leads to one."""
        found = _NAMED.fullmatch(name) if name and self.relay is not None else None
        worker = int(found[1]) if found is not None else self.number
        return worker if worker != self.number and worker < self.count else None

    def waits(self, message: Request | Notice | Response) -> int | None:
        """Which other worker has a call wait for what a message answers."""
        state = message.params.get("requestState") if isinstance(message, Request) else None
        return self.of(state) if isinstance(state, str) else None

    async def answered(self, worker: int, request: web.Request, body: bytes) -> web.StreamResponse:
        """Have that one answer.

        Raises:
            SessionUnknown: it is gone, and what it kept with it.
        """
        if self.relay is None:
            raise SessionUnknown("nothing is kept elsewhere")
        try:
            return await self.relay.passed(worker, request, body)
        except NeighbourGone:
            raise SessionUnknown("what the session was kept by has ended; begin anew") from None
