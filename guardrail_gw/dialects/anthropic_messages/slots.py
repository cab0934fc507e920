"""Where text stands in a Messages answer: deny by default, so unknown strings are slots too."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from guardrail_gw.dialects.slots import Leaves, Slot

PIECES: Final[Mapping[str, tuple[str, str]]] = {
    "text": ("text_delta", "text"),
    "thinking": ("thinking_delta", "thinking"),
    "compaction": ("compaction_delta", "content"),
}
"""Type of a block -> type of the deltas that go on with it, and the member that is its text."""

_STRUCTURE: Final = frozenset(
    {"id", "type", "role", "model", "index", "tool_use_id", "stop_reason", "usage", "media_type"}
    | {"signature", "encrypted_content", "encrypted_index", "encrypted_stdout", "error_code"}
    | {"service_tier", "inference_geo", "file_id"}
)
_WHOLE_DELTAS: Final = frozenset({"signature_delta", "citations_delta"})
"""Never cut into pieces: holding some of it back would break it."""
_LEAVES: Final = Leaves(_STRUCTURE)
_INPUT: Final = Leaves(frozenset(), finds_json=True)
"""Arguments of a call: a person's or a model's own, names and all."""


def slots(data: dict[str, Any], *, json_answer: bool) -> Iterator[Slot]:
    """Every string of an event or a whole body that is not structure."""
    index: Any = data.get("index")
    for key, value in data.items():
        is_of_a_block = type(index) is int and isinstance(
            value, dict
        )  # else it is of no known kind
        if key == "delta" and is_of_a_block:
            yield from _delta(value, index, json_answer=json_answer)
        elif key == "content_block" and is_of_a_block:
            yield from _start(value, index, json_answer=json_answer)
        elif key == "message" and isinstance(value, dict):
            yield from _message(value, json_answer=json_answer)
        elif key == "content" and isinstance(value, list):
            yield from _content(value, json_answer=json_answer)
        elif key not in _STRUCTURE:
            yield from _LEAVES.slots(data, key, value, None)


def _delta(delta: dict[str, Any], index: int, *, json_answer: bool) -> Iterator[Slot]:
    whole = str(delta.get("type")) in _WHOLE_DELTAS
    for key, value in delta.items():
        if key in _STRUCTURE:
            continue
        if whole or not isinstance(value, str):
            yield from _LEAVES.slots(delta, key, value, index)
        else:
            yield _piece(delta, key, index, json_answer=json_answer)


def _start(block: dict[str, Any], index: int, *, json_answer: bool) -> Iterator[Slot]:
    """A block that begins: its text goes on in deltas, anything else is complete."""
    _, text = PIECES.get(str(block.get("type")), (None, None))
    for key, value in block.items():
        if key == text and isinstance(value, str):
            yield _piece(block, key, index, json_answer=json_answer)
        else:
            yield from _member(block, key, value, index)


def _piece(holder: dict[str, Any], key: str, index: int, *, json_answer: bool) -> Slot:
    is_json = key == "partial_json" or (json_answer and key == "text")
    return Slot(holder, key, index, (index, key), "json" if is_json else "text")


def _message(message: dict[str, Any], *, json_answer: bool) -> Iterator[Slot]:
    for key, value in message.items():
        if key == "content" and isinstance(value, list):
            yield from _content(value, json_answer=json_answer)
        elif key not in _STRUCTURE:
            yield from _LEAVES.slots(message, key, value, None)


def _content(blocks: list[Any], *, json_answer: bool) -> Iterator[Slot]:
    for index, block in enumerate(blocks):
        if not isinstance(block, dict):
            yield from _LEAVES.slots(blocks, index, block, index)
            continue
        for key, value in block.items():
            json_text = json_answer and key == "text"
            yield from _member(block, key, value, index, json_text=json_text)


def _member(
    block: dict[str, Any],
    key: str,
    value: Any,  # noqa: ANN401 - JSON
    index: int,
    *,
    json_text: bool = False,
) -> Iterator[Slot]:
    if key == "input":
        yield from _INPUT.slots(block, key, value, index)
    elif key not in _STRUCTURE:
        yield from _LEAVES.slots(block, key, value, index, json_text=json_text)
