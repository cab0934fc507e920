"""Persons by lists of names: a forename that is no other word, or a forename with a surname.

Source: `lists/LICENSES_SOURCES`. A forename that is also a word, a town or a firm counts before a
known surname only. A word with the ending of a surname counts as well. What a model or another
rule finds around such a name tells more, and stands (`merge.py`).
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules import organization_words
from guardrail_gw.detection.rules.lists import Sieve, names
from guardrail_gw.detection.rules.name_shapes import NO_NAME_BEHIND, PARTICLE, UPPER
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.window import capital_words

ENTITY = Entity("PERSON")
SCORE = 0.55

_WORD = re.compile(rf"{UPPER}[^\W\d_]+(?:-[^\W\d_]+)?")
_BEHIND = re.compile(r"[\w@/\\(=&-]|[.:][\w/]")
_PART = re.compile(
    rf" (?:{PARTICLE} ){{0,2}}(?:[A-Z]\.? )?"
    rf"(?P<name>{UPPER}(?:['\u2019]{UPPER})?[^\W\d_]+(?:-[^\W\d_]+)?)(?!\w)"
)
_SENTENCE_WORDS = """
And Are At But By Can Did Do Does For From Had Has Have He Her Here His How If In Is It Its Me My
No Not Of On Or Our She So That The Their Then There These They This To Was We Were What When
Where Which Who Why Will With Would Yes You Your January February March April May June July
August September October November December Monday Tuesday Wednesday Thursday Friday Saturday
Sunday
"""
_SENTENCE = frozenset(_SENTENCE_WORDS.split())
"""Capital words in headings and at the beginning of sentences, with which no name goes on."""
_HEADS = re.compile(
    rf"(?:{organization_words.FORMS}|{organization_words.SUFFIXES}|Street|Road|Avenue|Lane|Drive|"
    r"Square|Boulevard|Court|Place|Way|Bridge|Park|River|Lake|Islands?|County|City|Town|Bay|Beach|"
    r"Hills?|Mountains?|Valley|Airport|Station|Stadium|Church|Cathedral|Museum|Theat(?:re|er)|"
    r"Theorem|Prize|Awards?|Cup|Day|Act|Building|Tower|House|Hall|Bank|Library|Festival)(?!\w)"
)
"""Words for what is named after a person."""
_NAMED_AFTER = re.compile(
    r"(?<!\w)(?:St|Ste|Saint|Sainte|Sint|Sankt|San|Sant|Santa|Santo|São|Sveti|[Ss]v|Sf|Sfântul|"
    r"Calle|Plaza|Paseo|Avenida|Avda|Hospital|[Rr]ue|[Aa]venue|[Bb]oulevard|[Pp]lace|[Qq]uai|"
    r"[Vv]ia|[Pp]iazza|Mount|Mont|Fort|Port|Lake|Hotel|Hôtel|Podul|Strada)\.? \Z"
)
"""Words before the name of what is named after a person."""
_ENDINGS = (
    *("dóttir", "dottir", "sdotter", "ović", "ević", "ovich", "evich", "ovna", "evna", "opoulos"),
    *("opoulou", "shvili", "escu", "enko", "kiewicz", "owicz", "ewicz", "ówna"),
)
"""What only surnames and patronymics end with."""
_LAST = frozenset(ending[-3:] for ending in _ENDINGS)
_MOST_PARTS, _WIDTH = 4, 12


class _Name(NamedTuple):
    end: int
    is_known: bool
    """Whether one of the words behind the forename is in a list, too."""


def find(text: str) -> Iterator[Finding]:
    """Yield names, 0.55."""
    done = 0
    for match in _words(text):
        word, start = match.group(), match.start()
        is_sure = word in names("forenames") or word.endswith(_ENDINGS)
        if start < done or not (is_sure or word in names("other_forenames")):
            continue
        if not _stands_alone(text, start, match.end()):
            continue
        name = _with_surname(text, match.end())
        if name and (name.is_known or is_sure):
            yield _finding(start, name.end)
            done = name.end


def _words(text: str) -> Iterator[re.Match[str]]:
    """The words that begin or end as names of the lists do: next to none in most texts."""
    firsts = _firsts()
    for start, word in capital_words(text):
        if word in firsts or (word[-3:] in _LAST and word.endswith(_ENDINGS)):
            match = _WORD.match(text, start)
            if match is not None:
                yield match


@cache
def _firsts() -> Sieve:
    """The forenames up to their hyphen."""
    some = names("forenames"), names("other_forenames")
    firsts = (name.split("-", 1)[0] for each in some for name in each)
    return Sieve(firsts, most=sum(map(len, some)))


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether `text[start:end]` is a word of its own, and nothing that is named after somebody."""
    if text[start - 1 : start] in NO_NAME_BEHIND or _BEHIND.match(text, end):
        return False
    return _NAMED_AFTER.search(text, max(0, start - _WIDTH), start) is None


def _with_surname(text: str, end: int) -> _Name | None:
    """What stands behind a forename; None for the beginning of a firm's or a place's name."""
    has_surname = is_known = False
    for _ in range(_MOST_PARTS):
        part = _PART.match(text, end)
        if part is None or part["name"] in _SENTENCE:
            break
        if _HEADS.match(part["name"]):
            return None
        is_listed = part["name"] in names("surnames") or part["name"] in names("forenames")
        if has_surname and not is_listed:
            break
        has_surname, is_known, end = True, is_known or is_listed, part.end()
    return _Name(end, is_known)


def _finding(start: int, end: int) -> Finding:
    return Finding(start=start, end=end, entity=ENTITY, score=SCORE, recognizer="listed_person")


RULE = Rule(
    name="listed_person",
    entities=frozenset({ENTITY}),
    adds=frozenset({ENTITY}),
    find=find,
    needs=Needs(has_capital=True),
    valid=(
        "ask Katarzyna about it",
        "Rose Smith called",
        "signed by Giulia de Rossi",
        "(Katarzyna)",
    ),
    invalid=(
        "Rose and thorn",
        "in Paris",
        "Charlotte Airport",
        "@Katarzyna",
        "Katarzyna.run()",
        "Elizabeth Street",
        "Python and Ruby",
    ),
)
