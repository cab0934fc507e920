"""Messages answers and errors as bytes for the client."""

from typing import Any, Final

from guardrail_gw.dialects.anthropic_messages.slots import PIECES
from guardrail_gw.dialects.encoding import encoded
from guardrail_gw.dialects.slots import Slot
from guardrail_gw.errors import Refusal

_OVERLOADED: Final = 529
_KINDS: Final = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "invalid_request_error",
    413: "request_too_large",
    415: "invalid_request_error",
    421: "authentication_error",
    422: "invalid_request_error",
    429: "rate_limit_error",
    451: "permission_error",
    504: "timeout_error",
    _OVERLOADED: "overloaded_error",
}
"""Status -> the type of the error; any other is `api_error`."""
_BUSY: Final = frozenset({"server.overloaded", "upstream.overloaded"})
"""Codes for which the dialect has a status of its own."""


def encode(data: dict[str, Any], *, stream: bool, text: str | None = None) -> bytes:
    """One event as a frame of a stream, or a whole body.

    Args:
        data: the event or body.
        stream: whether it is a frame.
        text: `data` as it was read, if nothing of it was changed since.
    """
    written = encoded(data) if text is None else text.encode()
    if not stream:
        return written
    return b"event: %b\ndata: %b\n\n" % (data["type"].encode(), written)


def late_piece(event: dict[str, Any], slot: Slot, text: str) -> dict[str, Any]:
    """A delta that carries `text` for the block of `slot`, in the name of `event`."""
    delta = event.get("delta")
    if isinstance(delta, dict):
        kind, key = delta.get("type"), slot.key
    else:  # the block began with text, and no delta has come since
        kind, key = PIECES[event["content_block"]["type"]]
    return {
        "type": "content_block_delta",
        "index": event["index"],
        "delta": {"type": kind, key: text},
    }


def status(refusal: Refusal) -> int:
    """The HTTP status of a refusal."""
    return _OVERLOADED if refusal.code in _BUSY else refusal.status


def error_body(refusal: Refusal, request_id: str) -> bytes:
    """A refusal in the shape of an Anthropic error, with our code beside its type."""
    kind = _KINDS.get(status(refusal), "api_error")
    error = {"type": kind, "message": refusal.detail, "code": refusal.code}
    return encoded({"type": "error", "error": error, "request_id": request_id or None})


def error_event(refusal: Refusal, request_id: str) -> bytes:
    """A refusal as the last frame of a stream that has begun."""
    return b"event: error\ndata: " + error_body(refusal, request_id) + b"\n\n"
