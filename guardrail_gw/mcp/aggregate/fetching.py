"""Asks one server for one of its lists: every page, as the gateway itself and for nobody."""

from collections.abc import Mapping
from typing import Any, Final

from guardrail_gw.core.identity import Principal
from guardrail_gw.mcp.aggregate.kinds import Kind
from guardrail_gw.mcp.aggregate.paging import Listing, Paging
from guardrail_gw.mcp.ports import Ask, Call, Era, Message, Peer, Server
from guardrail_gw.mcp_errors import ServerFailed

GATEWAY: Final = Peer(
    principal=Principal(tenant="", team="", user="", key_id="mcp-catalogue"),
    era=Era.MODERN,
    revision="2026-07-28",
)
"""It declares nothing, so that no server asks it anything."""
_NO_METHOD: Final = -32601


async def fetched(server: Server, kind: Kind) -> Listing:
    """A server's list; an empty one where it has no such list.

    Raises:
        UpstreamFault: it does not answer, or not with a list.
    """
    described = await server.described(GATEWAY)
    if kind.capability not in described.capabilities:
        return Listing(kind=kind)
    paging = Paging(kind)
    while (params := paging.params) is not None:
        async with server.call(Ask(peer=GATEWAY, method=kind.method, params=params)) as call:
            answer = await _response(call)
        if "result" not in answer:
            return _without(kind, answer)
        paging.feed(answer["result"])
    return paging.listing()


async def _response(call: Call) -> Message:
    async for message in call:
        if "method" not in message:
            return message
        if "id" in message:
            refused = {"code": _NO_METHOD, "message": "nobody is there to be asked"}
            await call.reply({"id": message["id"], "error": refused})
    raise ServerFailed("the server ended its answer before the end")


def _without(kind: Kind, answer: Mapping[str, Any]) -> Listing:
    """Servers that declare resources need not have templates."""
    error = answer.get("error")
    if isinstance(error, Mapping) and error.get("code") == _NO_METHOD:
        return Listing(kind=kind)
    raise ServerFailed(f"the server answers {kind.method} with an error")
