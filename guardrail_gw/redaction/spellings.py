"""Finding values in a text in every usual spelling; `spelling` says which those are."""

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from re import Pattern
from typing import Final

from guardrail_gw.core.text import lowered
from guardrail_gw.redaction.joined import BORDER, Joined
from guardrail_gw.redaction.spelling import (
    CONTINUED,
    OTHER_WHITE,
    SEPARATOR,
    WORD,
    is_same_case,
    is_separable,
)
from guardrail_gw.redaction.words import Hit, WholeWords, longest_word, words

Clue = tuple[str, str]
"""The word, in small letters, and the digits of which a text that has a value says one; with
neither it may stand in any text."""

_FEW_DIGITS: Final = 6
_FEW_VALUES: Final = 64
"""So many values are looked for one by one, by their digits."""
_APART: Final = re.compile(rf"[\s{BORDER}]")
"""Values with these in them are looked for in each text by itself."""
_NO_DIGITS: Final = bytes(c for c in range(256) if c not in b"0123456789")


def clue(value: str) -> Clue:
    """What to look for in a text, to know whether it is worth looking for the value itself."""
    digits = _digits(_compacted(value)).decode() if is_separable(value) else ""
    if is_separable(value) and not digits:
        return "", ""
    word = longest_word(_folded(value))
    return (word, digits) if word else ("", "")


def likely(
    values: Collection[str], clues: Mapping[str, Clue], texts: Sequence[str]
) -> Collection[str]:
    """The values that may stand in some texts, in their order.

    Args:
        values: what is looked for.
        clues: to some of them; without one a value may stand anywhere.
        texts: few, so that it costs less to take them apart than to know all values.
    """
    if not clues:
        return values
    said = words(lowered(BORDER.join(texts)))
    digits = _digits("".join(texts)).decode()
    return [
        value
        for value in values
        if (known := clues.get(value)) is None
        or not known[0]
        or known[0] in said
        or (known[1] and known[1] in digits)
    ]


class Spellings:
    """Knows values and finds them, and their other spellings, as whole words.

    Args:
        values: not empty, each.
    """

    __slots__ = ("_compact", "_known", "_plain", "_spaced")

    def __init__(self, values: Collection[str]) -> None:
        self._known: dict[str, list[str]] = {}
        for value in values:
            self._known.setdefault(_folded(value), []).append(value)
        spaced = [value for value in self._known if _APART.search(value)]
        self._spaced = WholeWords(spaced)
        self._plain = WholeWords(self._known.keys() - set(spaced))
        separable = {_compacted(v): v for v in values if is_separable(v)}
        self._compact = _Compact(separable) if separable else None

    def within(self, text: str) -> bool:
        """Whether any value stands in the text, however it is spelt."""
        return next(self._all(text), None) is not None

    def hits_among(self, texts: Sequence[str]) -> Iterator[tuple[int, Hit]]:
        """The hits of each text, with its index.

        The texts are looked through as one, so that many values in many texts cost no product of
        both: most values stand in none, and most texts hold none.
        """
        joined = Joined(texts)
        low = lowered(joined.text)
        may_say = self._plain.may_say(low) or self._spaced.may_say(low)
        said = words(low) if may_say else frozenset()
        found: dict[int, list[Hit]] = {}
        plain = WholeWords(self._plain.standing(said))
        for hit in self._same(joined.text, plain.every(low, 0, len(low))):
            index, start = joined.place(hit.start)
            here = Hit(start, start + hit.end - hit.start, hit.value)
            found.setdefault(index, []).append(here)
        spaced = WholeWords(self._spaced.standing(said))
        for index in {joined.place(at)[0] for at in spaced.places(low)}:
            found.setdefault(index, []).extend(self._spread(texts[index], spaced))
        if self._compact is not None:
            for index in self._compact.standing(texts):
                found.setdefault(index, []).extend(self._compact.hits(texts[index]))
        for index in sorted(found):
            yield from ((index, hit) for hit in _in_order(found[index]))

    def hits(self, text: str) -> Iterator[Hit]:
        """Every value: from left to right, the longest first, no overlaps.

        Yields:
            Hits whose `value` is the known one, whatever its spelling in the text.
        """
        return _in_order(self._all(text))

    def _all(self, text: str) -> Iterator[Hit]:
        low = lowered(text)
        yield from self._same(text, self._plain.every(low, 0, len(low)))
        if self._spaced.may_hold(low):
            yield from self._spread(text, self._spaced)
        if self._compact is not None:
            yield from self._compact.hits(text)

    def _spread(self, text: str, spaced: WholeWords) -> Iterator[Hit]:
        """The hits of values with white space in them, however much of it."""
        squeezed = Squeezed(_white_as_space(lowered(text)), CONTINUED)
        origin = squeezed.origin
        hits = spaced.every(squeezed.text, 0, len(squeezed.text))
        return self._same(text, (Hit(*origin(h.start, h.end), h.value) for h in hits))

    def _same(self, text: str, hits: Iterable[Hit]) -> Iterator[Hit]:
        """The hits that are spelt as a value may be."""
        for hit in hits:
            spelt = text[hit.start : hit.end]
            same = [v for v in self._known[hit.value] if is_same_case(spelt, v)]
            if same:
                yield Hit(hit.start, hit.end, spelt if spelt in same else same[0])


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

    __slots__ = ("_digits", "_lengths", "_values")

    def __init__(self, values: dict[str, str]) -> None:
        self._values = values
        self._digits = {_digits(value) for value in values}
        self._lengths: dict[str, set[int]] = {}
        for compact in values:
            self._lengths.setdefault(compact[:_FEW_DIGITS], set()).add(len(compact))

    def hits(self, text: str) -> Iterator[Hit]:
        """Every value that begins and ends where no letter or digit touches it."""
        if not self._may_stand(_digits(text)):
            return
        squeezed = Squeezed(lowered(text), SEPARATOR)
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

    def standing(self, texts: Sequence[str]) -> set[int]:
        """The texts, by index, that have a value's digits behind one another."""
        if not self._may_stand(_digits("".join(texts))):
            return set()
        return {index for index, text in enumerate(texts) if self._may_stand(_digits(text))}

    def _may_stand(self, digits: bytes) -> bool:
        """Whether a value's digits follow one another: whatever stands between, they have to."""
        if len(self._digits) > _FEW_VALUES:
            return True
        return any(map(digits.__contains__, self._digits))


def _digits(text: str) -> bytes:
    """The digits of ASCII alone; in bytes, which is quick."""
    return text.encode("utf-8", "surrogatepass").translate(None, _NO_DIGITS)


def _in_order(hits: Iterable[Hit]) -> Iterator[Hit]:
    """From left to right, the longest first, no overlaps."""
    at = 0
    for hit in sorted(hits, key=lambda h: (h.start, -h.end)):
        if hit.start >= at:
            yield hit
            at = hit.end


def _white_as_space(text: str) -> str:
    """Every white space as a space; the length stays."""
    return OTHER_WHITE.sub(" ", text)


def _folded(value: str) -> str:
    return CONTINUED.sub("", _white_as_space(lowered(value)))


def _compacted(value: str) -> str:
    return SEPARATOR.sub("", lowered(value)).strip("+( ")
