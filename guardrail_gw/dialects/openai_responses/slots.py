"""Where text stands in a Responses answer: deny by default, so unknown strings are slots too.

Every text comes several times: in deltas, when it is done, with its part, its item and in the
response at the end; and the response repeats what was asked.
"""

from collections.abc import Iterator
from typing import Any, Final

from guardrail_gw.dialects.openai_responses.answer import INDICES
from guardrail_gw.dialects.slots import Channel, Leaves, Slot

DELTA: Final = ".delta"

_EVENT: Final = frozenset({"type", "item_id", "obfuscation"})
_RESPONSE: Final = frozenset(
    {"id", "type", "object", "status", "model", "service_tier", "usage", "previous_response_id"}
    | {"truncation", "prompt_cache_retention", "system_fingerprint", "billing"}
)
_ITEM: Final = frozenset(
    {"id", "type", "status", "role", "phase", "call_id", "approval_request_id", "container_id"}
    | {"encrypted_content", "fingerprint", "execution", "created_by"}
)
_PART: Final = frozenset({"type", "file_id"})
_ANNOTATION: Final = Leaves(frozenset({"type", "file_id", "container_id"}))
_TEXT: Final = Leaves(frozenset())
"""What a person, a model or a tool wrote, names and all."""
_JSON: Final = Leaves(frozenset(), finds_json=True)
_SOURCE: Final = "arguments"
_SAID: Final = "response.output_text"
_JSON_MEMBERS: Final = frozenset({_SOURCE, "output", "error"})
"""What is JSON, or often is."""
_PARTS: Final = frozenset({"content", "summary"})


def slots(data: dict[str, Any], *, json_answer: bool) -> Iterator[Slot]:
    """Every string of an event or a whole body that is not structure."""
    at = data.get("output_index")
    kind = data.get("type")
    if not isinstance(kind, str) or (at is None and isinstance(data.get("output"), list)):
        yield from response_slots(data, json_answer=json_answer)
        return
    for key, value in data.items():
        if key == "delta" and kind.endswith(DELTA):
            yield from _delta(data, value, at, json_answer=json_answer)
        elif key == "response" and isinstance(value, dict):
            yield from response_slots(value, json_answer=json_answer)
        elif key == "item" and isinstance(value, dict):
            yield from item_slots(value, at, json_answer=json_answer)
        elif key == "part" and isinstance(value, dict):
            yield from _part(value, at, json_answer=json_answer)
        elif key not in _EVENT:
            yield from _said(data, key, value, at, json_answer=json_answer)


def _delta(
    event: dict[str, Any],
    value: Any,  # noqa: ANN401 - JSON
    at: int | None,
    *,
    json_answer: bool,
) -> Iterator[Slot]:
    """A piece of a text, or pieces of several."""
    name = event["type"].removesuffix(DELTA)
    place = _channel(name, event)
    is_json = name.endswith(_SOURCE) or (json_answer and name == _SAID)
    escape = "json" if is_json else "text"
    if isinstance(value, str):
        yield Slot(event, "delta", at, place, escape)
    elif isinstance(value, dict):
        for key, piece in value.items():
            if isinstance(piece, str):
                yield Slot(value, key, at, _within(place, key), escape)
            else:
                yield from _TEXT.slots(value, key, piece, at)
    else:
        yield from _TEXT.slots(event, "delta", value, at)


def said_channel(event: dict[str, Any]) -> Channel:
    """The text of a message that an event is about."""
    return _channel(_SAID, event)


def _channel(name: str, event: dict[str, Any]) -> Channel:
    return (name, *(event.get(index, "") for index in INDICES))


def _within(place: Channel, key: str) -> Channel:
    return (*place, key)


def _said(
    event: dict[str, Any],
    key: str,
    value: Any,  # noqa: ANN401 - JSON
    at: int | None,
    *,
    json_answer: bool,
) -> Iterator[Slot]:
    """What an event says itself: a text that is done, an annotation."""
    if key in _JSON_MEMBERS:
        yield from _json(event, key, value, at)
        return
    json_text = json_answer and key == "text" and event["type"] == "response.output_text.done"
    leaves = _ANNOTATION if key == "annotation" else _TEXT
    yield from leaves.slots(event, key, value, at, json_text=json_text)


def _json(
    holder: dict[str, Any],
    key: str,
    value: Any,  # noqa: ANN401 - JSON
    at: int | None,
) -> Iterator[Slot]:
    """Arguments of a call are JSON, what a tool put out often is."""
    json_text = key == _SOURCE and isinstance(value, str)
    yield from _JSON.slots(holder, key, value, at, json_text=json_text)


def response_slots(response: dict[str, Any], *, json_answer: bool) -> Iterator[Slot]:
    """Every string of a response that is not structure."""
    for key, value in response.items():
        if key == "output" and isinstance(value, list):
            for index, item in enumerate(value):
                if isinstance(item, dict):
                    yield from item_slots(item, index, json_answer=json_answer)
                else:
                    yield from _TEXT.slots(value, index, item, index)
        elif key not in _RESPONSE:
            yield from _TEXT.slots(response, key, value, None)


def item_slots(item: dict[str, Any], at: int | None, *, json_answer: bool) -> Iterator[Slot]:
    """Every string of an item that is not structure."""
    for key, value in item.items():
        if key in _PARTS and isinstance(value, list):
            for index, part in enumerate(value):
                if isinstance(part, dict):
                    yield from _part(part, at, json_answer=json_answer)
                else:
                    yield from _TEXT.slots(value, index, part, at)
        elif key in _JSON_MEMBERS:
            yield from _json(item, key, value, at)
        elif key not in _ITEM:
            yield from _TEXT.slots(item, key, value, at)


def _part(part: dict[str, Any], at: int | None, *, json_answer: bool) -> Iterator[Slot]:
    json_text = json_answer and part.get("type") == "output_text"
    for key, value in part.items():
        if key == "annotations":
            yield from _ANNOTATION.slots(part, key, value, at)
        elif key not in _PART:
            yield from _TEXT.slots(part, key, value, at, json_text=json_text and key == "text")
