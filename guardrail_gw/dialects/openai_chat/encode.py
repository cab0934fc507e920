"""Chat answers and errors as bytes for the client."""

from typing import Any, Final

from guardrail_gw.dialects.encoding import encoded
from guardrail_gw.dialects.slots import Slot
from guardrail_gw.errors import Refusal

DONE: Final = b"data: [DONE]\n\n"


def encode(data: dict[str, Any], *, stream: bool, text: str | None = None) -> bytes:
    """One chunk as a frame of a stream, or a whole body.

    Args:
        data: the chunk or body.
        stream: whether it is a frame.
        text: `data` as it was read, if nothing of it was changed since.
    """
    written = encoded(data) if text is None else text.encode()
    return b"data: " + written + b"\n\n" if stream else written


def error_body(refusal: Refusal) -> bytes:
    """A refusal in the shape of an OpenAI error."""
    return encoded(
        {
            "error": {
                "message": refusal.detail,
                "type": refusal.kind,
                "param": None,
                "code": refusal.code,
            }
        }
    )


def error_event(refusal: Refusal) -> bytes:
    """A refusal as the last frame of a stream that has begun."""
    return b"data: " + error_body(refusal) + b"\n\n"


def late_piece(chunk: dict[str, Any], slot: Slot, text: str) -> dict[str, Any]:
    """A chunk that carries `text` for the channel of `slot`, in the name of `chunk`."""
    delta: dict[str, Any] = {}
    holder: Any = delta
    for step, naming in slot.trail:
        if naming is None:
            holder[step] = holder = []
        elif isinstance(holder, list):
            holder.append(dict(naming))
            holder = holder[-1]
        else:
            holder[step] = holder = {}
    holder[slot.key] = text
    head: dict[str, Any] = {k: chunk[k] for k in ("id", "object", "created", "model") if k in chunk}
    choice = {"index": slot.choice or 0, "delta": delta, "finish_reason": None}
    return {**head, "choices": [choice]}
