"""Where text could stand in an answer that is made of numbers: beside them."""

from collections.abc import Iterator
from typing import Any, Final

from guardrail_gw.dialects.openai_embeddings.answer import is_vector
from guardrail_gw.dialects.slots import Leaves, Slot

_STRUCTURE: Final = frozenset({"id", "object", "model", "usage"})
_LEAVES: Final = Leaves(_STRUCTURE)


def slots(data: dict[str, Any]) -> Iterator[Slot]:
    """Every string that is neither structure nor a vector."""
    for key, value in data.items():
        if key == "data":
            for entry in value:
                yield from _entry(entry)
        elif key not in _STRUCTURE:
            yield from _LEAVES.slots(data, key, value, None)


def _entry(entry: dict[str, Any]) -> Iterator[Slot]:
    for key, value in entry.items():
        if key not in _STRUCTURE and not (key == "embedding" and is_vector(value)):
            yield from _LEAVES.slots(entry, key, value, None)
