"""Clients that listen for hours: how many may, and how long each of them goes on.

A stream that listens is one exchange, under the key and the policies that it began with. When its
key is not admitted any more, or other policies are in force for it, it ends: nothing is passed on
that was heard under the old ones, and a client that begins anew is judged anew (invariant 8).
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Final

from guardrail_gw.core.identity import Principal
from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import Refusal
from guardrail_gw.mcp.front.admission import Admission, Headers
from guardrail_gw.mcp.front.tasks import Tasks
from guardrail_gw.mcp.shares import Shares
from guardrail_gw.mcp_errors import ListeningOver

LOOK_S: Final = 2.0
"""How often somebody looks whether a stream on which nothing is said may go on."""

InForce = Callable[[Principal], object]
"""What tells the policies that are in force for somebody from any others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What a stream began with."""

    headers: Headers
    who: Principal
    server: str
    admission: Admission
    in_force: InForce
    began: object
    """What was in force then."""

    async def check(self) -> None:
        """Raise ListeningOver if anything of it is not so any more."""
        if not await self.holds():
            raise ListeningOver("the key is not admitted any more, or other policies are in force")

    async def holds(self) -> bool:
        """Whether all of it is so now; a key that nobody can judge is not admitted."""
        if self.in_force(self.who) != self.began:
            return False
        try:
            return await self.admission.principal(self.headers, self.server) == self.who
        except Refusal:
            return False


@dataclass(slots=True, kw_only=True)
class Listeners:
    """All of them."""

    tasks: Tasks
    clock: Clock
    admission: Admission
    in_force: InForce
    shares: Shares

    def standing(self, headers: Headers, who: Principal, server: str) -> Standing:
        """What somebody who begins to listen now begins with."""
        return Standing(
            headers=headers,
            who=who,
            server=server,
            admission=self.admission,
            in_force=self.in_force,
            began=self.in_force(who),
        )

    @contextmanager
    def place(self, who: Principal) -> Iterator[None]:
        """Count as one more that listens.

        Raises:
            RateExceeded, Overloaded: as many do as may.
        """
        self.shares.take(who)
        try:
            yield
        finally:
            self.shares.give_back(who)

    @asynccontextmanager
    async def stream(self, standing: Standing) -> AsyncIterator[None]:
        """A context for as long as the stream may go on.

        Raises:
            ListeningOver: it may not, whatever its body waits for.
        """
        scope = asyncio.timeout(None)
        try:
            async with scope:
                watcher = self.tasks.run(partial(self._watch, scope, standing), "standing")
                try:
                    yield
                finally:
                    watcher.cancel()
        except TimeoutError:
            if not scope.expired():
                raise
            await standing.check()

    async def _watch(self, scope: asyncio.Timeout, standing: Standing) -> None:
        try:
            while await standing.holds():
                await self.clock.sleep(LOOK_S)
        except asyncio.CancelledError:  # the stream is over
            raise
        except BaseException:  # nobody could say that it may go on
            scope.reschedule(asyncio.get_running_loop().time())
            raise
        scope.reschedule(asyncio.get_running_loop().time())
