"""What Presidio's own recognizer of an entity finds, our rule finds, but for listed differences."""

import re
from collections.abc import Callable
from random import Random

import pytest

from guardrail_gw.core.text import Finding
from guardrail_gw.detection import presidio
from guardrail_gw.detection.rules.checksums import dated
from guardrail_gw.detection.rules.national.every import IDENTIFIERS
from tests.support.shapes import sample

BY_ENTITY = {identifier.entity: identifier for identifier in IDENTIFIERS}
REPLACED = {
    "DE_ID_CARD": "DeIdCardRecognizer",
    "DE_PASSPORT": "DePassportRecognizer",
    "DE_SOCIAL_SECURITY": "DeSocialSecurityRecognizer",
    "DE_TAX_ID": "DeTaxIdRecognizer",
    "ES_NIE": "EsNieRecognizer",
    "ES_NIF": "EsNifRecognizer",
    "FI_PERSONAL_IDENTITY_CODE": "FiPersonalIdentityCodeRecognizer",
    "IT_FISCAL_CODE": "ItFiscalCodeRecognizer",
    "PL_PESEL": "PlPeselRecognizer",
    "SE_PERSONNUMMER": "SePersonnummerRecognizer",
    "UK_NHS": "NhsRecognizer",
    "UK_NINO": "UkNinoRecognizer",
}
"""What took part by default before there was a rule of ours."""


def _swedish(written: str) -> bool:
    digits = "".join(filter(str.isdigit, written))
    short = digits[-10:]
    day = int(short[4:6])
    return digits[:-10] not in {"", "16", "18", "19", "20"} or not dated(
        str(day - 60 if day > 60 else day), short[2:4]
    )


DIFFERENCES: dict[str, Callable[[str], bool]] = {
    # The authority's test: exactly one digit stands two or three times among the first ten.
    "DE_TAX_ID": lambda w: sorted(w[:10].count(d) > 1 for d in set(w[:10])).count(True) != 1,
    # Upstream keeps what fails the check letter, or was born on a day that does not exist.
    "IT_FISCAL_CODE": lambda w: not BY_ENTITY["IT_FISCAL_CODE"].passes(w),
    # The day does not exist in its month, or is still to come.
    "PL_PESEL": lambda w: not BY_ENTITY["PL_PESEL"].passes(w),
    # Seven digits before the hyphen, a century that no number has, or no such day.
    "SE_PERSONNUMMER": _swedish,
    # Serials begin with 002.
    "FI_PERSONAL_IDENTITY_CODE": lambda w: w[7:10] in {"000", "001"},
    # One digit ten times is a placeholder.
    "UK_NHS": lambda w: len(set(w) - set(" -")) == 1,
}
"""Where our rule finds nothing, and why that is right."""


@pytest.mark.parametrize("entity", REPLACED)
def test_what_presidio_finds_is_found(entity: str) -> None:
    """On generated candidates, each finding of Presidio's is one of ours or a listed difference."""
    (theirs,) = presidio.load(names=(REPLACED[entity],), files=(), timeout_s=1)
    ours, compared = BY_ENTITY[entity].rule, 0

    for written in candidates(entity, Random(entity)):
        text = f"see {written} now"
        for finding in theirs.find(text):
            compared += 1
            found = any(overlap(finding, other) for other in ours.find(text))
            assert found or is_different(entity, text[finding.start : finding.end]), text

    assert compared > 5


def candidates(entity: str, random: Random) -> list[str]:
    """Strings of the shapes that upstream's first pattern and our own have, and valid numbers."""
    from presidio_analyzer import predefined_recognizers  # noqa: PLC0415 - slow

    (first, *_) = getattr(predefined_recognizers, REPLACED[entity])().patterns
    shapes = [re.compile(first.regex), *BY_ENTITY[entity].patterns()]
    drawn = [sample(random.choice(shapes), random, optional=0.5) for _ in range(4_000)]
    patterns, passes = BY_ENTITY[entity].patterns(), BY_ENTITY[entity].passes
    passing = [w for w in drawn if any(p.fullmatch(w) for p in patterns) and passes(w)]
    return [*drawn[:1_500], *passing, *map(str.lower, passing)]


def is_different(entity: str, written: str) -> bool:
    """Whether a listed reason explains it; lower case alone is no document number to us."""
    if BY_ENTITY[entity].upper and written.upper() != written:
        return True
    return entity in DIFFERENCES and DIFFERENCES[entity](written)


def overlap(one: Finding, other: Finding) -> bool:
    """Whether two findings share a character."""
    return one.start < other.end and other.start < one.end
