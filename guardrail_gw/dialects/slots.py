"""Slots: the strings of an answer over which restoration passes."""

from dataclasses import dataclass, field
from typing import Any

Channel = tuple[str | int, ...]
"""Names one text that a reader assembles from the pieces of a stream."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One string within the parsed JSON of an event; `holder[key]` can be set."""

    holder: Any = field(repr=False)
    """The object or array."""
    key: str | int
    choice: int | None
    """Index of the choice it belongs to; None outside choices."""
    channel: Channel | None
    """None: complete in itself. Otherwise a piece of the text of this channel."""
    escape: str
    """`text`, or `json` when the string holds JSON source."""
    trail: tuple[tuple[str | int, Any], ...] = ()
    """How to rebuild the holders around a piece sent later: steps with what names them."""
