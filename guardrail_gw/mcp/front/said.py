"""What the front says itself: errors, and what both eras' handshakes are answered with.

Source: Model Context Protocol 2025-11-25, basic/lifecycle; 2026-07-28, server/discover,
server/utilities/caching.
"""

from collections.abc import Mapping
from typing import Any, Final

from guardrail_gw.dialects.mcp import eras
from guardrail_gw.dialects.mcp.eras import Fault
from guardrail_gw.dialects.mcp.exact import written
from guardrail_gw.errors import BodyRefused, Refusal
from guardrail_gw.mcp.front.envelope import Id
from guardrail_gw.mcp.ports import Introduction, Message
from guardrail_gw.mcp_errors import HeaderMismatch, MethodDenied, SessionUnknown, ToolUnknown

SERVER_INFO: Final = eras.PREFIX + "serverInfo"
CANCELLED: Final = -32800
"""What the stream of a cancelled request ends with in the legacy era, which wants an end."""
DEFECT: Final = Fault(
    code=eras.INTERNAL_ERROR, message="the gateway failed; this answer is not complete"
)
_OWN: Final = -31000
"""Codes of our own stand outside of what the protocol keeps for itself: minus the HTTP status."""
_PARSE: Final = frozenset({"body.not_json", "body.not_utf8"})
_CODES: Final[tuple[tuple[type[Refusal], int], ...]] = (
    (MethodDenied, eras.METHOD_NOT_FOUND),
    (ToolUnknown, eras.INVALID_PARAMS),
    (HeaderMismatch, eras.HEADER_MISMATCH),
    (SessionUnknown, eras.INVALID_REQUEST),
    (BodyRefused, eras.INVALID_REQUEST),
)
STATUSES: Final[Mapping[int, int]] = {
    eras.PARSE_ERROR: 400,
    eras.INVALID_REQUEST: 400,
    eras.INVALID_PARAMS: 400,
    eras.HEADER_MISMATCH: 400,
    eras.MISSING_CAPABILITY: 400,
    eras.UNSUPPORTED_REVISION: 400,
    eras.METHOD_NOT_FOUND: 404,
}
"""Of errors in the modern era, whoever made them; any other code is answered with 200."""


def line(message: Message) -> bytes:
    """A message as one line of JSON."""
    return written(message)


def response(id_: Id | None, told: Mapping[str, Any]) -> Message:
    """A response with the id that a client gave its request; `told` has `result` or `error`."""
    return {**told, "jsonrpc": "2.0", "id": id_}


def result(id_: Id, value: Mapping[str, Any]) -> bytes:
    """A result as one line."""
    return line(response(id_, {"result": value}))


def fault(id_: Id | None, wrong: Fault) -> bytes:
    """A fault as one line."""
    error: dict[str, Any] = {"code": wrong.code, "message": wrong.message}
    if wrong.data is not None:
        error["data"] = dict(wrong.data)
    return line(response(id_, {"error": error}))


def refusal(id_: Id | None, why: Refusal, request_id: str = "") -> bytes:
    """A refusal as one line, with its stable code beside the protocol's."""
    data: dict[str, Any] = {"code": why.code, "type": why.kind}
    if request_id:
        data["request_id"] = request_id
    if why.wait_s is not None:
        data["retry_after_s"] = why.wait_s
    error = {"code": code(why), "message": why.detail, "data": data}
    return line(response(id_, {"error": error}))


def code(why: Refusal) -> int:
    """The JSON-RPC code of a refusal."""
    if why.code in _PARSE:
        return eras.PARSE_ERROR
    return next((each for kind, each in _CODES if isinstance(why, kind)), _OWN - why.status)


def initialized(told: Introduction, revision: str) -> dict[str, Any]:
    """The result of `initialize`."""
    said: dict[str, Any] = {
        "protocolVersion": revision,
        "capabilities": dict(told.capabilities),
        "serverInfo": dict(told.info) or {"name": "guardrail-gw", "version": "0"},
    }
    return _instructed(said, told)


def discovered(told: Introduction) -> dict[str, Any]:
    """The result of `server/discover`: the same for nobody else, and not to be kept."""
    said: dict[str, Any] = {
        "resultType": "complete",
        "supportedVersions": [*eras.MODERN],
        "capabilities": dict(told.capabilities),
        "ttlMs": 0,
        "cacheScope": "private",
        "_meta": {SERVER_INFO: dict(told.info) or {"name": "guardrail-gw", "version": "0"}},
    }
    return _instructed(said, told)


def _instructed(said: dict[str, Any], told: Introduction) -> dict[str, Any]:
    if told.instructions is not None:
        said["instructions"] = told.instructions
    return said
