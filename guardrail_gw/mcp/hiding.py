"""An endpoint at which tools that the caller may not use look as if they were not there.

Records are made further in, and say what it was.
"""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from guardrail_gw.errors import Refusal
from guardrail_gw.mcp.aggregate.kinds import BY_METHOD
from guardrail_gw.mcp.control.permit import shown
from guardrail_gw.mcp.front.endpoint import Endpoint, Posted, Running
from guardrail_gw.mcp.ports import Ask, Described, Introduction, Message, Peer, Told


@dataclass(frozen=True, slots=True)
class Hiding:
    """Implements `front.endpoint.Endpoint` around another one."""

    inner: Endpoint

    @property
    def name(self) -> str:
        """The inner one's."""
        return self.inner.name

    async def described(self, peer: Peer) -> Described:
        """What it says of itself."""
        with _hiding():
            return await self.inner.described(peer)

    async def introduced(self, peer: Peer, posted: Posted) -> Introduction:
        """What a client is told of it."""
        with _hiding():
            return await self.inner.introduced(peer, posted)

    def call(self, ask: Ask, posted: Posted) -> AbstractAsyncContextManager[Running]:
        """Ask; a list that has nothing to show says so, whatever is hidden."""
        inner = self.inner.call(ask, posted)
        return inner if ask.method in BY_METHOD else _hidden(inner)

    async def tell(self, told: Told, posted: Posted) -> None:
        """Answer what a server asked."""
        await self.inner.tell(told, posted)

    async def notify(self, peer: Peer, method: str, params: Mapping[str, Any]) -> None:
        """Tell it."""
        with _hiding():
            await self.inner.notify(peer, method, params)

    async def left(self, session: str) -> None:
        """Tell it that a session is over."""
        await self.inner.left(session)


@asynccontextmanager
async def _hidden(inner: AbstractAsyncContextManager[Running]) -> AsyncIterator[Running]:
    with _hiding():
        async with inner as running:
            yield replace(running, messages=_quiet(running.messages))


async def _quiet(messages: AsyncIterator[Message]) -> AsyncIterator[Message]:
    with _hiding():
        async for message in messages:
            yield message


@contextmanager
def _hiding() -> Iterator[None]:
    try:
        yield
    except Refusal as refused:
        seen = shown(refused, hides=True)
        if seen is refused:
            raise
        raise seen from None
