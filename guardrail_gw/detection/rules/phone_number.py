"""Telephone numbers: runs of digits as people write them, then the numbering plans.

Source: ITU-T E.164 (15 digits at most), E.123 (notation), RFC 3966 (`tel:`); plans in
`phone_plans`. A number that no plan has can still be one (a misprint, a country not listed, an
example): the way it is written says so, at a lower score.
"""

import re
from collections.abc import Iterator

import phonenumbers

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.rules.context import near
from guardrail_gw.detection.rules.phone_plans import international, is_valid, plans
from guardrail_gw.detection.rules.phone_words import CALLING, NAMED
from guardrail_gw.detection.rules.rule import Needs, Rule
from guardrail_gw.detection.rules.spot import Spot
from guardrail_gw.detection.rules.window import numbers

ENTITY = Entity("PHONE_NUMBER")

_GAP = r"(?![ ]{1,2}(?:[/\u2013-] ?|[ ])[+(]?0)[ \u00a0]?[./()\u2010-\u2013-]{0,2}[ \u00a0]?"
_BEGINS = re.compile(r"[+(0-9](?<![^\W_].)(?<![0-9_][.,/-].)(?<![-+#$€£].)")
"""Where one can begin; the rest is looked at only there."""
_AT = Spot(
    r"(?<![^\W_])(?<![-#$£])(?<![0-9_][.,/-])"
    r"9{1,18}(?:(?<=9{7})|(?!9)[ \u00a0./()-]{1,3}9|(?!9)[ \u00a0./()-]{4})"
)
"""The digits of one, or the first of them, with what stands before them and the next."""
_SIGNS_WIDTH = 4
"""The most characters before its first digit: `+ (+`."""
_CANDIDATE = re.compile(
    r"(?<![^\W_])(?<![0-9_][.,/-])(?<![-+#$€£])"
    rf"(?P<number>(?:\+[ \u00a0]?)?\(?\+?[0-9](?:{_GAP}[0-9]){{6,17}})(?![0-9])"
    r"(?P<extension>[ ,;]{0,2}(?:x|ext\.?|extension|durchwahl|dw|poste|int\.|anexo|wewn\.|toestel|"
    r"klapka|mellék|anknytning|alanumero|лок\.|вътр\.)[ :.=]{0,2}[0-9]{1,6})?"
    r"(?![^\W_])(?!%|[.,/:-][0-9])",
    re.IGNORECASE,
)
_NOT_A_NUMBER = re.compile(
    r"(?:19|20)\d\d([./-])\d{1,2}\1\d{1,2}(?:[ T].*)?"  # dates
    r"|\d{1,2}([./-])\d{1,2}\2(?:\d\d|(?:19|20)\d\d)(?:[ T].*)?"
    r"|\d{2} \d{2} (?:19|20)\d\d|(?:19|20)\d\d \d\d \d\d"
    r"|\d+[.,]\d+(?: ?[/-] ?\d+[.,]\d+)+"  # decimals side by side
    r"|\d{3}-\d{2}-\d{4}|[1-9]\d{3}([ -])\d{4}\3\d{4}(?:\3\d{1,7})?"  # social security, cards
)
_HARDLY_A_NUMBER = re.compile(
    r"[1-9]\d{0,2}(?:\.\d{1,3}){3}|\d+\.\d+|(?:19|20)\d\d ?[-\u2013/] ?(?:19|20)\d\d"
)
"""IPv4 addresses, decimals, ranges of years: telephone numbers only beside a word for one."""
_NORTH_AMERICAN = re.compile(r"(?:1[ .-])?(?:\(\d{3}\)[ .-]{0,3}|\d{3}([.-]))\d{3}[.-]\d{4}")
_INTERNATIONAL = re.compile(r"\(?\+|\(?00[ ./()-]?[1-9]|011[ .-][1-9]|001[ .-]")
_EXIT_CODE = re.compile(r"00(?=[1-9])|011(?=[1-9])|001")
_THOUSANDS = re.compile(r"\d{1,3}([ .\u00a0])\d{3}(?:\1\d{3})*")
_DIGITS = re.compile(r"[0-9]+")
_SHORTEST, _LONGEST = 7, 15
"""Digits of a number."""
_EXIT_DIGITS = 3
_COUNTED = "0123456789012"
_LOCAL_LONGEST = 12
"""Digits of a number that is written without a country code and in no plan."""


def find(text: str) -> Iterator[Finding]:
    """Yield numbers: international 0.9; national 0.4 to 0.85 by plan, form and context."""
    for match in _candidates(text):
        start, end = match.span("number")
        if text[start] == "(" and ")" not in match["number"]:
            start += 1
        score = _score(text, start, end)
        if score and match["extension"]:
            end, score = match.end(), round(min(score + 0.2, 0.95), 2)
        if score:
            yield Finding(start=start, end=end, entity=ENTITY, score=score, recognizer="phone")


def _candidates(text: str) -> Iterator[re.Match[str]]:
    done = 0
    for at in numbers(text, _AT):
        if at >= done:
            for begins in _BEGINS.finditer(text, max(done, at - _SIGNS_WIDTH), at + 1):
                if match := _CANDIDATE.match(text, begins.start()):
                    yield match
                    done = match.end()
                    break
            else:
                done = at + 1


