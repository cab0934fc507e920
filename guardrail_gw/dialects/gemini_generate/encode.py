"""Gemini answers and errors as bytes for the client.

Source: Google Cloud API design guide, "Errors" (AIP-193); google/rpc/error_details.proto.
"""

from typing import Any, Final

from guardrail_gw.dialects.encoding import encoded
from guardrail_gw.dialects.gemini_generate.slots import CALL, KINDS, THOUGHT
from guardrail_gw.dialects.slots import Slot
from guardrail_gw.errors import Refusal

EVENT_END: Final = b"\r\n\r\n"
"""What the dialect's own servers end an event with."""

_STATUSES: Final = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    413: "INVALID_ARGUMENT",
    415: "INVALID_ARGUMENT",
    421: "UNAUTHENTICATED",
    422: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    451: "PERMISSION_DENIED",
    500: "INTERNAL",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_TYPE: Final = "type.googleapis.com/google.rpc."
_DOMAIN: Final = "guardrail-gw"
_NAMING: Final = ("modelVersion", "createTime", "responseId")


def encode(data: dict[str, Any], *, stream: bool, text: str | None = None) -> bytes:
    """One part as an event of a stream, or a whole body.

    Args:
        data: the part or body.
        stream: whether it is an event.
        text: `data` as it was read, if nothing of it was changed since.
    """
    written = encoded(data) if text is None else text.encode()
    return b"data: " + written + EVENT_END if stream else written


def late_piece(event: dict[str, Any], slot: Slot, text: str) -> dict[str, Any]:
    """A part that carries `text` for the text of `slot`, in the name of `event`."""
    index, kind = divmod(slot.choice or 0, KINDS)
    part: dict[str, Any] = {"text": text}
    if kind == THOUGHT:
        part["thought"] = True
    elif kind == CALL:
        argument = {"jsonPath": slot.holder.get("jsonPath"), "stringValue": text}
        part = {"functionCall": {"partialArgs": [argument], "willContinue": True}}
    candidate = {"content": {"parts": [part], "role": "model"}, "index": index}
    return {"candidates": [candidate], **{k: event[k] for k in _NAMING if k in event}}


def error_body(refusal: Refusal, request_id: str) -> bytes:
    """A refusal in the shape of a Google error, with our code among its details."""
    reason = refusal.code.replace(".", "_").upper()
    about = {"reason": reason, "domain": _DOMAIN, "metadata": {"code": refusal.code}}
    details: list[dict[str, Any]] = [{"@type": f"{_TYPE}ErrorInfo", **about}]
    if request_id:
        details.append({"@type": f"{_TYPE}RequestInfo", "requestId": request_id})
    if refusal.wait_s is not None:
        delay = f"{refusal.wait_s}s"
        details.append({"@type": f"{_TYPE}RetryInfo", "retryDelay": delay})
    error = {
        "code": refusal.status,
        "message": refusal.detail,
        "status": _STATUSES.get(refusal.status, "UNKNOWN"),
        "details": details,
    }
    return encoded({"error": error})


def error_event(refusal: Refusal, request_id: str) -> bytes:
    """A refusal as the last event of a stream that has begun."""
    return b"data: " + error_body(refusal, request_id) + EVENT_END
