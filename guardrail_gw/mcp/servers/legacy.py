"""What is asked, in the words of a server of the legacy era, and what it says.

Source: Model Context Protocol 2025-11-25, basic/lifecycle, server/resources ("Error handling"),
client/elicitation ("URL elicitation required"); 2026-07-28, server/utilities/caching.
"""

from collections.abc import Mapping
from typing import Any, Final

from guardrail_gw.dialects.mcp.eras import HANDSHAKE, PREFIX
from guardrail_gw.mcp.ports import Ask, Described, Era, Message, Peer
from guardrail_gw.mcp.servers.messages import INVALID_PARAMS, Id, error_code
from guardrail_gw.mcp.servers.told import OURS, declared
from guardrail_gw.mcp_errors import ServerFailed

INITIALIZE: Final = "initialize"
INITIALIZED: Final = "notifications/initialized"
NOT_FOUND: Final = -32002
URL_NEEDED: Final = -32042
_ROUND: Final = ("inputResponses", "requestState")
_CACHED: Final = frozenset(
    {
        *("tools/list", "prompts/list", "resources/list", "resources/templates/list"),
        "resources/read",
    }
)


def offer(peer: Peer) -> dict[str, Any]:
    """The params of `initialize`: the client's own revision if that has a handshake."""
    revision = peer.revision if peer.revision in HANDSHAKE else HANDSHAKE[-1]
    return {
        "protocolVersion": revision,
        "capabilities": declared(peer.capabilities),
        "clientInfo": dict(OURS),
    }


def described(name: str, result: Mapping[str, Any]) -> Described:
    """Read what `initialize` answered.

    Raises:
        ServerFailed: the revision is not known here, or it is no such answer.
    """
    revision, capabilities = result.get("protocolVersion"), result.get("capabilities")
    if revision not in HANDSHAKE or not isinstance(capabilities, Mapping):
        raise ServerFailed(f"{name} speaks no revision of the protocol that is known here")
    info, instructions = result.get("serverInfo"), result.get("instructions")
    return Described(
        era=Era.LEGACY,
        revision=str(revision),
        capabilities=capabilities,
        info=info if isinstance(info, Mapping) else {},
        instructions=instructions if isinstance(instructions, str) else None,
    )


def lowered(ask: Ask, token: Id) -> dict[str, Any]:
    """The params that leave: without what only the modern era has.

    Args:
        ask: what is asked.
        token: of progress, if that is wanted.
    """
    params = {key: value for key, value in ask.params.items() if key not in _ROUND}
    own = params.pop("_meta", None)
    items = own.items() if isinstance(own, Mapping) else ()
    meta = {key: value for key, value in items if not key.startswith(PREFIX)}
    if ask.wants_progress:
        meta["progressToken"] = token
    return {**params, "_meta": meta} if meta else params


def raised(message: Message, ask: Ask) -> Message:
    """A response in the words of the modern era, for a client of it; for another as it is.

    A state to be told again is nothing that this era has: nothing would look into it or seal it.
    """
    if "requestState" in message.get("result", ()):
        kept = {key: value for key, value in message["result"].items() if key != "requestState"}
        message = message | {"result": kept}
    if ask.peer.era is Era.LEGACY:
        return message
    if (result := message.get("result")) is not None:
        return message | {"result": _complete(result, ask.method)}
    code = error_code(message)
    if code == NOT_FOUND:
        return message | {"error": message["error"] | {"code": INVALID_PARAMS}}
    return (_to_be_visited(message, ask.peer) or message) if code == URL_NEEDED else message


def _complete(result: Mapping[str, Any], method: str) -> dict[str, Any]:
    hints = {"ttlMs": 0, "cacheScope": "private"} if method in _CACHED else {}
    return {"resultType": "complete", **hints, **result}


def _to_be_visited(message: Message, peer: Peer) -> Message | None:
    """An error that asks for pages to be visited first, as a result that asks for the same."""
    data = message["error"].get("data")
    asked = data.get("elicitations") if isinstance(data, Mapping) else None
    forms = peer.capabilities.get("elicitation")
    if not isinstance(asked, list) or not isinstance(forms, Mapping) or "url" not in forms:
        return None
    requests = {
        f"visit-{place}": {"method": "elicitation/create", "params": each}
        for place, each in enumerate(asked, 1)
        if isinstance(each, Mapping)
    }
    result = {"resultType": "input_required", "inputRequests": requests}
    return {"jsonrpc": "2.0", "id": message.get("id"), "result": result}
