"""Persons by what a text says of them: introductions, forms of speech, what only people do.

Source: usage in the languages of the EU: the phrases that introduce somebody by name ("my name
is", "ich heiße"), the words behind direct speech, verbs of what people do and firms do not.
Behind an introduction a name counts in small letters too: prompts are written so.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.context import heard
from guardrail_gw.detection.rules.name_shapes import PARTICLE, UPPER
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.window import WORD, in_lower_case, standing

ENTITY = Entity("PERSON")

_NAME = rf"{UPPER}(?:['\u2019]{UPPER})?[^\W\d_]{{1,24}}(?:-[^\W\d_]{{1,24}})?"
_FULL = rf"{_NAME}(?: (?:{PARTICLE} ){{0,2}}(?:{UPPER}\. )?{_NAME}){{0,2}}(?![\w@])"
_PHRASES = (
    *("my name is", "my full name is", "my first name is", "my last name is", "my name's"),
    *("my name\u2019s", "call me", "calls me", "ich heiße", "mein name ist", "je m'appelle"),
    *("je m\u2019appelle", "mon nom est", "me llamo", "mi nombre es", "mi chiamo"),
    *("il mio nome è", "chamo-me", "me chamo", "meu nome é", "ik heet", "mijn naam is"),
    *("mă numesc", "mă cheamă", "numele meu este", "jmenuji se", "mé jméno je", "volám sa"),
    *("nazywam się", "mam na imię", "jag heter", "mitt namn är", "jeg hedder", "mit navn er"),
    *("nimeni on", "a nevem", "zovem se", "ime mi je", "moje ime je", "minu nimi on"),
    *(
        "mani sauc",
        "mano vardas",
        "is mise",
        "ismi hu",
        "jisimni",
        "με λένε",
        "казвам \u0441\u0435",
    ),
    "името ми \u0435",
)
_TELLING_WORDS = """
name call calls heiße appelle nom llamo nombre chiamo nome chamo heet naam numesc cheamă numele
jmenuji jméno volám nazywam imię heter namn hedder navn nimeni nevem zovem ime nimi sauc vardas
mise ismi
jisimni λένε казвам името
"""
_TELLING: Final = {
    word: tuple(
        (phrase, match.start())
        for phrase in _PHRASES
        for match in WORD.finditer(phrase)
        if match.group() == word
    )
    for word in _TELLING_WORDS.split()
}
"""A word that is in no other text as often -> the phrases with it, and where in them it is; each
phrase has one."""
_INTRODUCED = re.compile(rf":? (?P<name>{_FULL})")
_LETTER = re.compile(r"\w")
_SMALL_WORD = r"[^\W\d_]{3,20}"
_IN_SMALL = re.compile(
    rf" (?P<name>{_SMALL_WORD}(?: (?!and |und |from ){_SMALL_WORD})?)"
    r"(?=[.,;!?\n]|$| and (?:i|my)\b| from\b| i\b| und ich\b| et je\b| y (?:soy|tengo)\b)"
)
"""What stands behind a phrase."""
_NO_NAME_WORDS = """
not the this that here there what which when where who but and too also really just very only
still now later back today tomorrow tonight please maybe crazy anything something stupid nicht
das die der nur pas une les est como una muy non per niet een heel nie inte ikke on at in if for
from with to of a an my your his her our their
"""
_NO_NAME = frozenset(_NO_NAME_WORDS.split())
_SPEECH_WORDS = """
says said asked asks replied replies answered added adds whispered shouted cried muttered sagte sagt
fragte rief antwortete dit demanda répondit ajoute dijo dice preguntó respondió disse chiese rispose
zei vroeg
"""
_SPEAKING = frozenset(_SPEECH_WORDS.split())
_SPEECH = re.compile(
    rf"[\"\u201d\u00bb\u2019'!?],? (?:{'|'.join(_SPEECH_WORDS.split())}) (?P<name>{_FULL})"
)
_DEED = re.compile(
    r" (?:whispered|shouted|smile[ds]|laugh(?:ed|s)|nod(?:ded|s)|sigh(?:ed|s)|grin(?:ned|s)|cried|"
    r"wept|blushed|winked|shrugged|giggled|frowned|was born (?:in|on|to)|grew up (?:in|on|with)|"
    r"passed away|got married|is (?:my|his|her) (?:wife|husband|son|daughter|brother|sister|mother|"
    r"father|friend|boss|boyfriend|girlfriend)|(?:is|was|turned) [1-9][0-9]? years old)(?!\w)"
)
_DEED_WORDS = """
whispered shouted smiled smiles laughed laughs nodded nods sighed sighs grinned grins cried wept
blushed winked shrugged giggled frowned born grew away married wife husband son daughter brother
sister mother father friend boss boyfriend girlfriend old
"""
_DOING = frozenset(_DEED_WORDS.split())
"""One of these stands in each deed."""
_WHO = re.compile(rf"(?<![\w@#/.'\u2019-])(?P<name>{_FULL})\Z")
_WIDTH = 64
"""Code points before a deed in which the name of who did it begins."""
_NAMING = frozenset({"named", "nicknamed", "christened", "baptized", "called"})
_CALLED = re.compile(
    rf"(?<!\w)(?:(?:{'|'.join(sorted(_NAMING))}) (?:him|her|them|me)|"
    r"(?:(?:man|woman|boy|girl|child|kid|guy|lady|person|student|teacher|grandmother|grandfather)"
    r"|(?:husband|wife|mother|father|friend|son|daughter|sister|brother)(?: (?:is|was))?) "
    rf"(?:named|called)) (?P<name>{_FULL})"
)
_RELATIVE_WORDS = """
wife husband son daughter brother sister mother father friend boss boyfriend girlfriend partner
fiancé fiancée cousin uncle aunt nephew niece grandson granddaughter neighbor neighbour roommate
colleague coworker landlord
"""
_RELATIVES = _RELATIVE_WORDS.split()
_DEAR = ("older", "younger", "late", "best", "little", "big", "dear", "new", "old")
_RELATED = frozenset((*_RELATIVES, *(f"{how}{who}" for how in _DEAR for who in _RELATIVES)))
"""One of these stands in what follows; people write `my bestfriend`, too."""
_KIN = re.compile(
    r"(?<!\w)(?:[Mm]y|[Hh]is|[Hh]er|[Oo]ur|[Tt]heir|[Yy]our) "
    rf"(?:(?:{'|'.join(_DEAR)}|ex-) ?)?(?:{'|'.join(_RELATIVES)}),? (?P<name>{_FULL})"
)
_NOT_PERSONS_WORDS = """
He She It We You They I This That There Here Who What Everyone Everybody Someone Somebody Nobody
One All Both Each Many Most Some Police People Mom Mum Dad Mother Father Grandma Grandpa Then And
But So When As While The A An Is Was Are In On At My His Her Our Their Your God Jesus Mr Mrs Ms
Dr Col Maj Gen Lt Sgt Capt Cpl Spc Cmdr Adm Brig Christmas Island Day Monday Tuesday Wednesday
Thursday Friday Saturday Sunday January February March April May June July August September
October November December Man Woman Men Women Boy Girl Children Baby Doctor Teacher King Queen
Prince Princess
"""
_NOT_PERSONS = frozenset(_NOT_PERSONS_WORDS.split())
_BEGINS_WIDTH = 24
"""Code points before a word of theirs in which one of them begins."""
_DEED_BEGINS = re.compile(" ")
_SAYING = (
    (_SPEECH, _SPEAKING, re.compile(r"[\"\u201d\u00bb\u2019'!?](?=,? )")),
    (_CALLED, _NAMING, re.compile(r"\w(?<!\w.)")),
    (_KIN, _RELATED, re.compile(r"[MmHhOoTtYy](?<!\w.)")),
)
"""What says who somebody is, a word of it, and what it begins with."""
_COMMON = frozenset({"name", "call", "calls", "old"})
"""Words of every other text; what they say something with is looked for instead."""
_TELLS = frozenset(_TELLING)
_SAYS = _SPEAKING | _DOING | _NAMING | _RELATED
_TERMS = (_TELLS | _SAYS) - _COMMON


def find(text: str) -> Iterator[Finding]:
    """Yield names: 0.75 behind an introduction, in small letters 0.6; 0.6 by the rest."""
    if told := heard(text, _TELLS):
        yield from _introduced(text, told)
    if not heard(text, _SAYS):
        return
    for pattern, behind, before in _SAYING:
        for match in _tried(pattern, text, behind, before):
            if _is_name(match):
                yield _named(match, 0.6)
    for deed in _tried(_DEED, text, _DOING, _DEED_BEGINS):
        who = _WHO.search(text, max(0, deed.start() - _WIDTH), deed.start())
        if who and _is_name(who):
            yield _named(who, 0.6)


def _tried(
    pattern: re.Pattern[str], text: str, words: frozenset[str], begins: re.Pattern[str]
) -> Iterator[re.Match[str]]:
    """All matches of a pattern, tried for only where it may begin, before one of these words."""
    done = 0
    for at, _ in standing(text, words):
        for begin in begins.finditer(text, max(done, at - _BEGINS_WIDTH), at + 1):
            if match := pattern.match(text, begin.start()):
                yield match
                done = match.end()
                break


def _introduced(text: str, told: Iterable[str]) -> Iterator[Finding]:
    """What stands behind the phrases with these words, none of them within a name before it."""
    small = in_lower_case(text)
    places = sorted(_phrases(text, small, told))
    for pattern, score, is_one in ((_INTRODUCED, 0.75, _is_name), (_IN_SMALL, 0.6, _may_be_one)):
        done = 0
        for start, end in places:
            if start >= done and (match := pattern.match(text, end)):
                done = match.end()
                if is_one(match):
                    yield _named(match, score)


def _phrases(text: str, small: str, told: Iterable[str]) -> Iterator[tuple[int, int]]:
    """Where the phrases with these words stand."""
    for word in told:
        for at, _ in standing(text, frozenset({word})):
            for phrase, before in _TELLING[word]:
                start = at - before
                is_there = start >= 0 and small.startswith(phrase, start)
                if is_there and not _LETTER.match(small, start - 1, start):
                    yield start, start + len(phrase)


def _may_be_one(match: re.Match[str]) -> bool:
    return _NO_NAME.isdisjoint(match["name"].lower().split())


def _is_name(match: re.Match[str]) -> bool:
    first = match["name"].split(maxsplit=1)[0]
    return first not in _NOT_PERSONS and not match["name"].isupper()


def _named(match: re.Match[str], score: float) -> Finding:
    start, end = match.span("name")
    return Finding(start=start, end=end, entity=ENTITY, score=score, recognizer="introduced")


RULE = Rule(
    name="introduced",
    entities=frozenset({ENTITY}),
    adds=frozenset({ENTITY}),
    find=find,
    needs=Needs(
        marks=("name's", "name\u2019s"),
        phrases=("name is", "call me", "calls me", "years old"),
        terms=tuple(sorted(_TERMS)),
    ),
    valid=(
        "my name is Radmila",
        "hi my name is jonas and i live here",
        "Ich heiße Wendelin Krause.",
        "je m'appelle Océane",
        "numele meu este Ilinca",
        '"Come in," said Thornby.',
        "Merrick nodded and left",
        "a boy named Quillan",
        "my sister Ottoline is ill",
    ),
    invalid=(
        "my name is not on the list",
        "the function is called twice",
        "He nodded",
        "my friend and I",
        "a file named report",
        "said the old man",
    ),
)
