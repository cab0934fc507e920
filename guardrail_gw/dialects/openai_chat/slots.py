"""Where text stands in a chat answer: deny by default, so unknown strings are slots too."""

from collections.abc import Iterator
from typing import Any

from guardrail_gw.dialects.slots import FIELD, Channel, Leaves, Slot

STRUCTURE = frozenset(
    {"id", "object", "model", "role", "type", "format", "finish_reason", "native_finish_reason"}
    | {"system_fingerprint", "service_tier", "obfuscation", "usage", "tool_call_id"}
)
_WHOLE = frozenset(
    {"name", "signature", "data", "url", "title", "encrypted_content", "thought_signature"}
)
"""Never cut into pieces: holding some of it back would break it."""
_JSON_SOURCE = frozenset({"arguments"})
LEAVES = Leaves(STRUCTURE, _JSON_SOURCE)
_NAMING = ("type", "index")

_Trail = tuple[tuple[str | int, Any], ...]


def slots(data: dict[str, Any], *, json_answer: bool) -> Iterator[Slot]:
    """Every string of a chunk or a whole body that is not structure."""
    for key, value in data.items():
        if key == "choices":
            for position, choice in enumerate(value):
                index = choice.get("index", position)
                yield from _choice(choice, index, json_answer=json_answer)
        elif key not in STRUCTURE:
            yield from LEAVES.slots(data, key, value, None)


def _choice(choice: dict[str, Any], index: int, *, json_answer: bool) -> Iterator[Slot]:
    for key, value in choice.items():
        if key == "delta" and isinstance(value, dict):
            for name in value:
                json_text = json_answer and name == "content"
                yield from _piece(value, name, index, (), json_text=json_text)
        elif key == "message" and isinstance(value, dict):
            for name, member in value.items():
                if name not in STRUCTURE:
                    json_text = json_answer and name == "content"
                    yield from LEAVES.slots(value, name, member, index, json_text=json_text)
        elif key not in STRUCTURE:
            yield from LEAVES.slots(choice, key, value, index)


def _piece(
    holder: dict[str, Any], name: str, index: int, trail: _Trail, *, json_text: bool = False
) -> Iterator[Slot]:
    """Slots of one member of a delta, or of a list entry within one."""
    value = holder[name]
    if name in STRUCTURE or value is None:
        return
    if isinstance(value, str):
        channel = _channel(name, index, trail)
        yield Slot(holder, name, index, channel, LEAVES.escape(name, json_text=json_text), trail)
    elif isinstance(value, list):
        for position, entry in enumerate(value):
            yield from _entry(value, position, entry, index, (*trail, (name, None)))
    elif isinstance(value, dict) and name not in _JSON_SOURCE and _is_format(value):
        yield from _members(value, index, (*trail, (name, {})))
    else:  # an object of somebody's own: nothing of it comes in pieces
        yield from LEAVES.slots(holder, name, value, index)


def _entry(
    holder: list[Any],
    position: int,
    entry: Any,  # noqa: ANN401 - JSON
    index: int,
    trail: _Trail,
) -> Iterator[Slot]:
    if isinstance(entry, dict) and _is_format(entry):
        yield from _members(entry, index, (*trail, (_position(entry, position), _naming(entry))))
    else:
        yield from LEAVES.slots(holder, position, entry, index)


def _members(holder: dict[str, Any], index: int, trail: _Trail) -> Iterator[Slot]:
    for key in holder:
        yield from _piece(holder, key, index, trail)


def _is_format(value: dict[str, Any]) -> bool:
    """Whether it is an object of the wire format, whose texts come in pieces."""
    return all(map(FIELD.fullmatch, value))


def _channel(name: str, index: int, trail: _Trail) -> Channel | None:
    """Whatever stands in a delta, at any depth, comes in pieces unless known not to."""
    if name in _WHOLE:
        return None
    return (index, *(step for step, _ in trail), name)


def _position(entry: dict[str, Any], position: int) -> int:
    given = entry.get("index")
    return given if type(given) is int else position


def _naming(entry: dict[str, Any]) -> dict[str, Any]:
    """What tells a client which list entry a later piece belongs to."""
    return {k: entry[k] for k in _NAMING if k in entry}
