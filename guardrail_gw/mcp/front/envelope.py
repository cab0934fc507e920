"""What a client posted: one JSON-RPC request, notification or response.

Source: JSON-RPC 2.0, sections 4 and 5; Model Context Protocol 2026-07-28, basic ("Messages"):
ids are strings or integers, parameters are an object, there are no batches.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.core import body as strict
from guardrail_gw.errors import BodyRefused

MAX_METHOD: Final = 128
"""Characters; no method of the protocol has as many."""
MAX_ID: Final = 256

Id = str | int


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Somebody asks."""

    id: Id = field(repr=False)
    method: str = field(repr=False)
    params: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A notification: nobody waits for an answer."""

    method: str = field(repr=False)
    params: dict[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """An answer to what a server asked."""

    id: Id = field(repr=False)
    message: dict[str, Any] = field(repr=False)


def read(raw: bytes) -> Request | Notice | Response:
    """Read what was posted.

    Raises:
        BodyRefused: it is no JSON (`body.not_json` and others), or no message of the protocol
            (`body.not_rpc`).
    """
    value = strict.parse(raw).value
    if not isinstance(value, dict) or value.get("jsonrpc") != "2.0":
        raise _refused("the body must be one JSON-RPC 2.0 message")
    if "method" not in value:
        return _response(value)
    method, params = value["method"], value.get("params", {})
    if not isinstance(method, str) or not 0 < len(method) <= MAX_METHOD:
        raise _refused("the method is no name of one")
    if not isinstance(params, dict) or not isinstance(params.get("_meta", {}), dict):
        raise _refused("params and params._meta must be objects")
    if "id" not in value:
        return Notice(method=method, params=params)
    return Request(id=_id(value["id"]), method=method, params=params)


def _response(value: dict[str, Any]) -> Response:
    if ("result" in value) == ("error" in value):
        raise _refused("a response has either a result or an error")
    told = value.get("result", value.get("error"))
    if not isinstance(told, dict):
        raise _refused("the result or error of a response must be an object")
    return Response(id=_id(value.get("id")), message=value)


def _id(value: object) -> Id:
    is_id = isinstance(value, str) or (isinstance(value, int) and not isinstance(value, bool))
    if not is_id or len(str(value)) > MAX_ID:
        raise _refused("the id must be a string or an integer")
    assert isinstance(value, str | int)  # noqa: S101 - just found out
    return value


def _refused(why: str) -> BodyRefused:
    return BodyRefused(why, code="body.not_rpc")
