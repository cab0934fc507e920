"""A name that was found once is found wherever the text repeats it, whole or in part.

The model reads each sentence by itself: it finds "Anna Schmidt" in the first line and may miss
"Schmidt" in the tenth. Whole words with a capital are compared, as they are written; the cost is
linear in the text.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set as AbstractSet

from guardrail_gw.core.text import Entity, Finding

REPEATED = frozenset(map(Entity, ("PERSON", "ORGANIZATION", "LOCATION")))
IN_PARTS = Entity("PERSON")
"""A person is spoken of by surname or forename alone; half the name of a firm is often a word."""
WHOLE_ONLY = Entity("ORGANIZATION")
"""A firm of one word is not searched for: in code and headings that word is often no firm."""

_WORD = re.compile(r"[^\W_]+")
_CAPITAL = re.compile(r"[^\W\d_a-z\xdf-\xf6\xf8-\xff](?<![^\W_][^\W_])[^\W_]*")
"""A word that may begin a name; the small letters of Latin-1 are most of those that do not."""
_NEXT = re.compile(r"[\W_]{0,2}?([^\W_]+)")
"""What stands beside a word: a sign or two, and another word."""
_SHORTEST, _LONGEST = 3, 6
"""Letters of a name of one word; words of a name."""

Name = tuple[str, ...]


class Repeats:
    """Looks for names in a text.

    Args:
        text: what was scanned.
        capitals: its words that may begin a name, with their places, where that is known.
    """

    def __init__(self, text: str, capitals: Sequence[tuple[int, str]] | None = None) -> None:
        self._text = text
        self._capitals = None if "_" in text else capitals

    def of(self, names: Sequence[Finding], taken: Sequence[tuple[int, int]]) -> list[Finding]:
        """Where words of `names` stand again, outside `taken` (spans, sorted and apart).

        Args:
            names: findings of statistical recognition, in the text.
            taken: what is found already, and placeholders.
        """
        if self._capitals is None:
            self._capitals = [(m.start(), m.group()) for m in _CAPITAL.finditer(self._text)]
        free, words = _Free(taken), _words(self._text, names)
        firsts = [
            (start, word)
            for start, word in self._capitals
            if word in words and free(start, start + len(word))
        ]
        if not firsts:
            return []
        known = _known(self._text, names)
        return list(_outside(_occurrences(self._text, firsts, known), taken))


def _words(text: str, names: Sequence[Finding]) -> AbstractSet[str]:
    """The words of all names."""
    return {word for name in names for word in _WORD.findall(text, name.start, name.end)}


def _known(text: str, names: Sequence[Finding]) -> Mapping[str, list[tuple[Name, Finding]]]:
    """The names to look for by their first word, long ones first, each with its best finding."""
    best: dict[Name, Finding] = {}
    for finding in names:
        if finding.entity in REPEATED:
            for name in _forms(text, finding):
                best[name] = max(best.get(name, finding), finding, key=_rank)
    known: dict[str, list[tuple[Name, Finding]]] = {}
    for name, finding in sorted(best.items(), key=lambda item: (-len(item[0]), item[0])):
        known.setdefault(name[0], []).append((name, finding))
    return known


def _rank(finding: Finding) -> tuple[float, Entity, str]:
    return finding.score, finding.entity, finding.recognizer


def _forms(text: str, finding: Finding) -> Iterator[Name]:
    """The words of a name together and, for a person, each of them.

    A single word with a hyphen is not taken apart: `Wirts-Sohn` says what somebody is.
    """
    words = tuple(_WORD.findall(text[finding.start : finding.end]))
    if 1 < len(words) <= _LONGEST and words[0][0].isupper():
        yield words
    has_parts = finding.entity == IN_PARTS and " " in text[finding.start : finding.end]
    alone = has_parts or (len(words) == 1 and finding.entity != WHOLE_ONLY)
    for word in words if alone else ():
        if len(word) >= _SHORTEST and word[0].isupper() and word.isalpha():
            yield (word,)


def _occurrences(
    text: str,
    firsts: Iterable[tuple[int, str]],
    known: Mapping[str, list[tuple[Name, Finding]]],
) -> Iterator[Finding]:
    """Yield the longest known name at each of these words that is its first."""
    for start, first in firsts:
        for name, finding in known.get(first, ()):
            end = _end_of(name, text, start + len(first))
            if end and (finding.entity == IN_PARTS or _stands_alone(text, start, end)):
                yield _again(finding, start, end)
                break


def _end_of(name: Name, text: str, end: int) -> int:
    """Where a name ends whose first word ends at `end`; 0 where its other words do not follow.

    No more than a sign or two, and no line's end, stands between neighbouring words.
    """
    for expected in name[1:]:
        word = _NEXT.match(text, end)
        if word is None or word.group(1) != expected or "\n" in text[end : word.start(1)]:
            return 0
        end = word.end()
    return end


def _stands_alone(text: str, start: int, end: int) -> bool:
    """False within a longer word: `Warschau-Wiener` names a railway."""
    return "-" not in {text[start - 1 : start], text[end : end + 1]}


def _again(finding: Finding, start: int, end: int) -> Finding:
    return Finding(
        start=start,
        end=end,
        entity=finding.entity,
        score=finding.score,
        recognizer=finding.recognizer,
    )


class _Free:
    """Whether a span touches none of those taken; asked for spans from left to right."""

    def __init__(self, taken: Sequence[tuple[int, int]]) -> None:
        self._taken = taken
        self._index = 0

    def __call__(self, start: int, end: int) -> bool:
        taken = self._taken
        while self._index < len(taken) and taken[self._index][1] <= start:
            self._index += 1
        return self._index == len(taken) or end <= taken[self._index][0]


def _outside(found: Iterator[Finding], taken: Sequence[tuple[int, int]]) -> Iterator[Finding]:
    """Those of `found` (by place) that touch neither `taken` nor one another."""
    free = _Free(taken)
    last = 0
    for finding in found:
        if free(finding.start, finding.end) and finding.start >= last:
            yield finding
            last = finding.end
