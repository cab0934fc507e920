"""Persons to whose hands or in whose care something goes: `c/o Anna Berg`, `z. Hd. Frau Berg`.

Source: UPU S42 (the element "addressee indication"); DIN 5008, 10.2; usage in the languages of the
European Union. Behind "attention" stands a department as often as a person: there a single word
counts only if it is a name in a list, and no word for a department counts.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.late import late
from guardrail_gw.detection.rules.lists import names, places
from guardrail_gw.detection.rules.name_shapes import PARTICLE, UPPER
from guardrail_gw.detection.rules.organization_words import FORMS, PREFIXES, SUFFIXES
from guardrail_gw.detection.rules.rule import Needs, Rule

ENTITY = Entity("PERSON")

_CARE = r"[cC]/[oO]\.?|[pP]\.[ ]?[aA](?:dr)?\."
_ATTENTION = (
    r"[zZ]\.[ ]?(?:[hH]d|[hH]dn|[hH])\.(?:[ ]?v(?:on|\.))?|[zZ]u [hH]änden(?: von)?|"
    r"(?:[Ff]or (?:the )?[Aa]ttention(?: of)?|FAO|F\.A\.O\.|A[Tt][Tt][Nn](?:[.:]|(?= ))|"
    r"Attention:|Att[.:]|att\.:)|"
    r"[tT]\.[aA]\.[vV]\.|[tT]er attentie van|[àÀA] l['\u2019]attention d(?:e|['\u2019])|"
    r"[aA]ll(?:a |['\u2019] ?)(?:c\.a\.|cortese attenzione(?: d[ie]l?)?|attenzione d(?:i|el|ella))|"
    r"[aA] la atención d(?:e|el)|[aA]t\.[ ]?n\.|[aA]/[aA]:?|[aA]/[cC]:?(?: d[eoa])?|"
    r"[aA]o cuidado de|[aA]os cuidados de|[îÎ]n atenția|[dD]o rąk(?: własnych)?|[kK] rukám|"
    r"[nN]a ruk[eu]|[vV] roke|[tT]ill handa|[tT]il:|[àa]ttenzjoni ta['\u2019]|[fF]aoi chúram|"
    r"[uU]zmanībai:|[dD]ėmesiui:|[kK]ätte:|[kK]ezéhez:|"
    r"[\u03c5\u03a5]π['\u2019] ?όψ(?:\u03b9\u03bd|η)|"
    r"[\u03c5\u03a5]πόψη|[нН]\u0430 вниманието на"
)
_FORM_OF_ADDRESS = (
    r"(?i:(?:Mr|Mrs|Ms|Mx|Miss|Dr|Prof|Herrn?|Hr|Frau|Fr|Mme|M|Mlle|Madame|Monsieur|Sig|Sig\.ra|"
    r"Dott|Sra?|Srta|Dhr|Mevr|Mw|Pana?|Pani|Pán|Paní|Dl|Dna)\.?[ ]){0,2}"
)
_NAME = rf"{UPPER}(?:['\u2019]{UPPER})?[^\W\d_]{{1,24}}(?:-[^\W\d_]{{1,24}})?"
_FULL = (
    rf"(?P<name>(?:{UPPER}\.[ ]?){{0,3}}{_NAME}"
    rf"(?:[ ](?:{PARTICLE}[ ]){{0,2}}(?:{UPPER}\.[ ])?{_NAME}){{0,3}})(?![\w@])"
)
_ADDRESSED = late(
    rf"(?<![\w/.])(?:(?P<care>{_CARE})|{_ATTENTION}):?[ ]{{0,2}}(?P<form>{_FORM_OF_ADDRESS}){_FULL}"
)
_SLASHES = ("c/o", "a/a", "a/c")
_TERM_WORDS = """
händen attention fao attn att attentie attenzione attenzjoni àttenzjoni atención cuidado cuidados
atenția rąk rukám ruku ruke roke handa til chúram uzmanībai dėmesiui kätte kezéhez όψη όψιν υπόψη
вниманието p z f t c n
"""
_TERMS = frozenset(_TERM_WORDS.split())
"""One of these, at times a single letter, stands in all that is looked for."""
_NO_PERSONS_WORDS = """
the an all dear to your our department dept division office team desk accounts account payable
receivable human resources sales marketing support service services customer billing finance legal
procurement purchasing manager management director board reception hr it admin administration
claims returns shipping security compliance personnel president secretary treasurer attention
abteilung personalabteilung buchhaltung geschäftsführung geschäftsleitung einkauf vertrieb leitung
vorstand sekretariat kundendienst personal rechtsabteilung direktion service direction comptabilité
ressources juridique achats ufficio amministrazione direzione vendite acquisti departamento
dirección contabilidad recursos ventas compras atención administración gerencia afdeling inkoop
verkoop directie administratie boekhouding dział księgowość kadr kadry zarząd oddělení účtárna
departamentul contabilitate conducerea direcția afdelingen ledelsen avdelningen ekonomi
departement
"""
_NO_PERSONS = frozenset(_NO_PERSONS_WORDS.split())
_FIRM = late(rf"(?<![\w-])(?:{FORMS}|{SUFFIXES}|{PREFIXES})(?![\w-])")
SURE, LIKELY = 0.75, 0.6


def find(text: str) -> Iterator[Finding]:
    """Yield names: 0.75 with a form of address or a name of the lists, 0.6 otherwise."""
    for match in _ADDRESSED().finditer(text):
        if score := _score(match):
            start, end = match.span("name")
            yield Finding(start=start, end=end, entity=ENTITY, score=score, recognizer="care_of")


def _score(match: re.Match[str]) -> float:
    """How sure it is that a person is named; 0.0 for a department, a firm or a place."""
    words = re.split(r"[ .]+", match["name"])
    if not _NO_PERSONS.isdisjoint(word.lower() for word in words):
        return 0.0
    if (
        _FIRM().search(match.string, match.start("name"), match.end() + 8)
        or match["name"] in places()
    ):
        return 0.0
    if match["form"] or any(_is_listed(word) for word in words):
        return SURE
    return LIKELY if match["care"] or len(words) > 1 else 0.0


def _is_listed(word: str) -> bool:
    return any(word in names(file) for file in ("forenames", "other_forenames", "surnames"))


RULE = Rule(
    name="care_of",
    entities=frozenset({ENTITY}),
    adds=frozenset({ENTITY}),
    find=find,
    needs=Needs(marks=_SLASHES, terms=tuple(sorted(_TERMS)), reach=160),
    valid=(
        "c/o Thornby, Am Markt 5",
        "Erika Sommer\nc/o A. Berg-Quandt",
        "z. Hd. Frau Dr. Brackwell",
        "z.Hd. Wendelin Krause",
        "zu Händen von Ottoline Quandt",
        "p.A. Familie Ostermere",
        "Attn: Merrick Ostermere",
        "ATTN. Anna Berg",
        "FAO Anna Berg",
        "For the attention of Ms Thornby",
        "t.a.v. mevr. De Vries",
        "à l'attention de Mme Dunoval",
        "alla c.a. Sig. Ferretti",
        "all'attenzione di Giulia Ferretti",
        "a la atención de Ximena Prado",
        "at. n. Ximena Prado",
        "a/c Joana Prado",
        "Att.: Kirsten Dahl",
        "Til: Kirsten Dahl",
        "do rąk Katarzyna Zdrojewska",
        "k rukám Zdenka Havlová",
        "în atenția Ilinca Voiculescu",
        "на вниманието на Радка Стоянова",
    ),
    invalid=(
        "Attn: Accounts Payable",
        "z. Hd. Personalabteilung",
        "c/o Brackwater Ltd",
        "c/o University of Leeds",
        "Attention: Floor wet",
        "attn: it",
        "a/c unit",
        "a/a batteries",
        "c/o",
        "pay attention to Norway",
        "http://a/c Anna",
    ),
)
