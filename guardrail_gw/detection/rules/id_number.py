"""Numbers that a word beside them says are somebody's: of patients, members, customers, cases.

Source: usage in the official languages of the EU. No check digit and no shape tells such a number,
so the word must stand before it, and it has four digits or more. What has a shape or a check of its
own (rules/national, documents, accounts) is named by that.
"""

import re
from collections.abc import Iterator

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.id_number_words import (
    ABBREVIATIONS,
    COMPOUNDS,
    NUMBER,
    VERBS,
    WHOSE,
    ends,
)
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.spot import Spot
from guardrail_gw.detection.rules.window import at_numbers, in_lower_case, numbers

ENTITY = Entity("ID_NUMBER")

_LABEL = re.compile(
    rf"(?:(?<![^\W_])|(?<=[^\W\d_])(?=n[º°]))"
    rf"(?:(?:{WHOSE})[ _-]?\(?(?:{NUMBER})|(?:{NUMBER})[ ]?(?:{WHOSE})|{COMPOUNDS}"
    rf"|(?:{ABBREVIATIONS}))(?![^\W\d_])"
    rf"[\"']?[ \t]{{0,8}}(?:(?:{VERBS}|:|=|#|\()[ \t]{{0,4}}){{0,2}}[\"']?\Z"
)
"""In lower case: `re` rules out the alternatives of a pattern sooner if case counts."""
_BETWEEN = " \t\"':=#("
"""Signs between a label and its number."""
_LONGEST_END = 4
_ENDS = ends(_LONGEST_END)
_VALUE = re.compile(
    r"(?<![\w.,/-])(?:[A-Z]{1,5}[-/ ]?|[a-z]{1,5}-)?[0-9][0-9A-Z]{0,14}"
    r"(?:[ ./-][0-9][0-9A-Z]{0,14}|[-/][A-Z]{1,4}(?=[-/ ]?[0-9]|\b)|[ ][A-Z]{1,3}(?=[ ][0-9])){0,5}"
    r"(?![\w]|[-/][0-9])"
)
_LETTERS = re.compile(r"(?<![\w.,/-])(?:[A-Z]{1,5}[-/ ]?|[a-z]{1,5}-)\Z")
_BEHIND_LETTERS = frozenset("-/ ")
_LETTERS_WIDTH = 6
"""What a value can have before its first digit."""
_OPAQUE = re.compile(r"[0-9](?<=[A-Z].)(?<![\w.,/:#-]..)[0-9]{7,10}(?![\w-]|[.,/:][0-9])")
"""From its first digit on; a letter stands before it."""
_AT_OPAQUE = Spot(r"(?<=[A-Z])9{8,11}(?![\w-])")
_AT_VALUE = Spot(
    r"(?:(?<=[A-Z])|(?<=[A-Za-z]-)|(?<=[A-Z]/)|(?<![\w.,/-]))(?:9{4,}(?![a-z_])|9{1,3}[A-Z ./-])"
)
_DIGIT = re.compile(r"[0-9]")
_YEAR = re.compile(r"(?:19|20)[0-9]{2}\Z")
_LEAST = 4
_LOOK_BACK = 56


def find(text: str) -> Iterator[Finding]:
    """Yield numbers beside a word for them, 0.55; a letter and eight to eleven digits, 0.35."""
    lower = in_lower_case(text)
    for match in at_numbers(_OPAQUE, text, _AT_OPAQUE):
        yield _finding(match.start() - 1, match.end(), 0.35)
    for match in _values(text):
        start = match.start()
        if not _is_labelled(lower[max(0, start - _LOOK_BACK) : start]):
            continue
        value = match.group()
        if len(_DIGIT.findall(value)) >= _LEAST and not _YEAR.match(value):
            yield _finding(start, match.end(), 0.55)


def _is_labelled(before: str) -> bool:
    """Whether a label stands at the end of a text; few texts end like one."""
    bare = before.rstrip(_BETWEEN)[-_LONGEST_END:]
    while bare and bare not in _ENDS:
        bare = bare[1:]
    return bool(bare) and _LABEL.search(before) is not None


def _values(text: str) -> Iterator[re.Match[str]]:
    """All matches of `_VALUE`, which are tried for only where a digit is soon."""
    done = 0
    for at in numbers(text, _AT_VALUE):
        if at < done:
            continue
        least = max(done, at - _LETTERS_WIDTH)
        letters = _has_letters(text, at) and _LETTERS.search(text, least, at)
        match = (letters and _VALUE.match(text, letters.start())) or _VALUE.match(text, at)
        if match:
            yield match
            done = match.end()


def _has_letters(text: str, at: int) -> bool:
    """Whether letters stand before a number, but for a sign between."""
    return text[at - 1 : at].isalpha() or (
        text[at - 1 : at] in _BEHIND_LETTERS and text[max(0, at - 2) : at - 1].isalpha()
    )


def _finding(start: int, end: int, score: float) -> Finding:
    return Finding(start=start, end=end, entity=ENTITY, score=score, recognizer="id_number")


RULE = Rule(
    name="id_number",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(digits=_LEAST, is_led=True, spot=Spot.either(_AT_OPAQUE, _AT_VALUE)),
    valid=(
        "social security number is 078-05-1120",
        "SSN: 078-05-1120",
        "patient no. 4387213",
        "Patient ID: C1959239586",
        "NHC: 3789367",
        "NºCol: 28 28 70973",
        "Kundennummer: 4711-0815",
        "Versichertennr. 48392011",
        "Aktenzeichen 12 C 3456/19",
        "requête (no 29545/95",
        "demanda no 38190/05",
        "numéro de client : 8837261",
        "número de afiliación: 78 32128059 55",
        "numer klienta: 8837261",
        "student number 20481934",
        "my driver's license number is 2270-66-1551",
        "PAYMENT 9839.64 C1231006815 170136.00",
    ),
    invalid=(
        "number 4711",
        "ID: 48213",
        "the case in 2019",
        "customer number 12",
        "version no 1234",
        "account created 20190412",
        "patient number is unknown, 4000 beds",
        "case number 2019",
    ),
)
