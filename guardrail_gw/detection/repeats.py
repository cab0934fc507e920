"""A name that was found once is found wherever the text repeats it, whole or in part.

The model reads each sentence by itself: it finds "Anna Schmidt" in the first line and may miss
"Schmidt" in the tenth. Whole words with a capital are compared, as they are written; the cost is
linear in the text.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from guardrail_gw.core.text import Entity, Finding

REPEATED = frozenset(map(Entity, ("PERSON", "ORGANIZATION", "LOCATION")))
IN_PARTS = Entity("PERSON")
"""A person is spoken of by surname or forename alone; half the name of a firm is often a word."""
WHOLE_ONLY = Entity("ORGANIZATION")
"""A firm of one word is not searched for: in code and headings that word is often no firm."""

_WORD = re.compile(r"[^\W_]+")
_SHORTEST, _LONGEST = 3, 6
"""Letters of a name of one word; words of a name."""
_WIDEST_GAP = 2

Name = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    start: int
    end: int


def repeats(text: str, names: Sequence[Finding], taken: Sequence[tuple[int, int]]) -> list[Finding]:
    """Where words of `names` stand again, outside `taken` (spans, sorted and apart).

    Args:
        text: what was scanned.
        names: findings of statistical recognition, in `text`.
        taken: what is found already, and placeholders.
    """
    known = _known(text, names)
    if not known:
        return []
    words = [_Word(m.group(), *m.span()) for m in _WORD.finditer(text)]
    return list(_outside(_occurrences(text, words, known), taken))


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
    text: str, words: Sequence[_Word], known: Mapping[str, list[tuple[Name, Finding]]]
) -> Iterator[Finding]:
    for index, word in enumerate(words):
        for name, finding in known.get(word.text, ()):
            stand = words[index : index + len(name)]
            is_said = tuple(some.text for some in stand) == name and _close(text, stand)
            if is_said and (finding.entity == IN_PARTS or _stands_alone(text, stand)):
                yield _again(finding, stand[0].start, stand[-1].end)
                break


def _close(text: str, words: Sequence[_Word]) -> bool:
    """True if no more than a sign or two, and no line's end, stands between neighbouring words."""
    gaps = [text[left.end : right.start] for left, right in pairwise(words)]
    return all(len(gap) <= _WIDEST_GAP and "\n" not in gap for gap in gaps)


def _stands_alone(text: str, words: Sequence[_Word]) -> bool:
    """False within a longer word: `Warschau-Wiener` names a railway."""
    return "-" not in {
        text[words[0].start - 1 : words[0].start],
        text[words[-1].end : words[-1].end + 1],
    }


def _again(finding: Finding, start: int, end: int) -> Finding:
    return Finding(
        start=start,
        end=end,
        entity=finding.entity,
        score=finding.score,
        recognizer=finding.recognizer,
    )


def _outside(found: Iterator[Finding], taken: Sequence[tuple[int, int]]) -> Iterator[Finding]:
    """Those of `found` (by place) that touch neither `taken` nor one another."""
    index = last = 0
    for finding in found:
        while index < len(taken) and taken[index][1] <= finding.start:
            index += 1
        free = index == len(taken) or finding.end <= taken[index][0]
        if free and finding.start >= last:
            yield finding
            last = finding.end
