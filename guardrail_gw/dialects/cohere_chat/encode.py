"""Cohere chat answers and errors as bytes for the client.

Source: Cohere API reference, "Errors" and "Chat with Streaming" (v2: `error` of `message-end`), as
read in 2026.
"""

from typing import Any, Final

from guardrail_gw.dialects.cohere_chat.answer import DONE, END, FAILED
from guardrail_gw.dialects.cohere_chat.slots import CALL, KINDS, PLAN
from guardrail_gw.dialects.encoding import encoded
from guardrail_gw.dialects.slots import Slot
from guardrail_gw.errors import Refusal

_DONE: Final = f"data: {DONE}\n\n".encode()


def encode(data: dict[str, Any], *, stream: bool, text: str | None = None) -> bytes:
    """One event as a frame of a stream, or a whole body; two frames where the message ends.

    Args:
        data: the event or body.
        stream: whether it is an event.
        text: `data` as it was read, if nothing of it was changed since.
    """
    written = encoded(data) if text is None else text.encode()
    if not stream:
        return written
    frame = b"event: %b\ndata: %b\n\n" % (data["type"].encode(), written)
    return frame + _DONE if data["type"] == END else frame


def late_piece(slot: Slot, text: str) -> dict[str, Any]:
    """A delta that carries `text` for the text of `slot`."""
    index, kind = divmod(slot.choice or 0, KINDS)
    if kind == PLAN:
        return {"type": "tool-plan-delta", "delta": {"message": {"tool_plan": text}}}
    if kind == CALL:
        call = {"function": {"arguments": text}}
        return {
            "type": "tool-call-delta",
            "index": index,
            "delta": {"message": {"tool_calls": call}},
        }
    content = {slot.key: text}
    return {"type": "content-delta", "index": index, "delta": {"message": {"content": content}}}


def error(refusal: Refusal, request_id: str) -> dict[str, Any]:
    """A refusal in the shape of a Cohere error, with our code beside its message."""
    named = {"id": request_id} if request_id else {}
    return {**named, "message": refusal.detail, "code": refusal.code}


def error_body(refusal: Refusal, request_id: str) -> bytes:
    """A refusal as a whole answer."""
    return encoded(error(refusal, request_id))


def error_event(refusal: Refusal, request_id: str) -> bytes:
    """A refusal as the last event of a stream that has begun: its message ended with an error."""
    delta = {"error": refusal.detail, "finish_reason": FAILED}
    named = {"id": request_id} if request_id else {}
    event = {"type": END, **named, "code": refusal.code, "delta": delta}
    return b"event: %b\ndata: %b\n\n" % (END.encode(), encoded(event))
