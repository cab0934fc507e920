"""Calls of clients of the modern era that wait, because a server of the legacy era asked something.

Such a client is told by `input_required` and asks again; meanwhile the server's call stays open.
"""

import asyncio
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.core.identity import RequestId
from guardrail_gw.errors import Overloaded, Refusal
from guardrail_gw.mcp.front.endpoint import Endpoint, Posted
from guardrail_gw.mcp.front.tasks import Tasks
from guardrail_gw.mcp.ports import Ask, Message

BEGINS: Final = "gp1."
MOST: Final = 1000
"""Calls that wait at once."""
WAIT_S: Final = 300.0
"""How long one does; a server's own limits may be shorter."""
_AHEAD: Final = 64

_Said = Message | Refusal | None


@dataclass(slots=True, eq=False)
class Parked:
    """One call, which goes on whether or not somebody reads what comes of it."""

    bound: bytes = field(repr=False)
    exchange: RequestId = field(default=RequestId(""))
    asked: dict[str, Message] = field(default_factory=dict, repr=False)
    """Key of a wish -> what the server asked."""
    task: asyncio.Task[None] | None = field(default=None, repr=False)
    queue: asyncio.Queue[_Said] = field(default_factory=lambda: asyncio.Queue(_AHEAD), repr=False)

    async def run(self, endpoint: Endpoint, ask: Ask, posted: Posted) -> None:
        """Take it through the chain."""
        try:
            async with endpoint.call(ask, posted) as running:
                self.exchange = running.exchange
                async for message in running.messages:
                    await self.queue.put(message)
            await self.queue.put(None)
        except Refusal as why:
            await self.queue.put(why)
        except asyncio.CancelledError:
            with suppress(asyncio.QueueFull):
                self.queue.put_nowait(None)
            raise

    async def next(self) -> Message | None:
        """The next message of it; None: there is none any more. Raises Refusal."""
        told = await self.queue.get()
        if isinstance(told, Refusal):
            raise told
        return told

    def leave(self) -> None:
        """Nobody will come back for it."""
        if self.task is not None:
            self.task.cancel()


@dataclass(slots=True, kw_only=True)
class Parking:
    """All of them."""

    tasks: Tasks
    _waiting: dict[str, tuple[Parked, asyncio.TimerHandle]] = field(default_factory=dict)

    def begin(self, endpoint: Endpoint, ask: Ask, posted: Posted, bound: bytes) -> Parked:
        """Begin a call that may have to wait."""
        parked = Parked(bound)
        parked.task = self.tasks.run(parked.run(endpoint, ask, posted), "call that may wait")
        return parked

    def park(self, parked: Parked) -> str:
        """Let it wait; the name under which its client comes back for it.

        Raises:
            Overloaded: as many wait as may.
        """
        if len(self._waiting) >= MOST:
            parked.leave()
            raise Overloaded("as many MCP calls wait for input as may; try again later")
        name = BEGINS + secrets.token_urlsafe(24)
        timer = asyncio.get_running_loop().call_later(WAIT_S, self._over, name)
        self._waiting[name] = (parked, timer)
        return name

    def take(self, name: str, bound: bytes) -> Parked | None:
        """Come back for it, once; None: there is none of that name for this caller and call."""
        parked, timer = self._waiting.get(name, (None, None))
        if parked is None or timer is None or parked.bound != bound:
            return None
        timer.cancel()
        del self._waiting[name]
        return parked

    def _over(self, name: str) -> None:
        parked, _ = self._waiting.pop(name)
        parked.leave()
