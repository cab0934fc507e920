"""Finding surrogates in text that arrives in pieces: the longest, as whole words, in one pass."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.core.text import lowered
from guardrail_gw.redaction.spelling import is_same_case

_NEVER: Final = re.compile(r"(?!)")


@dataclass(frozen=True, slots=True)
class Name:
    """`text[start:end]` is the surrogate `name`, in whatever case."""

    start: int
    end: int
    name: str = field(repr=False)


@dataclass(slots=True)
class _Node:
    """A place within a tree of names, character by character."""

    next: dict[str, "_Node"] = field(default_factory=dict, repr=False)
    name: str = field(default="", repr=False)
    """The one that ends here."""


class Names:
    """A tree of names.

    Args:
        names: no two of them equal but for case.
    """

    __slots__ = ("_first", "_root")

    def __init__(self, names: Collection[str]) -> None:
        self._root = _Node()
        for name in names:
            node = self._root
            for char in lowered(name):
                node = node.next.setdefault(_plain(char), _Node())
            node.name = name
        firsts = "".join(map(re.escape, sorted(self._root.next)))
        self._first = re.compile(f"[{firsts}]", re.IGNORECASE) if firsts else _NEVER

    def scan(self, text: str, start: int, stop: int, *, before: str, more: bool) -> Iterator[Name]:
        """Find names in `text[start:stop]`, from left to right.

        Args:
            text: the text so far.
            start: where to begin.
            stop: where to end.
            before: the character before `text`, or nothing.
            more: the text goes on after its end.

        Yields:
            Names; with `more` at last, without a name, where one may have begun.
        """
        at = start
        while (first := self._first.search(text, at, stop)) is not None:
            begin = first.start()
            at = begin + 1
            if text[begin].isalnum() and (text[begin - 1] if begin else before).isalnum():
                continue
            hit = self._longest(text, begin, stop, more=more and stop == len(text))
            if hit is None:
                continue
            yield hit
            if not hit.name:
                return
            at = hit.end

    def _longest(self, text: str, begin: int, stop: int, *, more: bool) -> Name | None:
        node: _Node | None = self._root
        best: Name | None = None
        for at in range(begin, stop):
            node = node.next.get(_plain(lowered(text[at]))) if node is not None else None
            if node is None:
                return best
            if node.name and self._ends(text, at + 1, node.name, text[begin : at + 1]):
                best = Name(begin, at + 1, node.name)
        return Name(begin, stop, "") if more else best

    def _ends(self, text: str, end: int, name: str, spelt: str) -> bool:
        """Whether a name ends here, as far as the text goes."""
        cut = end < len(text) and spelt[-1].isalnum() and text[end].isalnum()
        return not cut and is_same_case(spelt, name)


def _plain(char: str) -> str:
    return " " if char.isspace() else char
