"""Persons by what a text says of them: introductions, forms of speech, what only people do.

Source: usage in the languages of the EU: the phrases that introduce somebody by name ("my name
is", "ich heiße"), the words behind direct speech, verbs of what people do and firms do not.
Behind an introduction a name counts in small letters too: prompts are written so.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.name_shapes import PARTICLE, UPPER
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.window import in_lower_case

ENTITY = Entity("PERSON")

_NAME = rf"{UPPER}(?:['\u2019]{UPPER})?[^\W\d_]{{1,24}}(?:-[^\W\d_]{{1,24}})?"
_FULL = rf"{_NAME}(?: (?:{PARTICLE} ){{0,2}}(?:{UPPER}\. )?{_NAME}){{0,2}}(?![\w@])"
_PHRASES = (
    *("my name is", "my full name is", "my first name is", "my last name is", "my name's"),
    *("my name\u2019s", "call me", "ich heiße", "mein name ist", "je m'appelle"),
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
_SAYS_WHO = rf"(?i:{'|'.join(_PHRASES)})"
_INTRODUCED = re.compile(rf"(?<!\w){_SAYS_WHO}:? (?P<name>{_FULL})")
_SMALL_WORD = r"[^\W\d_]{3,20}"
_IN_SMALL = re.compile(
    rf"(?<!\w){_SAYS_WHO} (?P<name>{_SMALL_WORD}(?: (?!and |und |from ){_SMALL_WORD})?)"
    r"(?=[.,;!?\n]|$| and (?:i|my)\b| from\b| i\b| und ich\b| et je\b| y (?:soy|tengo)\b)"
)
_NO_NAME_WORDS = """
not the this that here there what which when where who but and too also really just very only
still now later back today tomorrow tonight please maybe crazy anything something stupid nicht
das die der nur pas une les est como una muy non per niet een heel nie inte ikke on at in if for
from with to of a an my your his her our their
"""
_NO_NAME = frozenset(_NO_NAME_WORDS.split())
_SPEECH = re.compile(
    r"[\"\u201d\u00bb\u2019'],? (?:says|said|asked|asks|replied|replies|answered|added|adds|"
    r"whispered|shouted|cried|muttered|sagte|sagt|fragte|rief|antwortete|dit|demanda|répondit|"
    rf"ajoute|dijo|dice|preguntó|respondió|disse|chiese|rispose|zei|vroeg) (?P<name>{_FULL})"
)
_DEED = re.compile(
    r" (?:whispered|shouted|smile[ds]|laugh(?:ed|s)|nod(?:ded|s)|sigh(?:ed|s)|grin(?:ned|s)|cried|"
    r"wept|blushed|winked|shrugged|giggled|frowned|was born (?:in|on|to)|grew up (?:in|on|with)|"
    r"passed away|got married|is (?:my|his|her) (?:wife|husband|son|daughter|brother|sister|mother|"
    r"father|friend|boss|boyfriend|girlfriend)|(?:is|was|turned) [1-9][0-9]? years old)(?!\w)"
)
_WHO = re.compile(rf"(?<![\w@#/.'\u2019-])(?P<name>{_FULL})\Z")
_WIDTH = 64
"""Code points before a deed in which the name of who did it begins."""
_CALLED = re.compile(
    r"(?<!\w)(?:(?:named|nicknamed|christened|baptized|called) (?:him|her|them|me)|"
    r"(?:man|woman|boy|girl|child|kid|guy|lady|person|friend|son|daughter|student|teacher) "
    rf"(?:named|called)) (?P<name>{_FULL})"
)
_KIN = re.compile(
    r"(?<!\w)(?:[Mm]y|[Hh]is|[Hh]er|[Oo]ur|[Tt]heir|[Yy]our) (?:(?:older|younger|late|best|little|"
    r"big|ex-|dear|new|old) ?)?(?:wife|husband|son|daughter|brother|sister|mother|father|friend|"
    r"boss|boyfriend|girlfriend|partner|fiancée?|cousin|uncle|aunt|nephew|niece|grandson|"
    rf"granddaughter|neighbou?r|roommate|colleague|coworker|landlord),? (?P<name>{_FULL})"
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


def find(text: str) -> Iterator[Finding]:
    """Yield names: 0.75 behind an introduction, in small letters 0.6; 0.6 by the rest."""
    small = in_lower_case(text)
    if any(phrase in small for phrase in _PHRASES):
        yield from _introduced(text)
    for pattern in (_SPEECH, _CALLED, _KIN):
        yield from (_named(match, 0.6) for match in pattern.finditer(text) if _is_name(match))
    for deed in _DEED.finditer(text):
        who = _WHO.search(text, max(0, deed.start() - _WIDTH), deed.start())
        if who and _is_name(who):
            yield _named(who, 0.6)


def _introduced(text: str) -> Iterator[Finding]:
    yield from (_named(match, 0.75) for match in _INTRODUCED.finditer(text) if _is_name(match))
    for match in _IN_SMALL.finditer(text):
        if _NO_NAME.isdisjoint(match["name"].lower().split()):
            yield _named(match, 0.6)


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
        marks=(
            *("name is ", "name's ", "name\u2019s ", "call me", "heiße", "name ist"),
            *("appelle ", "nom est", "llamo ", "nombre es", "chiamo ", "nome è", "chamo", "nome é"),
            *("ik heet", "naam is", "numesc", "cheam", "numele meu", "jmenuji", "jméno je"),
            *("volám sa", "nazywam", "na imię", "heter ", "namn är", "hedder", "navn er", "nimeni"),
            *("nevem", "zovem", "ime mi", "ime je", "nimi on", "mani sauc", "vardas", "is mise"),
            *("ismi hu", "jisimni", "με λένε", "казвам", "името"),
            *("says", "said", "asked", "asks", "replie", "answered", "added", "adds", "whispered"),
            *("shouted", "cried", "muttered", "sagt", "fragte", "rief", "antwortete", " dit "),
            *("demanda", "répondit", "ajoute", "dijo", "dice", "pregunt", "respondi", "disse"),
            *("chiese", "rispose", " zei ", "vroeg", "smile", "laugh", "nod", "sigh", "grin"),
            *("wept", "blush", "wink", "shrug", "giggl", "frown", "was born", "grew up"),
            *("passed away", "got married", " is my", " is his", " is her", "years old", "named "),
            *("christened", "baptized", "wife", "husband", " son", "daughter", "brother", "sister"),
            *("mother", "father", "friend", "boss", "partner", "fianc", "cousin", "uncle", "aunt"),
            *("nephew", "niece", "neighbo", "roommate", "colleague", "coworker", "landlord"),
        ),
        reach=120,
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
