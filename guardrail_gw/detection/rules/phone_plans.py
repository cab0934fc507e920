"""Numbering plans of the EU, EEA, United Kingdom, Switzerland and the United States, compiled.

Source: the metadata of the `phonenumbers` package (ITU-T E.129 and the states' plans). Its own
parser takes 18 to 40 µs per number and region; matching the plans' patterns takes one.
"""

import re
from dataclasses import dataclass
from functools import cache

import phonenumbers
from phonenumbers import (
    COUNTRY_CODE_TO_REGION_CODE,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberDesc,
)

_WHERE = """
DE FR GB IT ES NL BE AT CH PL SE DK NO FI IE PT CZ SK HU RO BG HR SI GR CY MT LU EE LV LT IS LI US
"""
REGIONS = tuple(_WHERE.split())
"""Where a number written nationally may be from; ISO 3166-1 alpha-2."""

_LONGEST_CODE = 3
"""Digits of a country code."""
_SHORTEST, _LONGEST = 2, 17
"""Digits behind it, as `phonenumbers` takes them."""
_KINDS = (
    "fixed_line",
    "mobile",
    "toll_free",
    "premium_rate",
    "shared_cost",
    "personal_number",
    "voip",
    "pager",
    "uan",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How numbers of one region look without its country code."""

    trunk: str
    """What is dialled before a number within the country; empty where there is none."""
    numbers: re.Pattern[str]
    formats: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]
    """How digits are grouped: the groups, and what such a number begins with."""

    def national(self, digits: str) -> str | None:
        """The significant number in `digits`, written with its trunk prefix or without; or None."""
        if self.trunk and digits.startswith(self.trunk):
            significant = digits[len(self.trunk) :]
            if self.numbers.fullmatch(significant):
                return significant
        return digits if self.numbers.fullmatch(digits) else None

    def is_grouped(self, digits: str, groups: tuple[int, ...]) -> bool:
        """Whether the region writes `digits` (a significant number) in groups of these lengths."""
        return any(
            begins.match(digits)
            and (match := pattern.fullmatch(digits))
            and tuple(map(len, match.groups())) == groups
            for pattern, begins in self.formats
        )


@cache
def plans() -> tuple[Plan, ...]:
    """The plan of each region; compiled once, 60 ms."""
    return tuple(map(_plan, REGIONS))


def international(digits: str) -> PhoneNumber | None:
    """The number that `phonenumbers` reads in `digits` behind a plus; None if it reads none."""
    if plain := _plain(digits):
        return plain
    try:
        return phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return None


def is_valid(number: PhoneNumber) -> bool:
    """What `phonenumbers.is_valid_number` says; sooner where a code has one region."""
    regions = COUNTRY_CODE_TO_REGION_CODE.get(number.country_code or 0, ())
    kinds = _kinds(regions[0]) if len(regions) == 1 else ()
    if not kinds or number.italian_leading_zero:
        return bool(phonenumbers.is_valid_number(number))
    digits = str(number.national_number)
    size = len(digits)
    for place, (sizes, kind) in enumerate(kinds):
        fits = (not sizes or size in sizes) and kind.fullmatch(digits) is not None
        if fits == bool(place):  # one of all numbers, and of one kind
            return fits
    return False


@cache
def _kinds(region: str) -> tuple[tuple[frozenset[int], re.Pattern[str]], ...]:
    """The lengths and the patterns of a region's numbers: of all of them, then of each kind."""
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None:
        return ()
    kinds = [getattr(metadata, kind) for kind in ("general_desc", *_KINDS, "voicemail")]
    return tuple(
        (frozenset(kind.possible_length), re.compile(str(kind.national_number_pattern)))
        for kind in kinds
        if _has_numbers(kind)
    )


def _plain(digits: str) -> PhoneNumber | None:
    """The same where nothing has to be taken off: a known country code and what follows it."""
    sizes = range(1, _LONGEST_CODE + 1)
    code = next((digits[:n] for n in sizes if int(digits[:n]) in COUNTRY_CODE_TO_REGION_CODE), "0")
    rest = digits[len(code) :]
    if "0" in {code[0], rest[:1]} or not _SHORTEST <= len(rest) <= _LONGEST:
        return None
    prefix = _prefix(COUNTRY_CODE_TO_REGION_CODE[int(code)][0])
    if prefix is None or prefix.match(rest):
        return None
    return PhoneNumber(country_code=int(code), national_number=int(rest))


@cache
def _prefix(region: str) -> re.Pattern[str] | None:
    """What is dialled before a number in a region; None if it has no plan."""
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None:
        return None
    return re.compile(str(metadata.national_prefix_for_parsing or r"(?!)"))


def _plan(region: str) -> Plan:
    metadata = PhoneMetadata.metadata_for_region(region)
    if metadata is None:
        raise LookupError(f"phonenumbers has no plan for {region}")
    kinds = [getattr(metadata, kind) for kind in _KINDS]
    patterns = {str(kind.national_number_pattern) for kind in kinds if _has_numbers(kind)}
    return Plan(
        trunk=metadata.national_prefix or "",
        numbers=re.compile("|".join(f"(?:{pattern})" for pattern in sorted(patterns))),
        formats=tuple(
            (re.compile(str(known.pattern)), re.compile((known.leading_digits_pattern or [""])[-1]))
            for known in metadata.number_format
        ),
    )


def _has_numbers(kind: PhoneNumberDesc | None) -> bool:
    return kind is not None and kind.national_number_pattern is not None
