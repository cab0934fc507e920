"""Where text stands in a completion: deny by default, so unknown strings are slots too."""

from collections.abc import Iterator
from typing import Any

from guardrail_gw.dialects.openai_chat.slots import LEAVES, STRUCTURE
from guardrail_gw.dialects.slots import Slot


def slots(data: dict[str, Any], *, streamed: bool, json_answer: bool) -> Iterator[Slot]:
    """Every string of a chunk or a whole body that is not structure."""
    for key, value in data.items():
        if key == "choices":
            for position, choice in enumerate(value):
                index = choice.get("index", position)
                yield from _choice(choice, index, streamed=streamed, json_answer=json_answer)
        elif key not in STRUCTURE:
            yield from LEAVES.slots(data, key, value, None)


def _choice(
    choice: dict[str, Any], index: int, *, streamed: bool, json_answer: bool
) -> Iterator[Slot]:
    """In a stream each string of a choice is a piece, for a reader joins what has its name."""
    for name, member in choice.items():
        if name in STRUCTURE:
            continue
        is_json = json_answer and name == "text"
        if streamed and isinstance(member, str):
            escape = LEAVES.escape(name, json_text=is_json)
            yield Slot(choice, name, index, (index, name), escape)
        else:
            yield from LEAVES.slots(choice, name, member, index, json_text=is_json)


def late_piece(chunk: dict[str, Any], slot: Slot, text: str) -> dict[str, Any]:
    """A chunk that carries `text` for the channel of `slot`, in the name of `chunk`."""
    head: dict[str, Any] = {k: chunk[k] for k in ("id", "object", "created", "model") if k in chunk}
    said = {"text": "", slot.key: text}
    choice = {"index": slot.choice or 0, **said, "logprobs": None, "finish_reason": None}
    return {**head, "choices": [choice]}
