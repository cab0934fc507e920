"""Ages of people: a number from 0 to 120 with words that make it an age.

Source: usage in the official languages of the EU. A bare duration ("34 ans", "5 years") is an age
only beside a word such as "patient" or "born". The finding is the number alone, so that the words
around its replacement still read as they were.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.context import listed, near
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.spot import Spot
from guardrail_gw.detection.rules.window import at_numbers

ENTITY = Entity("AGE")

_NUMBER = re.compile(
    r"[0-9](?<![\w.,:/$€£#+-].)(?:(?<=1)[01][0-9]|(?<=1)20|[0-9]?)(?![0-9]|[.,:/][0-9])"
)
_AT = Spot(
    r"(?:(?<=[^\W\d_][ \t\"'])|(?<=[:= \t\"'][ \t\"'])"
    r"|(?<![\w.,:/$£#+-])(?=9{1,3}[ -]{0,2}[^\W\d_]))9{1,3}(?!9|[.,:/]9)"
)
"""Words before it or behind."""
_OLD = re.compile(
    r"[ -]?(?:years?|yrs?|months?)[ -](?:old|of[ -]age)\b|[ -]?y[/.]?o\b|[ -]?yr\.? old\b"
    r"|[ -]?jährig|[ -]Jahren? (?:alt|jung)\b|[ -]?jaar (?:oud|jong)\b|[ -]?jarige?\b"
    r"|[ -]?(?:years|ans) d'âge\b|[ -]ans révolus\b|[ -]años de edad\b|[ -]anni (?:di età|d'età)\b"
    r"|[ -]?anos de idade\b|[ -]?ani(?:șori)? (?:împliniți|vârstă)\b|[ -]?de ani (?:vârstă)\b"
    r"|[ -]?år (?:gammel|gammal|gamle|gamla)\b|[ -]?-?årige?\b|[ -]?-?åring"
    r"|[ -]?-?vuotia|[ -]?éves\b|[ -]?-?aastane\b|[ -]?-?aastase"
    r"|[ -]?-?letni[aeym]|[ -]?-?letý|[ -]?-?ročn[ýáé]|[ -]?-?godišnj|[ -]?-?годишн|"
    r"[ -]?ετών\b|[ -]?χρονών\b"
    r"|[ -]?let star|[ -]?rokov star|[ -]?gadus vec|[ -]?metų amžiaus|[ -]?bliain d'aois|"
    r"[ -]?sena\b",
    re.IGNORECASE,
)
_YEARS = re.compile(
    r" ?(?:years|ans|Jahren?|jaar|años?|anni|anos|lat|lata|let|rokov|roků|ani|år|vuotta|év|aastat"
    r"|metų|metai|gadi|gadus|godina|години|χρόνια|έτη|snin|bliana)\b",
    re.IGNORECASE,
)
_BEFORE = re.compile(
    r"(?:\b(?:aged|age[ds]?[\"']?(?: of| is| was|:|=|\")?|at age|i'm|i am"
    r"|alter[\"']?(?: von|:|=)?|âgée?s? de|l'âge de|âge[\"']? ?:|edad[\"']?(?: de|:)?|de "
    r"edad|età[\"']?(?: di|:)?"
    r"|leeftijd[\"']?(?: van|:)?|idade[\"']?(?: de|:)?|wiek[\"']?(?: ?:)?|w wieku|"
    r"vârst[aă][\"']?(?: de|:)?"
    r"|în vârstă de|ålder[\"']?(?: av|:)?|alder[\"']?(?: på|:)?|ikä[\"']? ?:|életkor[\"']? "
    r"?:|věk[\"']?(?: ?:|u)?|ve věku"
    r"|vek[\"']?(?: ?:|u)?|vo veku|starost[\"']? ?:|v starosti|dob[\"']? ?:|u dobi od|"
    r"възраст[\"']? ?:?|на възраст"
    r"|ηλικία[ς]?[\"']? ?:?|vanus[\"']? ?:|vecums[\"']? ?:|amžius[\"']? ?:|età[\"']? ?:|"
    r"aois[\"']? ?:))[ \t\"']{1,3}$",
    re.IGNORECASE,
)
_ALONE = re.compile(r"i'm|i am", re.IGNORECASE)
_UNIT = re.compile(
    r"[ -]?(?:%|percent|years? (?:in|into|later|ago)|minutes?|hours?|days?|weeks?|km|kg|degrees|"
    r"pages?|items?|times|points?|[A-Z°€$£])"
)
_TURNS = re.compile(
    r"\b(?:turned|turning|(?:i|he|she|who|just) turns?|(?:'ll|will|to) turn|when (?:i|he|she) was"
    r"|when (?:they|you|we) were|(?:er|sie|ich) (?:wird|wurde|werde)|(?:ich )?bin(?: jetzt)?"
    r"|als (?:ich|er|sie)|fêt(?:e|er|é) (?:ses|mes)|cumpl(?:e|í|ió|o|ir)|compi(?:e|uto|ere)"
    r"|fa[zr]er?|fez|(?:ik )?ben|werd|wordt|fyllde|fyller|fylte|fylder|fyldte|täytti|täyttää"
    r"|skończył[a]?|kończy|oslavil[a]?|dovŕšil[a]?|împlin(?:it|ește)|betöltötte"
    r")[ ](?:just |gerade |schon |heute |already )?$",
    re.IGNORECASE,
)
_HAS = re.compile(
    r"\b(?:j'ai|il a|elle a|tengo|tiene|ho|ha|tenho|tem|mam|ma|mám|má|am|are|imam|ima|имам|има"
    r"|είμαι|olen|on|vagyok|mul on|man ir|man yra|turiu) $",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"[ \t]*(?:[.,;!?)\"'\n]|$)| (?:and|now|on|in|this|last|next|when|today|yesterday|tomorrow"
    r"|und|et|y|e|en|im|am)\b"
)
_YEARS_OF_AGE = re.compile(
    r" (?:ans|años|anni|anos|lat|let|rokov|roků|de ani|ani|години|χρονών|ετών|éves|aastat|gadi"
    r"|metų|metai)\b",
    re.IGNORECASE,
)
_CONTEXT = listed(
    "age, aged, patient, patiente, born, alter, geboren, né, née, âge, edad, paciente, "
    "nacido, età, "
    "paziente, nato, nata, leeftijd, wiek, urodzony, idade, vârstă, ålder, alder, ikä, "
    "életkor, věk, "
    "vek, възраст, ηλικία, vanus, vecums, amžius, boy, girl, woman, man, frau, mann, homme, femme, "
    "hombre, mujer, uomo, donna, varón"
)
_LOOK_BACK = 24


def find(text: str) -> Iterator[Finding]:
    """Yield ages: 0.85 or 0.75 by words that say so, 0.6 by context, 0.55 for "I am 40".

    A person who turns 40, or has 40 years where a language says it so, is 40: 0.55 as well.
    """
    for match in at_numbers(_NUMBER, text, _AT):
        start, end = match.span()
        if score := _score(text, start, end):
            yield Finding(start=start, end=end, entity=ENTITY, score=score, recognizer="age")


def _score(text: str, start: int, end: int) -> float:
    if _OLD.match(text, end):
        return 0.85
    window = text[max(0, start - _LOOK_BACK) : start]
    said = window.rstrip(" \t\"'")
    if (
        said != window
        and (said[-1:].isalpha() or said[-1:] in {":", "="})
        and (before := _BEFORE.search(window.lower()))
    ):
        if not _ALONE.match(before.group().lstrip()):
            return 0.75
        return 0.0 if _UNIT.match(text, end) or text[end : end + 1].isalpha() else 0.55
    if _is_said(text, end, window):
        return 0.55
    return 0.6 if _YEARS.match(text, end) and near(text, start, end, _CONTEXT) else 0.0


def _is_said(text: str, end: int, window: str) -> bool:
    """She turned 40. J'ai 40 ans."""
    if _TURNS.search(window):
        return bool(_ENDS.match(text, end) or _YEARS.match(text, end))
    return bool(_HAS.search(window) and _YEARS_OF_AGE.match(text, end))


RULE = Rule(
    name="age",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(digits=1, is_led=True, spot=_AT),
    valid=(
        "34 years old",
        "a 34-year-old man",
        "aged 34",
        "im Alter von 34 Jahren",
        "34 Jahre alt",
        "die 34-jährige Frau",
        "âgée de 34 ans",
        "patient de 34 ans",
        "paciente de 34 años",
        "34 jaar oud",
        "w wieku 34 lat",
        "34-letnia",
        "în vârstă de 34 de ani",
        "34 år gammal",
        "34-vuotias",
        "34 éves",
        "34-годишна",
        "34 ετών",
        "age: 34,",
        '"age": 34',
        "I am 46.",
        "She just turned 46.",
        "I'll turn 46 in May",
        "written when he was 46",
        "J'ai 46 ans",
        "tengo 46 años",
        "ho 46 anni",
        "sie wurde 46.",
        "mam 46 lat",
    ),
    invalid=(
        "for 34 years",
        "34 ans de guerre",
        "version 34",
        "page 34",
        "I am 90% sure",
        "I am 3 times faster",
        "stage 34",
        "aged 340",
        "turned 90 degrees",
        "to turn 3 pages",
        "the company has 46 employees",
        "he turned 2 of them away",
    ),
)
