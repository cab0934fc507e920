"""A server whose lists are answered from the catalogue, where whoever asks lets them be.

What it says of itself is answered from what is known of it, in one form whatever era it speaks.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from guardrail_gw.dialects.mcp.methods import DISCOVER
from guardrail_gw.mcp.aggregate.joining import PARTIAL
from guardrail_gw.mcp.aggregate.kinds import BY_METHOD, Kind
from guardrail_gw.mcp.aggregate.paging import Lack
from guardrail_gw.mcp.catalogue import Catalogue
from guardrail_gw.mcp.ports import Ask, Call, Described, Message, Peer, Server
from guardrail_gw.mcp_errors import ServerFailed, ServerTimeout


@dataclass(frozen=True, slots=True)
class KeptLists:
    """Implements `ports.Server` around another one."""

    inner: Server
    catalogue: Catalogue

    @property
    def id(self) -> str:
        """The server's."""
        return self.inner.id

    async def start(self) -> None:
        """Start the server."""
        await self.inner.start()

    async def close(self) -> None:
        """Close it."""
        await self.inner.close()

    async def described(self, peer: Peer) -> Described:
        """What the server says of itself."""
        return await self.inner.described(peer)

    def call(self, ask: Ask) -> AbstractAsyncContextManager[Call]:
        """Send a request, unless it asks for a list as it is kept, or for what the server is."""
        if ask.method == DISCOVER:
            return self._introduced(ask)
        kind = BY_METHOD.get(ask.method) if ask.may_be_kept else None
        return self.inner.call(ask) if kind is None else self._kept(kind)

    async def notify(self, peer: Peer, method: str, params: Mapping[str, object]) -> None:
        """Tell the server."""
        await self.inner.notify(peer, method, params)

    def listen(
        self, peer: Peer, kinds: frozenset[str], resources: frozenset[str]
    ) -> AbstractAsyncContextManager[AsyncIterator[Message]]:
        """Listen to the server."""
        return self.inner.listen(peer, kinds, resources)

    async def left(self, session: str) -> None:
        """Tell the server."""
        await self.inner.left(session)

    @asynccontextmanager
    async def _introduced(self, ask: Ask) -> AsyncIterator[Call]:
        if ask.may_be_kept:
            told = await self.catalogue.described(self.id)
        else:
            told = await self.inner.described(ask.peer)
        result: Message = {"capabilities": dict(told.capabilities), "serverInfo": dict(told.info)}
        if told.instructions:
            result["instructions"] = told.instructions
        yield _Answered({"result": result})

    @asynccontextmanager
    async def _kept(self, kind: Kind) -> AsyncIterator[Call]:
        listing = await self.catalogue.listing(self.id, kind)
        if listing is Lack.TIMEOUT:
            raise ServerTimeout(f"server {self.id!r} did not give its list in time")
        if isinstance(listing, Lack):
            raise ServerFailed(f"server {self.id!r} does not give its list")
        result: Message = {kind.value: [*listing.entries]}
        if listing.lacks:
            result["_meta"] = {PARTIAL: [*map(str, listing.lacks)]}
        yield _Answered({"result": result})


@dataclass(frozen=True, slots=True)
class _Answered:
    """A call that is answered already."""

    message: Message

    async def __aiter__(self) -> AsyncIterator[Message]:
        """The one message."""
        yield self.message

    async def reply(self, message: Message) -> None:
        """Nobody asked anything."""
        del message
        raise ServerFailed(f"nothing was asked: {type(self).__name__}")
