"""Signs that a machine misread a text: old print, faxes, photographs of letters.

What is counted is hardly ever typed: a capital or a digit within a word in small letters, a sign of
print stuck into or before a word, a word that a line's end broke, a word that is spaced out. Some
of it stands in ordinary text too (names of products, mentions), so it is no more than a sign.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_SIGN = re.compile(
    r"(?<![#@\w.])[^\W\d_]*?[a-zß-öø-ÿ](?:[A-ZÀ-ÖØ-Þ]|[0-9]+[a-zß-öø-ÿ])"
    r"|[^\W\d_][»«^>~•■†„“”|;!*](?=[^\W\d_])"
    r"|(?<=\s)[»«^>~•■†|](?=[^\W\d_])"
    r"|(?<!\w)[^\W\d_]{2,40}- (?!(?:und|oder|and|or|et|ou|y|o|e|en|of|bis|als|wie|sowie|to)\b)"
    r"[a-zß-öø-ÿ]{2,}"
    r"|(?:\b[^\W\d_] ){3}"
)
_WORD = re.compile(r"[^\W_]+")
_LEAST, _SHARE = 40, 200
"""Words of a text below which nothing is said of it, and words for one of which there is a sign."""


class Doubted(NamedTuple):
    """Which documents are doubted, and what a network finds there less easily, if it is unsure."""

    documents: Sequence[bool]
    stern: Mapping[str, float]
    """Label -> what is added to the scores of its beginnings."""


def is_misread(text: str) -> bool:
    """Whether a text of 40 words or more has such a sign for every 200 of them."""
    if len(text) < 2 * _LEAST:
        return False
    signs = sum(1 for _ in _SIGN.finditer(text))
    return signs > 0 and _LEAST <= sum(1 for _ in _WORD.finditer(text)) <= signs * _SHARE
