"""What is asked, in the words of a server of the modern era, and what it says.

Source: Model Context Protocol 2026-07-28, basic ("Per-request protocol fields"),
basic/utilities/progress, basic/patterns/mrtr.
"""

from collections.abc import Mapping
from typing import Any, Final

from guardrail_gw.dialects.mcp.eras import (
    CAPABILITIES,
    INFO,
    LOG_LEVEL,
    MODERN,
    REVISION,
    SUBSCRIPTION,
    UNSUPPORTED_REVISION,
)
from guardrail_gw.mcp.ports import Ask, Described, Era, Message, Peer
from guardrail_gw.mcp.servers.messages import Id, is_params
from guardrail_gw.mcp.servers.told import OURS, declared
from guardrail_gw.mcp_errors import ServerFailed

DISCOVER: Final = "server/discover"
_SERVER_INFO: Final = "io.modelcontextprotocol/serverInfo"
_FINAL: Final = frozenset({"complete", "input_required"})


def envelope(peer: Peer, revision: str) -> dict[str, Any]:
    """The members of `_meta` by which a request says all about itself."""
    meta: dict[str, Any] = {
        REVISION: revision,
        CAPABILITIES: declared(peer.capabilities),
        INFO: dict(OURS),
    }
    return meta if peer.log_level is None else meta | {LOG_LEVEL: peer.log_level}


def stamped(ask: Ask, revision: str, token: Id) -> dict[str, Any]:
    """The params that leave.

    Args:
        ask: what is asked.
        revision: the server's.
        token: of progress, if that is wanted.
    """
    own = ask.params.get("_meta")
    meta = {**(own if isinstance(own, Mapping) else {}), **envelope(ask.peer, revision)}
    if ask.wants_progress:
        meta["progressToken"] = token
    return {**ask.params, "_meta": meta}


def described(name: str, result: Mapping[str, Any]) -> Described:
    """Read what `server/discover` answered.

    Raises:
        ServerFailed: no revision is known here, or it is no such answer.
    """
    offered, capabilities = result.get("supportedVersions"), result.get("capabilities")
    known = [each for each in MODERN if isinstance(offered, list) and each in offered]
    if not known or not isinstance(capabilities, Mapping):
        raise ServerFailed(f"{name} speaks no revision of the protocol that is known here")
    meta = result.get("_meta")
    info = meta.get(_SERVER_INFO) if isinstance(meta, Mapping) else None
    instructions = result.get("instructions")
    return Described(
        era=Era.MODERN,
        revision=known[-1],
        capabilities=capabilities,
        info=info if isinstance(info, Mapping) else {},
        instructions=instructions if isinstance(instructions, str) else None,
    )


def speaks_after_all(response: Message, revision: str) -> bool:
    """Whether it refuses the revision that it was asked in, and names it among those it speaks."""
    error = response.get("error")
    data = error.get("data") if isinstance(error, dict) else None
    if not isinstance(error, dict) or not isinstance(data, dict):
        return False
    supported = data.get("supported")
    is_refusal = error.get("code") == UNSUPPORTED_REVISION
    return is_refusal and isinstance(supported, list) and revision in supported


def check(name: str, result: Mapping[str, Any], peer: Peer) -> None:
    """Refuse a kind of result that the client did not say it knows, and wishes without a form.

    Raises:
        ServerFailed: it is one, or has some.
    """
    said = result.get("resultType", "complete")
    if said not in _FINAL and "extensions" not in peer.capabilities:
        raise ServerFailed(f"{name} gives a kind of result that the client does not know")
    wishes = result.get("inputRequests")
    if wishes is not None and not _are_wishes(wishes):
        raise ServerFailed(f"{name} asks for something in no form of the protocol")


def _are_wishes(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(each, dict) and is_params(each.get("params", {})) for each in value.values()
    )


def without_subscription(message: Message) -> Message:
    """A notification without the id of this hop's subscription."""
    params = message.get("params")
    meta = params.get("_meta") if isinstance(params, dict) else None
    if not isinstance(params, dict) or not isinstance(meta, dict) or SUBSCRIPTION not in meta:
        return message
    kept = {key: value for key, value in meta.items() if key != SUBSCRIPTION}
    rest = {key: value for key, value in params.items() if key != "_meta"}
    return message | {"params": rest | ({"_meta": kept} if kept else {})}
