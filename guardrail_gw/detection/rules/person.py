"""Persons by what stands beside their names: a form of address, or a citation.

Source: forms of address in the languages of the EU (Interinstitutional Style Guide of the EU, 10.4,
and usage); reference lists after APA 7 and Vancouver style. The form of address is no part of the
finding, so that it still reads as one before a placeholder.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.context import said
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("PERSON")

_UPPER = r"[^\W\d_a-zà-öø-ÿ]"
_NAME = (
    rf"(?!(?:Apt|Suite|Unit|Ste|PSC|Box|Room|Floor|Hospital|Servicio|Av|Avda|Calle|Clínica)\b){_UPPER}(?:['\u2019]{_UPPER})?"
    r"[^\W\d_]{1,24}(?:[-'\u2019][^\W\d_]{1,24}){0,2}"
)
_SMALL = r"(?:van|von|der|den|de|del|della|di|da|dos|du|la|le|ten|ter|zu|zur|af|bin|ben|al|el)"
_FULL = (
    rf"(?:{_SMALL}[ ]){{0,2}}(?:{_NAME}|{_UPPER}\.)"
    rf"(?:[ ](?:{_SMALL}[ ]){{0,2}}(?:{_NAME}|{_UPPER}\.(?=[ ]))){{0,3}}"
)
_SHORTENED = (
    r"Mr|Mrs|Ms|Mx|Dr|Prof|Mme|Mlle|Sra|Srta|Sig|Dott|Dhr|Mevr|Mw|Hr|Frk|"
    r"MUDr|JUDr|PhDr|MVDr|RNDr|PaedDr|Mgr|Dipl|Dna|dr|prof|mgr|med|jur|phil"
)
_WHOLE = (
    r"Sig\.ra|Dott\.ssa|Mrs|Mr|Ms|Miss|Mme|Mlle|Madame|Monsieur|Herrn|Herr|Frau|Fru|Señora|Señor|"
    r"Signora|Signor|Meneer|Mevrouw|Pani|Panu|Doamna|Domnul|Pán|Gospod|Gospa|Gospođa|Κύριος|"
    r"Κυρία|господин|госпожа|Professor|Doctor|Doktor|Professeur|Docteur"
)
_TITLES = rf"{_SHORTENED}|{_WHOLE}"
_RANKS = """
President Präsident Président Presidente Speaker Chairman Chancellor Kanzler Minister Ministre
Ministro Secretary Director Direktor Directeur Ambassador Commissioner Judge Justice General Captain
Mayor Bürgermeister Rechtsanwalt Ingenieur Oberst Hauptmann Leutnant Pfarrer Lehrer Hofrat Stadtrat
Notar Oberlehrer Maître Abbé
"""
_RANK = "|".join(_RANKS.split())
_TITLE = re.compile(
    rf"(?<![\w-])(?:(?:(?:{_SHORTENED})\.[ ]?){{1,3}}(?:(?:{_RANK})[ ])?"
    rf"|(?:{_WHOLE})[ ](?:(?:{_RANK})[ ])?(?:(?:Dr|Prof|dr)\.[ ]?){{0,2}})"
    rf"(?P<name>{_FULL})"
)
_TITLE_WORDS = frozenset(title.partition("\\")[0].lower() for title in _TITLES.split("|"))
_NO_NAMES = """
Chair Professor Doctor Doktor Universe World America Right Wrong Big Pepper Robot Who The And Or
House Strange Chief Honoris Madam Dr Prof Frl Gemahlin
"""
_OFFICES = frozenset((*_RANKS.split(), *_NO_NAMES.split()))
"""Stand behind a form of address and are no names."""
_AND_OTHERS = re.compile(r",?[ ]et[ ]al\b")
_FIRST_AUTHOR = re.compile(
    rf"(?<![\w.-])(?P<name>{_NAME}(?:[ -]{_NAME})?(?:,?[ ](?:{_UPPER}\.-?){{1,3}})?)\Z"
)
_WIDTH = 96
_INITIAL = re.compile(rf", {_UPPER}\.")
"""Stands behind the surname of every author."""
_AUTHOR = re.compile(
    rf"(?<![\w.-])(?P<name>{_NAME}(?:[ -]{_NAME})?(?: Jr)?, (?:{_UPPER}\.[ -]?){{1,3}}(?<=\.))"
    r"(?P<behind>(?:[,;]? (?:&|and|et|y|und|e|en|i) |[,;] ?)|,? ?\((?=(?:19|20)[0-9]{2})|,? et al)?"
)


def find(text: str) -> Iterator[Finding]:
    """Yield names behind a form of address, 0.75, and of authors, 0.7."""
    for match in _TITLE.finditer(text) if said(text, _TITLE_WORDS) else ():
        if match["name"].split()[0] not in _OFFICES:
            yield _finding(*match.span("name"), 0.75)
    for match in _AND_OTHERS.finditer(text) if "et al" in text else ():
        at = match.start()
        if author := _FIRST_AUTHOR.search(text, max(0, at - _WIDTH), at):
            yield _finding(*author.span("name"), 0.7)
    yield from _authors(text)


def _authors(text: str) -> Iterator[Finding]:
    """Each of at least two, or one before a year: `Berg, A. B., & Roth, C. (2015)`."""
    if not _INITIAL.search(text):
        return
    before = -1
    for match in _AUTHOR.finditer(text):
        behind = match["behind"] or ""
        is_first = behind.endswith(("(", "al")) or (behind and _AUTHOR.match(text, match.end()))
        if match.start() == before or is_first:
            yield _finding(*match.span("name"), 0.7)
            before = match.end()


def _finding(start: int, end: int, score: float) -> Finding:
    return Finding(start=start, end=end, entity=ENTITY, score=score, recognizer="person")


RULE = Rule(
    name="person",
    entities=frozenset({ENTITY}),
    adds=frozenset({ENTITY}),
    find=find,
    needs=Needs(
        phrases=("et al",),
        signs=(_INITIAL.pattern,),
        terms=tuple(sorted(_TITLE_WORDS)),
        reach=240,
    ),
    valid=(
        "Mr. Buxton called",
        "ask Dr.Anya",
        "Frau Dr. Petra Müller",
        "Mme Dupont",
        "Herrn Weber",
        "Mrs van der Berg-Smith",
        "Sig.ra Rossi",
        "MUDr. Jan Novák",
        "Prof. A. B. Smith",
        "shown by Alahmed et al. before",
        "Di Renzo, G. C., Conry, J. A., & Blake, J. (2015)",
        "Gupta, P. (2021)",
        "господин Иванов",
        "Herr Direktor Quandt",
        "Herr Rechtsanwalt Dr. Haberland",
    ),
    invalid=(
        "Mr. President",
        "the dr. is in",
        "Herr Direktor",
        "Miss Universe",
        "see fig. (2015)",
        "in Boston, M. went",
        "words et al.",
        "Mr and Mrs",
    ),
)
