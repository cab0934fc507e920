"""Words next to a match that make it more likely: whole words only, in a bounded window.

Substrings never count: "lic" does not stand in "public" (Presidio's issue 1090 and its kin).
"""

from collections.abc import Iterable, Sequence
from sys import intern
from typing import Self

from guardrail_gw.core.text import lowered
from guardrail_gw.detection.rules.window import WORD, Whole, Window

BEFORE, AFTER = 64, 32
"""Code points looked at on either side of a match."""


class Words(frozenset[str]):
    """Phrases as `phrases` prepares them: lower case, single spaces, a space on either side."""

    __slots__ = ("_single", "_starting", "first")

    first: frozenset[str]
    """The first word of each phrase."""
    _single: frozenset[str]
    _starting: dict[str, tuple[tuple[str, ...], ...]]

    def __new__(cls, spaced: Iterable[str]) -> Self:
        """Sort the phrases by their first word, so that a look-up costs the same for any number."""
        words = super().__new__(cls, map(intern, spaced))  # many rules have the same ones
        several = [parts for parts in (tuple(phrase.split()) for phrase in words) if len(parts) > 1]
        single = {intern(phrase.strip()) for phrase in words}
        words._single = frozenset(single - set(map(" ".join, several)))
        words._starting = {
            first: tuple(parts for parts in several if parts[0] == first)
            for first in {parts[0] for parts in several}
        }
        words.first = words._single.union(words._starting) if several else words._single
        return words

    def within(self, words: Sequence[str]) -> bool:
        """Whether one of the phrases stands among `words`, which are in lower case."""
        if not self._single.isdisjoint(words):
            return True
        if self._starting.keys().isdisjoint(words):
            return False
        return any(
            tuple(words[at : at + len(phrase)]) == phrase
            for at, word in enumerate(words)
            for phrase in self._starting.get(word, ())
        )


def phrases(words: Iterable[str]) -> Words:
    """Prepare context words; a phrase of several words must stand as it is."""
    return Words(f" {lowered(' '.join(WORD.findall(word)))} " for word in words)


def listed(words: str) -> Words:
    """Prepare context words that are written with commas between them."""
    return phrases(words.split(","))


def said(text: str, words: frozenset[str]) -> bool:
    """Whether one of `words`, single ones in lower case, stands anywhere in the whole text.

    What it costs does not depend on the number of words.
    """
    return (text.whole if type(text) is Window else Whole(text)).says(words)


def heard(text: str, words: frozenset[str]) -> frozenset[str]:
    """Those of `words`, single ones in lower case, that stand anywhere in the whole text."""
    return (text.whole if type(text) is Window else Whole(text)).said(words)


def near(text: str, start: int, end: int, words: Words) -> bool:
    """Whether one of `words` stands within the window around `text[start:end]`."""
    if type(text) is Window:
        whole, at = text.whole, text.at
        said = whole.said(words.first)
        return bool(said) and (
            _stands(whole, max(0, at + start - BEFORE), at + start, words, said)
            or _stands(whole, at + end, at + end + AFTER, words, said)
        )
    return words.within(_words(text, max(0, start - BEFORE), start)) or words.within(
        _words(text, end, min(len(text), end + AFTER))
    )


def _stands(whole: Whole, start: int, end: int, words: Words, said: Iterable[str]) -> bool:
    """Whether one of the phrases stands there; `said` are those of their first words there are."""
    part = whole.lower[start:end]
    for word in said:
        if word in part:
            return words.within(whole.words(start, end))
    return False


def _words(text: str, start: int, end: int) -> list[str]:
    """The words from `start` to `end`, without one that goes on before or behind."""
    found = list(WORD.finditer(text, start, end))
    if found and found[0].start() == start > 0 and WORD.match(text, start - 1):
        del found[0]
    if found and found[-1].end() == end < len(text) and WORD.match(text, end):
        found.pop()
    return [lowered(match.group()) for match in found]
