"""Nationalities, religious and political groups: closed lists of adjectives and nouns.

Source: see `nrp_words`. A word counts where it is no part of a longer name (`British Airways`) and
speaks of no language (`in French`, `Polish notation`). In German, Czech and Romanian the same words
are surnames or ordinary words too often; there the model reads them. They are special categories
of data: Regulation (EU) 2016/679, Article 9.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules import nrp_words as words
from guardrail_gw.detection.rules.organization_words import OPENERS
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("NRP")

_WORD = re.compile(r"[^\W\d_](?<![\w-].)[^\W\d_]*+(?![\w-])(?![ ][A-Z\u00c0-\u00de])")
_LANGUAGE_BEFORE = re.compile(
    rf"(?<!\w)(?:{words.LANGUAGE_BEFORE}) (?:[A-Z][a-z]+,? ){{0,4}}(?:(?:and|or) )?\Z"
)
_LANGUAGE_BEHIND = re.compile(rf"[ -](?:{words.LANGUAGE_BEHIND})(?!\w)", re.IGNORECASE)
_WORD_BEFORE = re.compile(r"([^\W\d_]+) \Z")
_OPENERS = frozenset(OPENERS.split())
_WIDTH = 48


def find(text: str) -> Iterator[Finding]:
    """Yield words for groups of people, with 0.55."""
    for match in _WORD.finditer(text):
        if match.group() not in words.GROUPS:
            continue
        before = text[max(0, match.start() - _WIDTH) : match.start()]
        if _LANGUAGE_BEFORE.search(before) or _LANGUAGE_BEHIND.match(text, match.end()):
            continue
        in_brackets = before.endswith("(") and text.startswith(")", match.end())
        if not in_brackets and not _is_in_a_name(before):
            yield Finding(
                start=match.start(), end=match.end(), entity=ENTITY, score=0.55, recognizer="nrp"
            )


def _is_in_a_name(before: str) -> bool:
    """Dawn French: a capital word stands before it that opens no sentence."""
    word = _WORD_BEFORE.search(before)
    return word is not None and word[1][0].isupper() and word[1].lower() not in _OPENERS


RULE = Rule(
    name="nrp",
    entities=frozenset({ENTITY}),
    adds=frozenset({ENTITY}),
    find=find,
    needs=Needs(terms=tuple({word.lower() for word in words.GROUPS}), reach=72),
    valid=(
        "two Norwegians",
        "a Polish plumber",
        "she is Catholic",
        "the Kurds of Iraq",
        "un ressortissant britannique",
        "des femmes turques",
        "un ciudadano polaco",
        "ciudadanas francesas",
        "they are Muslims",
        "we are proud canadians",
    ),
    invalid=(
        "in Spanish",
        "translated into Dutch",
        "reverse Polish notation",
        "British Airways",
        "the French language",
        "polish the table",
        "Dawn French",
        "traduit en polonais",
        "french quotes",
        "finish the polish",
        "Cyprus (Greek)",
    ),
)
