"""An endpoint whose handshakes tell a caller of a server only what its policy lets it read."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Any

from guardrail_gw.core.identity import Principal
from guardrail_gw.errors import Blocked, UnsupportedContent
from guardrail_gw.mcp.front.endpoint import Endpoint, Posted, Running
from guardrail_gw.mcp.ports import Ask, Described, Peer, Told
from guardrail_gw.mcp.servers.told import declared

Treat = Callable[[Principal, Mapping[str, Any]], Awaitable[Mapping[str, Any]]]
"""What a caller may read of `instructions`, `info` and `capabilities`; raises Refusal."""


@dataclass(frozen=True, slots=True)
class Introducing:
    """Implements `front.endpoint.Endpoint` around another one."""

    inner: Endpoint
    treat: Treat

    @property
    def name(self) -> str:
        """The inner one's."""
        return self.inner.name

    async def described(self, peer: Peer) -> Described:
        """What it says of itself; of what may not be read nothing but technical words.

        Raises:
            Refusal: as the inner one, or a safeguard does not do its work.
        """
        told = await self.inner.described(peer)
        said = {"info": dict(told.info), "capabilities": dict(told.capabilities)}
        if told.instructions:
            said["instructions"] = told.instructions  # type: ignore[assignment] # JSON
        try:
            seen = await self.treat(peer.principal, said)
        except (Blocked, UnsupportedContent):
            words = declared(told.capabilities)
            return replace(told, instructions=None, info={}, capabilities=words)
        return replace(
            told,
            instructions=seen.get("instructions"),
            info=seen["info"],
            capabilities=seen["capabilities"],
        )

    def call(self, ask: Ask, posted: Posted) -> AbstractAsyncContextManager[Running]:
        """Ask it."""
        return self.inner.call(ask, posted)

    async def tell(self, told: Told, posted: Posted) -> None:
        """Answer it."""
        await self.inner.tell(told, posted)

    async def notify(self, peer: Peer, method: str, params: Mapping[str, Any]) -> None:
        """Tell it."""
        await self.inner.notify(peer, method, params)

    async def left(self, session: str) -> None:
        """Tell it that a session is over."""
        await self.inner.left(session)
