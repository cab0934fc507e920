"""Responses answers and errors as bytes for the client."""

from collections.abc import Iterator
from typing import Any, Final

from guardrail_gw.dialects.encoding import encoded
from guardrail_gw.dialects.openai_chat.encode import error_body
from guardrail_gw.dialects.slots import Slot
from guardrail_gw.errors import Refusal

LAST: Final = (1 << 31) - 1
"""The number of an error that ends a stream: above that of every event before it."""

__all__ = ["LAST", "drop_logprobs", "encode", "error_body", "error_event", "late_piece"]


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
    """A delta that carries `text` for the text of `slot`, in the name of its delta `event`."""
    piece = {key: value for key, value in event.items() if key != "obfuscation"}
    piece["delta"] = text if slot.holder is event else {slot.key: text}
    return piece


def drop_logprobs(data: dict[str, Any]) -> None:
    """Take token texts out of an event or body: cut as the model cuts them, none is restored."""
    for holder in (data, *_parts(data)):
        if holder.get("logprobs"):
            holder["logprobs"] = []


def error_event(refusal: Refusal) -> bytes:
    """A refusal as the last frame of a stream that has begun.

    Clients differ in where they look for the error: in the event, or in a member of it.
    """
    said = {"code": refusal.code, "message": refusal.detail, "param": None}
    event = {"type": "error", **said, "sequence_number": LAST}
    return encode({**event, "error": {"type": refusal.kind, **said}}, stream=True)


def _parts(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The parts of messages, wherever they stand."""
    if isinstance(part := data.get("part"), dict):
        yield part
    response = data.get("response")
    items = (response if isinstance(response, dict) else data).get("output")
    for item in (data.get("item"), *(items if isinstance(items, list) else ())):
        content = item.get("content") if isinstance(item, dict) else None
        if isinstance(content, list):
            yield from (part for part in content if isinstance(part, dict))
