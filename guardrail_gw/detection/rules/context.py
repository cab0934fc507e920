"""Words next to a match that make it more likely: whole words only, in a bounded window.

Substrings never count: "lic" does not stand in "public" (Presidio's issue 1090 and its kin).
"""

import re
from collections.abc import Iterable
from typing import NewType

Words = NewType("Words", frozenset[str])
"""Phrases as `phrases` prepares them: lower case, single spaces, a space on either side."""

BEFORE, AFTER = 64, 32
"""Code points looked at on either side of a match."""

_WORD = re.compile(r"(?<![^\W_])[^\W_]+")


def phrases(words: Iterable[str]) -> Words:
    """Prepare context words; a phrase of several words must stand as it is."""
    return Words(frozenset(_spaced(_WORD.findall(word)) for word in words))


def listed(words: str) -> Words:
    """Prepare context words that are written with commas between them."""
    return phrases(words.split(","))


def near(text: str, start: int, end: int, words: Words) -> bool:
    """Whether one of `words` stands within the window around `text[start:end]`."""
    before = _spaced(_whole(text, max(0, start - BEFORE), start))
    after = _spaced(_whole(text, end, min(len(text), end + AFTER)))
    return any(word in before or word in after for word in words)


def _whole(text: str, start: int, end: int) -> list[str]:
    """The words of the window; one that goes on behind its end is left out."""
    found = list(_WORD.finditer(text, start, end))
    if found and found[-1].end() == end < len(text) and text[end].isalnum():
        found.pop()
    return [match.group() for match in found]


def _spaced(words: list[str]) -> str:
    return f" {' '.join(words).lower()} "
