"""Slots: the strings of an answer over which restoration passes."""

from collections.abc import Collection
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


class Keys:
    """An object's keys as texts that can be set; the members keep their order.

    Each of `names` is to be set once, after everything within the members: the object changes when
    the last one is, so that many keys cost one pass. A name that is taken is not given twice.
    """

    __slots__ = ("_members", "_names", "_new")

    def __init__(self, members: dict[str, Any], names: Collection[str]) -> None:
        self._members = members
        self._names = names
        self._new: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        """The key itself."""
        return name

    def __setitem__(self, name: str, new: str) -> None:
        """Note the new name; after the last one rename all."""
        self._new[name] = new
        if len(self._new) < len(self._names) or all(k == n for k, n in self._new.items()):
            return
        members = list(self._members.items())
        self._members.clear()
        taken = {key for key, _ in members}
        for key, value in members:
            name_ = self._new.get(key, key)
            free = name_ == key or name_ not in taken
            taken.add(name_)
            self._members[name_ if free else key] = value
