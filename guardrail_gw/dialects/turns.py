"""The turns of a body: entries of the array that a conversation adds to with every request."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from guardrail_gw.core.body import Path
from guardrail_gw.dialects.walk import Layer

NO_TURN: Final = -1


def turn_of_each(
    layers: Sequence[Layer], targets: Sequence[tuple[int, Path]], turns: str
) -> list[int]:
    """For each text of a body the index of the turn that holds it, or `NO_TURN`.

    Args:
        layers: of the body; what is within a string comes behind what holds it.
        targets: layer and path of each text.
        turns: the member that holds the turns.
    """
    tops: list[Path] = [()]
    for layer in layers[1:]:
        tops.append(tops[layer.outer] or layer.path)
    return [_turn(tops[layer] or path, turns) for layer, path in targets]


def _turn(path: Path, turns: str) -> int:
    if len(path) > 1 and path[0] == turns and isinstance(path[1], int):
        return path[1]
    return NO_TURN


class Members(Mapping[str, Any]):
    """The top-level members of a valid body, read when somebody asks.

    Args:
        raw: the body.
    """

    __slots__ = ("_raw", "_read")

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._read: dict[str, Any] | None = None

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """The value of one."""
        return self._members()[name]

    def __iter__(self) -> Iterator[str]:
        """Their names, in order."""
        return iter(self._members())

    def __len__(self) -> int:
        """How many there are."""
        return len(self._members())

    def _members(self) -> dict[str, Any]:
        if self._read is None:
            self._read = json.loads(self._raw)
        return self._read
