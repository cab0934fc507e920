"""A server's own endpoint, for those alone whom the policy lets ask it."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from guardrail_gw.core.identity import Principal
from guardrail_gw.mcp.front.endpoint import Endpoint, Posted, Running
from guardrail_gw.mcp.ports import Ask, Described, Introduction, Peer, Told
from guardrail_gw.mcp_errors import ToolDenied
from guardrail_gw.policy.tools import ToolRules


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEndpoint:
    """Implements `front.endpoint.Endpoint` around another one."""

    inner: Endpoint
    rules: Callable[[Principal], ToolRules]

    @property
    def name(self) -> str:
        """The server's id."""
        return self.inner.name

    async def described(self, peer: Peer) -> Described:
        """What the server says of itself.

        Raises:
            ToolDenied: the policy does not let the caller ask it, so it is not asked this, either.
        """
        self._admit(peer)
        return await self.inner.described(peer)

    async def introduced(self, peer: Peer, posted: Posted) -> Introduction:
        """What a client is told of it; whether it may be is decided further in, and on record."""
        return await self.inner.introduced(peer, posted)

    def call(self, ask: Ask, posted: Posted) -> AbstractAsyncContextManager[Running]:
        """Ask it."""
        return self.inner.call(ask, posted)

    async def tell(self, told: Told, posted: Posted) -> None:
        """Answer it."""
        await self.inner.tell(told, posted)

    async def notify(self, peer: Peer, method: str, params: Mapping[str, Any]) -> None:
        """Tell it; raises as `described`."""
        self._admit(peer)
        await self.inner.notify(peer, method, params)

    async def left(self, session: str) -> None:
        """Tell it that a session is over."""
        await self.inner.left(session)

    def _admit(self, peer: Peer) -> None:
        if not self.rules(peer.principal).uses(self.name):
            raise ToolDenied(
                f"the policy does not let this key ask server {self.name!r}",
                facts={"server": self.name, "why": "server"},
            )