def _score(text: str, start: int, end: int) -> float:
    """How likely `text[start:end]` is a telephone number; 0.0 when it is none."""
    written = text[start:end]
    digits = "".join(_DIGITS.findall(written))
    if not _SHORTEST <= len(digits) <= _LONGEST + _EXIT_DIGITS or _NOT_A_NUMBER.fullmatch(written):
        return 0.0
    if _INTERNATIONAL.match(written) and (score := _international(written)):
        return score
    return 0.0 if "+" in written else _national(text, start, end, digits)


def _national(text: str, start: int, end: int, digits: str) -> float:
    written = text[start:end]
    grouped = len(digits) < len(written)
    if near(text, start, end, NAMED):
        return _beside_its_name(written, digits)
    if not grouped and digits[0] != "0":
        return 0.0
    if _HARDLY_A_NUMBER.fullmatch(written):
        return 0.0
    if (grouped or digits[0] == "0") and near(text, start, end, CALLING):
        return _beside_a_call(written, digits)
    return _alone(written, digits) if grouped else _ungrouped(digits)


def _international(written: str) -> float:
    digits = "".join(_DIGITS.findall(written.replace("(0)", "")))
    if "+" not in written:
        digits = (
            "1" + digits[3:] if digits.startswith("001") else _EXIT_CODE.sub("", digits, count=1)
        )
    number = international(digits)
    if number is None:
        return 0.0
    if is_valid(number):
        return 0.9
    return 0.6 if phonenumbers.is_possible_number(number) else 0.0


def _beside_its_name(written: str, digits: str) -> float:
    """A word for the telephone makes a number of what no plan has."""
    if score := _beside_a_call(written, digits):
        return max(score, 0.55)
    return 0.5 if len(digits) <= _LOCAL_LONGEST and len(set(digits)) > 1 else 0.0


def _beside_a_call(written: str, digits: str) -> float:
    """A word for calling says the same of digits that are grouped like a number."""
    if any(plan.national(digits) for plan in plans()):
        return 0.85 if digits[0] == "0" else 0.75
    if _NORTH_AMERICAN.fullmatch(written):
        return 0.7
    is_short = len(digits) <= _LOCAL_LONGEST
    return (
        0.5
        if is_short and len(digits) < len(written) and not _THOUSANDS.fullmatch(written)
        else 0.0
    )


def _alone(written: str, digits: str) -> float:
    """Without a word: the trunk 0, brackets, or the grouping of the region it is from."""
    if _NORTH_AMERICAN.fullmatch(written):
        return 0.6
    groups = tuple(map(len, _DIGITS.findall(written)))
    known = [(plan, number) for plan in plans() if (number := plan.national(digits))]
    if digits[0] == "0":
        return 0.6 if known else 0.4 if len(digits) in range(10, 13) and len(groups) > 1 else 0.0
    if any(
        plan.is_grouped(number, _significant(groups, plan.trunk, digits, number))
        for plan, number in known
    ):
        is_short = len(digits) < 9 and len(groups) < 3  # noqa: PLR2004 - 123 4567 is many a number
        return 0.4 if is_short or _THOUSANDS.fullmatch(written) else 0.55
    return 0.4 if known and "(" in written else 0.0


def _significant(groups: tuple[int, ...], trunk: str, digits: str, number: str) -> tuple[int, ...]:
    """The lengths of the groups without the trunk prefix."""
    rest = groups[0] - (len(trunk) if number != digits else 0)
    return groups[1:] if rest <= 0 else (rest, *groups[1:])


def _ungrouped(digits: str) -> float:
    """Digits without anything between them are a number only with their trunk 0."""
    if digits[0] != "0" or digits[1] == "0" or len(digits) not in {10, 11} or digits in _COUNTED:
        return 0.0
    return 0.5 if any(plan.national(digits) for plan in plans()) else 0.0


RULE = Rule(
    name="phone",
    entities=frozenset({ENTITY}),
    find=find,
    needs=Needs(digits=7, is_led=True, spot=_AT),
    valid=(
        "+49 30 901820",
        "+44 (0)20 7946 0958",
        "0033 1 42 68 53 00",
        "call 030 901820",
        "(212) 736-5000",
        "tel. 600 123 456",
        "06 12 34 56 78",
        "(123)456-7890x123",
        "001-212-555-0100",
        "tel:+49-30-901820;ext=12",
        "030/901820 Durchwahl 33",
        "Fax: 3660170548",
        "Mobile: 434 14 557",
        "0777 9384 1234",
        "030 901820 / 0171 1234567",
        "nobody answers at 600 123 456",
        "voicemail 600123456",
    ),
    invalid=(
        "2026-03-12",
        "12.03.2026 14:00",
        "192.168.100.200",
        "3.14159265",
        "order 600123456",
        "1234567890123456789",
        "2019-2024",
        "0.0000123456",
        "1 234 567 890",
        "SSN 123-45-6789",
        "4111 1111 1111 1111",
        "call the function at 12345678901",
        "build 20260312140000",
        "0123456789",
        "0.97 / 0.97 / 0.97",
    ),
)
