"""Slots: the strings of an answer over which restoration passes."""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

FIELD: Final = re.compile(r"[a-z]+(?:_[a-z]+)*")
"""Member names of a wire format; any other was chosen by a person or a model."""

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
    ends: bool = False
    """The text of the channel ends with this piece, whatever else the event says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offset:
    """A place in a text of the answer, counted as the dialect does: `holder[key]`."""

    holder: Any = field(repr=False)
    key: str
    text: Channel | int | None
    """The text's channel, or the identity of the object that holds it whole; None: nobody knows."""
    is_end: bool
    """A stretch ends there, and does not begin."""
    within: tuple[Any, str] = field(repr=False)
    """What is left out where the place cannot be told any more: `within[0][within[1]]`."""


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


@dataclass(frozen=True, slots=True)
class Leaves:
    """Slots that are complete in themselves, at any depth of a value."""

    structure: frozenset[str]
    """Members without text."""
    json_source: frozenset[str] = frozenset()
    """Members whose strings hold JSON."""
    finds_json: bool = False
    """A string that reads as a JSON object or array is taken for one."""

    def slots(
        self,
        holder: Any,  # noqa: ANN401 - JSON
        key: str | int,
        value: Any,  # noqa: ANN401 - JSON
        choice: int | None,
        *,
        json_text: bool = False,
    ) -> Iterator[Slot]:
        """Every string of `value`, which is `holder[key]`."""
        if isinstance(value, str):
            is_json = json_text or (self.finds_json and _is_json(value))
            yield Slot(holder, key, choice, None, self.escape(key, json_text=is_json))
        elif isinstance(value, dict):
            for name, member in value.items():
                if name not in self.structure:
                    yield from self.slots(value, name, member, choice)
            yield from _keys(value, choice)
        elif isinstance(value, list):
            for position, entry in enumerate(value):
                yield from self.slots(value, position, entry, choice, json_text=json_text)

    def escape(self, name: str | int, *, json_text: bool = False) -> str:
        """How a restored value is written in the member `name`."""
        return "json" if json_text or name in self.json_source else "text"


def _is_json(text: str) -> bool:
    bare = text.strip(" \t\r\n")
    if bare[:1] + bare[-1:] not in ("{}", "[]"):
        return False
    try:
        json.loads(bare)
    except (ValueError, RecursionError):
        return False
    return True


def _keys(members: dict[str, Any], choice: int | None) -> Iterator[Slot]:
    """After what they lead to: renaming a member must not lose it."""
    chosen = [name for name in members if not FIELD.fullmatch(name)]
    keys = Keys(members, chosen)
    for name in chosen:
        yield Slot(keys, name, choice, None, "text")
