"""Which arguments a tool wants repeated in headers, by its server's own list; kept for a while."""

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.core.ports import Clock
from guardrail_gw.dialects.mcp.headers import Param, params
from guardrail_gw.mcp.front.endpoint import Endpoint, Posted
from guardrail_gw.mcp.ports import Ask, Peer

KEPT_S: Final = 60.0
MOST: Final = 10_000
_PAGES: Final = 100


@dataclass(slots=True, kw_only=True)
class Schemas:
    """Asks for lists as their caller would, so that each sees what it may."""

    clock: Clock
    _lists: OrderedDict[tuple[str, str, str], tuple[float, dict[str, tuple[Param, ...]]]] = field(
        default_factory=OrderedDict
    )

    async def wanted(self, endpoint: Endpoint, peer: Peer, tool: str) -> tuple[Param, ...]:
        """The arguments of a tool that are repeated; none of a tool that nobody lists.

        Raises:
            Refusal: the list cannot be had, and so nothing can be compared.
        """
        who = (endpoint.name, peer.principal.tenant, peer.principal.key_id)
        now_s = self.clock.monotonic_s()
        until, tools = self._lists.get(who, (0.0, {}))
        if until <= now_s:
            tools = await self._listed(endpoint, peer)
            self._lists[who] = (now_s + KEPT_S, tools)
            self._lists.move_to_end(who)
            while len(self._lists) > MOST:
                self._lists.popitem(last=False)
        return tools.get(tool, ())

    async def _listed(self, endpoint: Endpoint, peer: Peer) -> dict[str, tuple[Param, ...]]:
        found: dict[str, tuple[Param, ...]] = {}
        asked: dict[str, Any] = {}
        for _ in range(_PAGES):
            page = await self._page(endpoint, Ask(peer=peer, method="tools/list", params=asked))
            for tool in page.get("tools", []):
                if wanted := params(tool.get("inputSchema")):
                    found[tool["name"]] = wanted
            cursor = page.get("nextCursor")
            if not isinstance(cursor, str) or cursor == asked.get("cursor"):
                break
            asked = {"cursor": cursor}
        return found

    @staticmethod
    async def _page(endpoint: Endpoint, ask: Ask) -> dict[str, Any]:
        async with endpoint.call(ask, Posted()) as running:
            async for message in running.messages:
                if "method" not in message:
                    result = message.get("result", {})
                    return result if isinstance(result, dict) else {}
        return {}
