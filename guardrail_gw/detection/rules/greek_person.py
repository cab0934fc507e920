"""Persons with names in Greek letters.

Source: `lists/LICENSES_SOURCES`; the patronymic endings of Greek surnames, in nominative, genitive
and accusative. A forename that is also a word or a month counts before another capital word only.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.late import late
from guardrail_gw.detection.rules.lists import names
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("PERSON")

_UPPER = r"[\u0386-\u038f\u0391-\u03ab]"
_WORD = rf"{_UPPER}[\u0390\u03ac-\u03ce]{{2,24}}(?:-{_UPPER}[\u0390\u03ac-\u03ce]{{2,24}})?"
_NAME = late(
    rf"(?<![\w.-])(?P<title>(?:κ\.|κα|κος|Κος|Κα|δρ\.|Δρ\.|καθ\.) ?)?(?P<name>(?P<first>{_WORD})"
    rf"(?P<rest>(?: (?:{_UPPER}\. ?)?{_WORD}){{0,2}}))(?!\w)"
)
_SURNAME = late(
    r".{2,}(?:[όο]πουλο[ςυ]?|οπούλου|[ίι]δη[ς]?|[ίι]δου|[άα]κη[ς]?|ιάδη[ς]?|ιάδου|[έε]λλη[ς]?|"
    r"ούδη[ς]?|ούδα[ς]?|άτο[ςυ]?|αίο[ςυ]?|έα[ς]?)"
)
_WORDS = """
Ελπίδα Αγάπη Ειρήνη Σοφία Αυγή Χαρά Νίκη Ανατολή Ιούλιος Αύγουστος Μάρτιος Μάιος Πέτρα Αθηνά Πίστη
Ζωή Ευτυχία Ελευθερία Χρυσή Ασημίνα Δόξα Νεφέλη Ήλιος Ρόδος Αναστασία Τριαντάφυλλος Λεμονιά
"""
_ALSO_WORDS = frozenset(_WORDS.split())
_NAMED_AFTER = late(
    r"(?:(?i:οδό[ςύ]|οδ\.|πλατεία|πλ\.|λεωφόρο[ςυ]|λεωφ\.|αγί(?:α|ου|ας)|άγιο[ςυ])) \Z"
)
_WIDTH = 14


def find(text: str) -> Iterator[Finding]:
    """Yield names: 0.65 behind a title, 0.6 with a surname, 0.55 by a forename or an ending."""
    for match in _NAME().finditer(text):
        start, end = match.span("name")
        score = _score(match)
        if score and not _NAMED_AFTER().search(text, max(0, start - _WIDTH), start):
            yield Finding(
                start=start, end=end, entity=ENTITY, score=score, recognizer="greek_person"
            )


def _score(match: re.Match[str]) -> float:
    """How sure it is that these capital words name a person."""
    first, rest = match["first"], match["rest"].split()
    if match["title"]:
        return 0.65
    if _is_forename(first) and rest:
        return 0.6
    if any(_SURNAME().fullmatch(word.lower()) for word in (first, *rest)):
        return 0.55
    return 0.55 if first in names("greek") and first not in _ALSO_WORDS else 0.0


def _is_forename(word: str) -> bool:
    """Whether a word is a forename of the list in the nominative, genitive or accusative."""
    forms = [word, f"{word}ς", word.removesuffix("ς")]
    if word.endswith("ου"):
        forms += [f"{word[:-2]}{ending}" for ending in ("ος", "ης")]
    return not names("greek").isdisjoint(forms)


RULE = Rule(
    name="greek_person",
    entities=frozenset({ENTITY}),
    adds=frozenset({ENTITY}),
    find=find,
    needs=Needs(is_beyond_latin=True),
    valid=(
        "η Κλαίρη Βασιλείου τηλεφώνησε",
        "του Σοφοκλή Δημητρίου",
        "ο κ. Κουλουριώτης",
        "η Παπαδοπούλου είπε",
        "Σωτήρης",
        "Εμμανουήλ Χατζηδάκης",
    ),
    invalid=(
        "η Αθήνα είναι πόλη",
        "Ελπίδα για όλους",
        "οδός Σοφοκλέους",
        "Καλημέρα σας",
        "τον Ιούλιο",
    ),
)
