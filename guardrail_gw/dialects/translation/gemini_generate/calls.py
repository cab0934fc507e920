"""Ids of calls: other dialects demand them, this one has them or not.

Source: Gemini API reference, "FunctionCall" and "FunctionResponse", as read in 2026: a result names
the call's id where there is one, and else the function; results come in the order of the calls.
"""

import hashlib
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.dialects.translation.losses import Untranslatable

_LETTERS: Final = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_SIGNS: Final = 24


@dataclass(frozen=True, slots=True)
class _Open:
    """A call that no result has answered yet."""

    id: str
    said: str
    """As the client says it; empty where it says none."""
    name: str


@dataclass(slots=True)
class Pairing:
    """Which result of a conversation answers which call.

    An id that is made depends on what stood before the call alone, so that it stays the same in
    every later turn; it has nine letters and digits, which every dialect takes.
    """

    _open: list[_Open] = field(default_factory=list)
    _used: set[str] = field(default_factory=set)
    _calls: int = 0

    def begin(self) -> None:
        """The model has its turn: what was not answered before stays so."""
        self._open.clear()

    def call(self, said: str, name: str) -> str:
        """The id of a call."""
        self._calls += 1
        id_ = said if said and said not in self._used else self._made()
        self._used.add(id_)
        self._open.append(_Open(id_, said, name))
        return id_

    def result(self, said: str, name: str) -> str:
        """The id of the call that a result answers.

        Raises:
            Untranslatable: it answers none.
        """
        found = next((call for call in self._open if said and call.said == said), None)
        if found is None:
            unnamed = (c for c in self._open if c.name == name and not (said and c.said))
            found = next(unnamed, None)
        if found is None:
            raise Untranslatable("contents[].parts[].functionResponse that answers no call")
        self._open.remove(found)
        return found.id

    def _made(self) -> str:
        number = self._calls
        while (made := f"call{number:05}") in self._used:
            number += 1
        return made


def made_id(answer: str, number: int, name: str, arguments: str) -> str:
    """An id for a call of an answer that has none: of letters, other for each answer.

    Args:
        answer: the provider's name for the answer.
        number: of the call within it.
        name: of the function.
        arguments: as JSON.
    """
    seed = "\0".join((answer, str(number), name, arguments))
    digest = hashlib.sha256(seed.encode("utf-8", "surrogatepass")).hexdigest()
    return f"call_{digest[:_SIGNS].translate(_LETTERS)}"
