"""Finding many values in a text at once, as whole words, in time linear in the text."""

import re
from collections.abc import Collection, Iterator, Set as AbstractSet
from dataclasses import dataclass, field

_WORD = re.compile(r"[^\W_]+")
_FEW_WORDS = 16
"""So many words are looked for one by one in less time than a text is taken apart."""
_MANY_WORDS = 100
"""So many take as long one by one as it takes to look at every word of a text."""
_APART = bytes(0x20 if chr(c).isascii() and not chr(c).isalnum() else c for c in range(256))
"""UTF-8 with a space for every character of ASCII that is not part of a word."""
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


def longest_word(value: str) -> str:
    """The word that every text says, as `words` has it, that has the value; empty: any may."""
    word = _longest(value)
    return "" if word is None else word.group()


def words(text: str) -> frozenset[str]:
    """Every word of a text once; in bytes, and each piece once, since most repeat themselves."""
    pieces = set(text.encode("utf-8", "surrogatepass").translate(_APART).split())
    others = [] if text.isascii() else [piece for piece in pieces if not piece.isascii()]
    plain = b" ".join(pieces.difference(others)).decode()
    mixed = b" ".join(others).decode("utf-8", "surrogatepass")
    return frozenset(plain.split()).union(_WORD.findall(mixed))


class WholeWords:
    """Knows values and finds them where no letter or digit touches them.

    A value without letters and digits, or in a script that does not set words apart, is found
    anywhere.

    Args:
        values: not empty, each.
    """

    __slots__ = ("_anywhere", "_begins", "_beside", "_by_word", "_first")

    def __init__(self, values: Collection[str]) -> None:
        # Longest word -> (its offset in the value, the value's length) -> values: few shapes, so
        # that many values with the same word do not cost a comparison each.
        self._by_word: dict[str, dict[tuple[int, int], set[str]]] = {}
        # The same word -> all words of each value that has it -> those values.
        self._beside: dict[str, dict[frozenset[str], list[str]]] = {}
        # First character -> length -> values, for those that are found within words too.
        self._anywhere: dict[str, dict[int, set[str]]] = {}
        for value in values:
            word = _longest(value)
            if word is None:
                lengths = self._anywhere.setdefault(value[0], {})
                lengths.setdefault(len(value), set()).add(value)
            else:
                shapes = self._by_word.setdefault(word.group(), {})
                shapes.setdefault((word.start(), len(value)), set()).add(value)
                same = self._beside.setdefault(word.group(), {})
                same.setdefault(frozenset(_WORD.findall(value)), []).append(value)
        self._first, self._begins = _firsts(self._anywhere)

    def within(self, text: str) -> bool:
        """Whether any value stands in the text."""
        return next(self.hits(text), None) is not None

    def may_hold(self, text: str) -> bool:
        """Whether it is worth looking: no only where no value can stand, however it is spaced."""
        if self._first is not None:
            return True
        return self.may_say(text) and next(self._said(words(text)), None) is not None

    def standing(self, said: AbstractSet[str]) -> list[str]:
        """The values that may stand in a text that says these words, however it is spaced.

        Args:
            said: the text's words; none are needed where `may_say` says no.
        """
        lengths = [by_length.values() for by_length in self._anywhere.values()]
        anywhere = [value for sets in lengths for values in sets for value in values]
        return [*anywhere, *(value for values in self._said(said) for value in values)]

    def places(self, text: str) -> Iterator[int]:
        """Places of a text, one at least within each value that stands there, however spaced."""
        if self._begins is not None:
            yield from (match.start() for match in self._begins.finditer(text))
        yield from (at for _, at in _standing(self._by_word.keys(), text, 0, len(text)))

    def may_say(self, text: str) -> bool:
        """Whether any word of values may be in the text: cheap, where there are few."""
        many = len(self._by_word) > _FEW_WORDS
        return many or any(map(text.__contains__, self._by_word))

    def hits(self, text: str, start: int = 0, end: int | None = None) -> Iterator[Hit]:
        """Every value in `text[start:end]`: from left to right, the longest first, no overlaps."""
        stop = len(text) if end is None else end
        at = start
        for hit in sorted(self.every(text, start, stop), key=lambda h: (h.start, -h.end)):
            if hit.start >= at:
                yield hit
                at = hit.end

    def every(self, text: str, start: int, stop: int) -> Iterator[Hit]:
        """Every value in `text[start:stop]`, in any order; they may overlap."""
        if self._first is not None:
            yield from self._within_words(self._first, text, start, stop)
        few = len(self._by_word) <= _FEW_WORDS
        said = self._by_word.keys() if few else self._by_word.keys() & words(text[start:stop])
        for word, at in _standing(said, text, start, stop):
            for (offset, length), values in self._by_word[word].items():
                begin, end = at - offset, at - offset + length
                if begin < start or end > stop or text[begin:end] not in values:
                    continue
                if not (_cuts(text, begin, start, stop) or _cuts(text, end, start, stop)):
                    yield Hit(begin, end, text[begin:end])

    def without(self, text: str) -> str:
        """The text with a control character in the place of every value."""
        out: list[str] = []
        at = 0
        for hit in self.hits(text):
            out += (text[at : hit.start], "\0")
            at = hit.end
        out.append(text[at:])
        return "".join(out)

    def _said(self, said: AbstractSet[str]) -> Iterator[list[str]]:
        """Values all of whose words are said; only those are looked at of which one is."""
        for word in self._by_word.keys() & said:
            for beside, values in self._beside[word].items():
                if beside <= said:
                    yield values

    def _within_words(
        self, first: re.Pattern[str], text: str, start: int, stop: int
    ) -> Iterator[Hit]:
        for match in first.finditer(text, start, stop):
            begin = match.start()
            for length, values in self._anywhere[match.group()].items():
                end = begin + length
                if end <= stop and text[begin:end] in values:
                    yield Hit(begin, end, text[begin:end])


def _longest(value: str) -> re.Match[str] | None:
    """A value's longest word; nothing where it is found within words, too."""
    if _UNSPACED.search(value):
        return None
    return max(_WORD.finditer(value), key=_length, default=None)


def _length(match: re.Match[str]) -> int:
    return match.end() - match.start()


def _firsts(
    anywhere: Collection[str],
) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    """What finds these first characters; and the same where white space may be another."""
    if not anywhere:
        return None, None
    firsts = "".join(map(re.escape, sorted(anywhere)))
    white = r"\s" if any(map(str.isspace, anywhere)) else ""
    return re.compile(f"[{firsts}]"), re.compile(f"[{firsts}{white}]")


def _cuts(text: str, at: int, start: int, stop: int) -> bool:
    """Whether a border at this place would go through a word of `text[start:stop]`."""
    return start < at < stop and text[at - 1].isalnum() and text[at].isalnum()


def _standing(
    wanted: AbstractSet[str], text: str, start: int, stop: int
) -> Iterator[tuple[str, int]]:
    """Where words stand by themselves in `text[start:stop]`: one by one, or in one pass if many."""
    if len(wanted) > _MANY_WORDS:
        for match in _WORD.finditer(text, start, stop):
            if match.group() in wanted:
                yield match.group(), match.start()
        return
    for word in wanted:
        for at in _places(word, text, start, stop):
            yield word, at


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
