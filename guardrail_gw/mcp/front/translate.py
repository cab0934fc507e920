"""What a client speaks, in the one form that requests have inside, and back.

Ids, progress tokens and what a request says about its sender never cross: each hop has its own.

Source: Model Context Protocol 2025-11-25 and 2026-07-28, schemas; docs/adr/0045.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from guardrail_gw.dialects.mcp import eras
from guardrail_gw.mcp.ports import Message

PROGRESS: Final = "notifications/progress"
LOGGED: Final = "notifications/message"
INPUT_REQUIRED: Final = "input_required"
CAPABILITY: Final[Mapping[str, str]] = {
    "elicitation/create": "elicitation",
    "sampling/createMessage": "sampling",
    "roots/list": "roots",
}
"""What a server may ask in the middle of a call -> what a client must have declared for it."""
_CACHED: Final = frozenset(
    {
        *("tools/list", "prompts/list", "resources/list", "resources/templates/list"),
        "resources/read",
    }
)
_MODERN_ONLY: Final = ("resultType", "ttlMs", "cacheScope")
_TOKEN: Final = "progressToken"  # noqa: S105 - no secret


def inward(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters without what they say about their sender, and without the progress token."""
    if "_meta" not in params:
        return dict(params)
    kept = {
        name: value
        for name, value in params["_meta"].items()
        if name != _TOKEN and not name.startswith(eras.PREFIX)
    }
    rest = {name: value for name, value in params.items() if name != "_meta"}
    return {**rest, "_meta": kept} if kept else rest


def progress_token(params: Mapping[str, Any]) -> str | int | None:
    """The token under which a client wants to be told of progress."""
    token = params.get("_meta", {}).get(_TOKEN)
    is_token = isinstance(token, str | int) and not isinstance(token, bool)
    return token if is_token else None


def notice(message: Message, token: str | int | None) -> Message | None:
    """A notification of a call for its client; None: it did not ask for it."""
    params = message.get("params", {})
    if message["method"] != PROGRESS:
        return {"jsonrpc": "2.0", "method": message["method"], "params": params}
    if token is None:
        return None
    return {"jsonrpc": "2.0", "method": PROGRESS, "params": {**params, _TOKEN: token}}


def asked(message: Message, own_id: str) -> Message:
    """What a server asks, under an id of ours and without its progress token."""
    return {
        "jsonrpc": "2.0",
        "id": own_id,
        "method": message["method"],
        "params": inward(message.get("params", {})),
    }


def is_able(capabilities: Mapping[str, Any], method: str) -> bool:
    """Whether a client said that it answers such a request of a server."""
    return CAPABILITY.get(method) in capabilities


def modern_result(method: str, result: Mapping[str, Any]) -> dict[str, Any]:
    """A result with what the modern era asks of every one; nobody but this client may keep it."""
    told = {"resultType": "complete", **result}
    if method in _CACHED and told["resultType"] == "complete":
        told = {"ttlMs": 0, **told, "cacheScope": "private"}
    return told


def legacy_result(result: Mapping[str, Any]) -> dict[str, Any]:
    """A result of a server of the modern era without what the legacy era does not know."""
    told = {name: value for name, value in result.items() if name not in _MODERN_ONLY}
    meta = told.get("_meta")
    if isinstance(meta, Mapping):
        kept = {name: each for name, each in meta.items() if not name.startswith(eras.PREFIX)}
        del told["_meta"]
        told |= {"_meta": kept} if kept else {}
    return told


def wanted(resources: Sequence[str]) -> dict[str, Any]:
    """The parameters of a subscription to all that a client of a session is told unasked."""
    kinds: dict[str, Any] = dict.fromkeys(
        ("toolsListChanged", "promptsListChanged", "resourcesListChanged"), True
    )
    if resources:
        kinds["resourceSubscriptions"] = sorted(resources)
    return {"notifications": kinds}


def honoured(params: Mapping[str, Any]) -> dict[str, Any] | None:
    """What a subscription of the modern era asks for, as it is acknowledged; None: it is none."""
    said = params.get("notifications")
    if not isinstance(said, Mapping):
        return None
    kinds = ("toolsListChanged", "promptsListChanged", "resourcesListChanged")
    told: dict[str, Any] = {kind: True for kind in kinds if said.get(kind) is True}
    uris = said.get("resourceSubscriptions")
    if isinstance(uris, list) and uris and all(isinstance(uri, str) for uri in uris):
        told["resourceSubscriptions"] = uris
    return told


def tagged(message: Message, subscription: str | int) -> Message:
    """A notification of a subscription, with the subscription's id."""
    params = message.get("params", {})
    meta = {**params.get("_meta", {}), eras.SUBSCRIPTION: subscription}
    return {"jsonrpc": "2.0", "method": message["method"], "params": {**params, "_meta": meta}}
