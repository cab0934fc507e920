"""One configured server, whatever carries it: implements `ports.Server`."""

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from guardrail_gw.core.ports import Clock
from guardrail_gw.deadline import Deadlines
from guardrail_gw.errors import UpstreamFault
from guardrail_gw.mcp.ports import Ask, Busyness, Described, Era, Message, Peer
from guardrail_gw.mcp.servers.call import Calling, Works
from guardrail_gw.mcp.servers.gate import Breaker, Gate
from guardrail_gw.mcp.servers.levels import is_wanted
from guardrail_gw.mcp.servers.limits import Limits
from guardrail_gw.mcp.servers.link import LinkGone, Transport
from guardrail_gw.mcp.servers.messages import notification
from guardrail_gw.mcp.servers.parking import Parking
from guardrail_gw.mcp.servers.patience import Patience
from guardrail_gw.mcp.servers.sealed import Seal
from guardrail_gw.mcp.servers.tasks import Tasks
from guardrail_gw.mcp_errors import ServerFailed, ServerRefused

_WAIT_S: Final = 0.5
_WAIT_MAX_S: Final = 30.0
_UPDATED: Final = "notifications/resources/updated"
_LOGGED: Final = "notifications/message"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a server takes from elsewhere."""

    clock: Clock
    seal: Seal
    breaker: Breaker


class ConnectedServer:
    """A server over HTTP or over a process."""

    def __init__(self, name: str, transport: Transport, limits: Limits, parts: Parts) -> None:
        self._tasks = Tasks()
        self._works = Works(
            name=name,
            transport=transport,
            limits=limits,
            gate=Gate(name, limits, parts.breaker, parts.clock),
            parking=Parking(name, limits, parts.clock),
            seal=parts.seal,
            clock=parts.clock,
            deadlines=Deadlines(),
        )
        self._described: Described | None = None

    @property
    def id(self) -> str:
        """As `Server.id` says."""
        return self._works.name

    @property
    def busyness(self) -> Busyness:
        """As `WatchedServer.busyness` says."""
        gate, parking = self._works.gate, self._works.parking
        return Busyness(calls=gate.inside, parked=len(parking), is_open=gate.is_open)

    async def start(self) -> None:
        """As `Server.start` says."""
        await self._works.transport.start()
        self._tasks.begin(self._works.parking.end_late(), f"mcp-parked-{self.id}")

    async def close(self) -> None:
        """As `Server.close` says."""
        await self._tasks.close()
        await self._works.parking.close()
        await self._works.transport.close()

    async def described(self, peer: Peer) -> Described:
        """As `Server.described` says."""
        works = self._works
        is_well: bool | None = None
        place = await works.gate.enter()
        try:
            link = await Patience(works.name, works.limits.usual, works.deadlines).wait(
                works.transport.link(peer)
            )
            is_well = True
        except LinkGone:
            is_well = False
            raise ServerFailed(f"{works.name} ends what it begins") from None
        except UpstreamFault as fault:
            is_well = isinstance(fault, ServerRefused)
            raise
        finally:
            place.give_back(is_well=is_well)
        return link.described

    def call(self, ask: Ask) -> Calling:
        """As `Server.call` says."""
        return Calling(self._works, ask)

    async def notify(self, peer: Peer, method: str, params: Mapping[str, Any]) -> None:
        """As `Server.notify` says; a server of the modern era is told nothing beside requests."""
        works = self._works
        link = await Patience(works.name, works.limits.usual, works.deadlines).wait(
            works.transport.link(peer)
        )
        if link.described.era is Era.LEGACY:
            with contextlib.suppress(LinkGone):
                await link.notify(notification(method, params))

    async def left(self, session: str) -> None:
        """As `Server.left` says."""
        await self._works.transport.left(session)

    @asynccontextmanager
    async def listen(
        self, peer: Peer, kinds: frozenset[str], resources: frozenset[str]
    ) -> AsyncIterator[AsyncIterator[Message]]:
        """As `Server.listen` says; what ends goes on by itself.

        What was said meanwhile is not known then, so all that is wanted is said to have changed.
        """
        hearing = Hearing(self._works, peer, kinds, resources)
        async with AsyncExitStack() as first:
            with contextlib.suppress(UpstreamFault, LinkGone):
                hearing.said = await hearing.begun(first)
            async with aclosing(hearing.messages()) as messages:
                yield messages


@dataclass(slots=True)
class Hearing:
    """What one client hears unasked."""

    works: Works
    peer: Peer
    kinds: frozenset[str]
    resources: frozenset[str]
    said: AsyncIterator[Message] | None = None

    async def begun(self, stack: AsyncExitStack) -> AsyncIterator[Message]:
        """What the server says while the stack is open; raises UpstreamFault, LinkGone."""
        works = self.works
        patience = Patience(works.name, works.limits.usual, works.deadlines)
        link = await patience.wait(works.transport.link(self.peer))
        try:
            listening = link.listen(self.peer, self.kinds, self.resources)
            said = await patience.wait(stack.enter_async_context(listening))
            with contextlib.suppress(UpstreamFault):  # it logs what it likes, then
                await patience.wait(link.prepare(self.peer))
        except LinkGone:
            await works.transport.drop(link)
            raise
        return said

    async def messages(self) -> AsyncGenerator[Message, None]:
        """All of it, for ever."""
        wait_s = _WAIT_S
        async for message in self._until_it_ends(self.said):
            yield message
        while True:
            await self.works.clock.sleep(wait_s)
            wait_s = min(2 * wait_s, _WAIT_MAX_S)
            async with AsyncExitStack() as stack:
                with contextlib.suppress(UpstreamFault, LinkGone):
                    self.said = await self.begun(stack)
                    for message in self._all_changed():
                        yield message
                    wait_s = _WAIT_S
                    async for message in self._until_it_ends(self.said):
                        yield message

    async def _until_it_ends(self, said: AsyncIterator[Message] | None) -> AsyncIterator[Message]:
        if said is None:
            return
        with contextlib.suppress(UpstreamFault, LinkGone):
            async for message in said:
                if message["method"] != _LOGGED or is_wanted(message, self.peer):
                    yield message

    def _all_changed(self) -> list[Message]:
        lists = [each for each in sorted(self.kinds) if each.endswith("/list_changed")]
        changed = [notification(each, {}) for each in lists]
        return changed + [notification(_UPDATED, {"uri": uri}) for uri in sorted(self.resources)]
