"""Finding many values in a text at once, as whole words, in time linear in the text."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

_WORD = re.compile(r"[^\W_]+")
_FEW_WORDS = 16
"""So many words are looked for one by one in less time than a text is taken apart."""
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ud7ff\uf900-\ufaff\uff00-\uffef"
    "\U00020000-\U0003ffff]"
)
"""Scripts that do not set words apart, or attach endings to names: Thai, Chinese, Korean ..."""


@dataclass(frozen=True, slots=True)
class Hit:
    """`text[start:end]` is `value`."""

    start: int
    end: int
    value: str = field(repr=False)


class WholeWords:
    """Knows values and finds them where no letter or digit touches them.

    A value without letters and digits, or in a script that does not set words apart, is found
    anywhere.

    Args:
        values: not empty, each.
    """

    __slots__ = ("_anywhere", "_by_word", "_first")

    def __init__(self, values: Collection[str]) -> None:
        # First word -> (its offset in the value, the value's length) -> values: few shapes, so
        # that many values with the same beginning (+49 ...) do not cost a comparison each.
        self._by_word: dict[str, dict[tuple[int, int], set[str]]] = {}
        # First character -> length -> values, for those that are found within words too.
        self._anywhere: dict[str, dict[int, set[str]]] = {}
        for value in values:
            word = _WORD.search(value)
            if word is None or _UNSPACED.search(value):
                lengths = self._anywhere.setdefault(value[0], {})
                lengths.setdefault(len(value), set()).add(value)
            else:
                shapes = self._by_word.setdefault(word.group(), {})
                shapes.setdefault((word.start(), len(value)), set()).add(value)
        firsts = "".join(map(re.escape, sorted(self._anywhere)))
        self._first = re.compile(f"[{firsts}]") if firsts else None

    def within(self, text: str) -> bool:
        """Whether any value stands in the text."""
        return next(self.hits(text), None) is not None

    def may_hold(self, text: str) -> bool:
        """Whether it is worth looking: no only where no value can stand, however it is spaced."""
        if self._first is not None:
            return True
        few = len(self._by_word) <= _FEW_WORDS
        if few and not any(map(text.__contains__, self._by_word)):
            return False
        return not self._by_word.keys().isdisjoint(_WORD.findall(text))

    def hits(self, text: str, start: int = 0, end: int | None = None) -> Iterator[Hit]:
        """Every value in `text[start:end]`: from left to right, the longest first, no overlaps."""
        stop = len(text) if end is None else end
        at = start
        for hit in sorted(self._all(text, start, stop), key=lambda h: (h.start, -h.end)):
            if hit.start >= at:
                yield hit
                at = hit.end

    def without(self, text: str) -> str:
        """The text with a control character in the place of every value."""
        out: list[str] = []
        at = 0
        for hit in self.hits(text):
            out += (text[at : hit.start], "\0")
            at = hit.end
        out.append(text[at:])
        return "".join(out)

    def _within_words(
        self, first: re.Pattern[str], text: str, start: int, stop: int
    ) -> Iterator[Hit]:
        for match in first.finditer(text, start, stop):
            begin = match.start()
            for length, values in self._anywhere[match.group()].items():
                end = begin + length
                if end <= stop and text[begin:end] in values:
                    yield Hit(begin, end, text[begin:end])

    def _all(self, text: str, start: int, stop: int) -> Iterator[Hit]:
        if self._first is not None:
            yield from self._within_words(self._first, text, start, stop)
        for word in self._by_word.keys() & _WORD.findall(text, start, stop):
            for at in _places(word, text, start, stop):
                for (offset, length), values in self._by_word[word].items():
                    begin, end = at - offset, at - offset + length
                    if begin < start or end > stop or text[begin:end] not in values:
                        continue
                    if end == stop or not (text[end - 1].isalnum() and text[end].isalnum()):
                        yield Hit(begin, end, text[begin:end])


def _places(word: str, text: str, start: int, stop: int) -> Iterator[int]:
    """Where a word stands by itself in `text[start:stop]`."""
    at = text.find(word, start, stop)
    while at >= 0:
        end = at + len(word)
        left = at > start and text[at - 1].isalnum()
        right = end < stop and text[end].isalnum()
        if not left and not right:
            yield at
        at = text.find(word, end, stop)
