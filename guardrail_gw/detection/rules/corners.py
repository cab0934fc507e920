"""Corners of two streets, which say where somebody is as exactly as an address.

Source: usage; crossings have no entry in UPU S42. The names count as they are written, so a corner
counts only where one of them has a number or a street's word.
"""

import re
from collections.abc import Iterator

from guardrail_gw.detection.rules import address_words as words
from guardrail_gw.detection.rules.context import said
from guardrail_gw.detection.rules.streets import Anchor

_WORD = r"[^\W_a-zà-öø-ÿ][\w.\u2019'-]{0,24}"
_SMALL = r"(?:de|del|della|di|da|do|du|des|la|le|les|van|der|den|von|of|the|na|u)"
_STREET = rf"{_WORD}(?:[ ](?:{_WORD}|{_SMALL}(?=[ ]))){{0,5}}"
_CORNER = re.compile(
    r"(?i:\b(?:the )?corner of|\bthe (?:intersection|junction|crossing) of|\becke|\bau coin de|"
    r"\besquina de|\ball'angolo tra|\bop de hoek van|\besquina entre|"
    r"\bna rohu(?: ulic)?|\bna rogu|\bla colțul dintre)[ ]"
    rf"({_STREET})[ ](?:and|&|und|et|y|e|en|i|a|și|mit|with)[ ]({_STREET})"
)
NAMED = frozenset(
    {
        *("corner", "intersection", "junction", "crossing", "ecke", "coin", "esquina", "angolo"),
        *("hoek", "rohu", "rogu", "colțul"),
    }
)
"""One of these stands in each of them, in lower case."""
_KINDS = frozenset(
    word.strip(".") for word in (*words.ENGLISH.split(), *words.BEFORE_NAME, *words.AFTER_NAME)
)
_DIGIT = re.compile(r"[0-9]")


def corners(text: str) -> Iterator[Anchor]:
    """Yield each corner that has a digit: 0.7 with a street's word, 0.55 without."""
    for match in _CORNER.finditer(text) if said(text, NAMED) else ():
        both = f"{match[1]} {match[2]}"
        if _DIGIT.search(both):
            yield Anchor(match.start(), match.end(), 0.7 if _is_street(both) else 0.55)


def _is_street(names: str) -> bool:
    return any(
        word in _KINDS or word.endswith(words.ENDINGS)
        for word in (each.strip(".,").lower() for each in names.split())
    )
