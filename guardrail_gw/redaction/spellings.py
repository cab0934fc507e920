"""Finding values in a text in every usual spelling; `spelling` says which those are."""

from bisect import bisect_right
from collections.abc import Collection, Iterator
from re import Pattern
from typing import Final

from guardrail_gw.core.text import lowered
from guardrail_gw.redaction.spelling import (
    CONTINUED,
    OTHER_WHITE,
    SEPARATOR,
    WORD,
    is_same_case,
    is_separable,
)
from guardrail_gw.redaction.words import Hit, WholeWords

_FEW_DIGITS: Final = 6
_FEW_VALUES: Final = 16


class Spellings:
    """Knows values and finds them, and their other spellings, as whole words.

    Args:
        values: not empty, each.
    """

    __slots__ = ("_compact", "_folded", "_known")

    def __init__(self, values: Collection[str]) -> None:
        self._known: dict[str, list[str]] = {}
        for value in values:
            self._known.setdefault(_folded(value), []).append(value)
        self._folded = WholeWords(self._known)
        separable = {_compacted(v): v for v in values if is_separable(v)}
        self._compact = _Compact(separable) if separable else None

    def within(self, text: str) -> bool:
        """Whether any value stands in the text, however it is spelt."""
        return next(self._all(text), None) is not None

    def hits(self, text: str) -> Iterator[Hit]:
        """Every value: from left to right, the longest first, no overlaps.

        Yields:
            Hits whose `value` is the known one, whatever its spelling in the text.
        """
        at = 0
        for hit in sorted(self._all(text), key=lambda h: (h.start, -h.end)):
            if hit.start >= at:
                yield hit
                at = hit.end

    def _all(self, text: str) -> Iterator[Hit]:
        low = lowered(text)
        if self._folded.may_hold(low):
            yield from self._spelt(text, Squeezed(_spaced(low), CONTINUED))
        if self._compact is not None:
            yield from self._compact.hits(text)

    def _spelt(self, text: str, squeezed: "Squeezed") -> Iterator[Hit]:
        for hit in self._folded.hits(squeezed.text):
            start, end = squeezed.origin(hit.start, hit.end)
            spelt = text[start:end]
            same = [v for v in self._known[hit.value] if is_same_case(spelt, v)]
            if same:
                yield Hit(start, end, spelt if spelt in same else same[0])


class Squeezed:
    """A text without what a pattern matches, and the way back to its places."""

    __slots__ = ("_removed", "seams", "text")

    def __init__(self, text: str, unwanted: Pattern[str]) -> None:
        self.seams: list[int] = []
        """Places before which something was taken out."""
        self._removed: list[int] = []
        out: list[str] = []
        at = removed = 0
        for match in unwanted.finditer(text):
            out.append(text[at : match.start()])
            at = match.end()
            self.seams.append(match.start() - removed)
            removed += at - match.start()
            self._removed.append(removed)
        out.append(text[at:])
        self.text = "".join(out)

    def origin(self, start: int, end: int) -> tuple[int, int]:
        """Where `text[start:end]` (not empty) stands in the text as it was."""
        return self._back(start), self._back(end - 1) + 1

    def _back(self, at: int) -> int:
        index = bisect_right(self.seams, at)
        return at + (self._removed[index - 1] if index else 0)


class _Compact:
    """Finds values without their separators."""

    __slots__ = ("_has_ascii_digits", "_lengths", "_values")

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values
        digits = (char for value in values for char in value if char.isdigit())
        self._has_ascii_digits = all(map(str.isascii, digits))
        self._lengths: dict[str, set[int]] = {}
        for compact in values:
            self._lengths.setdefault(compact[:_FEW_DIGITS], set()).add(len(compact))

    def hits(self, text: str) -> Iterator[Hit]:
        """Every value that begins and ends where no letter or digit touches it."""
        if self._has_ascii_digits and sum(map(text.count, "0123456789")) < _FEW_DIGITS:
            return
        low = lowered(text)
        if not self._may_hold(SEPARATOR.sub("", low)):
            return
        squeezed = Squeezed(low, SEPARATOR)
        short = squeezed.text
        starts = {m.start() for m in WORD.finditer(short)}.union(squeezed.seams)
        for at in starts:
            for length in self._lengths.get(short[at : at + _FEW_DIGITS], ()):
                value = self._values.get(short[at : at + length])
                if value is None or at + length > len(short):
                    continue
                start, end = squeezed.origin(at, at + length)
                if not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum()):
                    yield Hit(start, end, value)

    def _may_hold(self, short: str) -> bool:
        """Whether the beginning of a value stands anywhere: cheap, where there are few values."""
        return len(self._lengths) > _FEW_VALUES or any(map(short.__contains__, self._lengths))


def _spaced(text: str) -> str:
    """Every white space as a space; the length stays."""
    return OTHER_WHITE.sub(" ", text)


def _folded(value: str) -> str:
    return CONTINUED.sub("", _spaced(lowered(value)))


def _compacted(value: str) -> str:
    return SEPARATOR.sub("", lowered(value)).strip("+( ")
