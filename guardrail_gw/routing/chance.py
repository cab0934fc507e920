"""Numbers that look like chance and follow from a seed: one draw a plan, whoever is in it."""

from collections.abc import Iterable
from typing import Final

_MASK: Final = (1 << 64) - 1
_ODD: Final = 0x9E3779B97F4A7C15
_OTHER: Final = 0xBF58476D1CE4E5B9
_PARTS: Final = 1 << 53
_UNIT: Final = 1.0 / _PARTS


def draws(seed: int, marks: Iterable[int]) -> list[float]:
    """Numbers above 0 and at most 1: the same for the same seed and mark, else independent.

    Multiplying alone would keep the distance between two marks, whatever the seed; what is folded
    down in between makes it depend on both.

    Args:
        seed: 64 bits, of the request.
        marks: 64 bits each, of what is drawn for.
    """
    mixed = [((seed ^ mark) * _ODD) & _MASK for mark in marks]
    return [((((m ^ m >> 32) * _OTHER) & _MASK) >> 11) * _UNIT + _UNIT for m in mixed]


def seed_of(chance: float) -> int:
    """64 bits, from a number between 0 and 1."""
    return (int(chance * _PARTS) * _ODD) & _MASK
