"""An address that was found piece by piece: one, where one rule would have reported it as one.

The rule for addresses finds a street and number by what they look like, a model a town behind it.
Which addresses are one finding is decided in docs/adr/0015-parts-of-an-address.md, whoever found
their pieces: those within a sentence or on one line that are more than a street and a town.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from guardrail_gw.core.text import Finding
from guardrail_gw.detection.rules.address_parts import ADDRESS, LOCATION, begins_line, has_unit

_GAP = re.compile(r"[ \t]{0,3}[,;]?[ \t]{0,3}(?:\r?\n[ \t>]{0,12},?[ \t]{0,3})?")
_LETTER = re.compile(r"[^\W\d_]")
_DIGIT = re.compile(r"[0-9]")
_CODE_AT_END = re.compile(r"(?:\A|[ ,-])[0-9]{2,3}[ -]?[0-9]{2,3}\Z")
_MORE = 3
"""Parts of an address that is more than a street and a town."""


def joined(text: str, found: Iterable[Finding], known: str) -> Iterator[Finding]:
    """Yield the findings of `text`, sorted and apart, the pieces of one address as one.

    Args:
        text: what was scanned.
        found: sorted and without overlap.
        known: the recognizer that tells parts apart by itself; what it alone found stays.
    """
    row: list[Finding] = []
    for finding in found:
        if row and not _goes_on(text, row[-1], finding):
            yield from _address(text, row, known)
            row = []
        if row or _is_street(text, finding):
            row.append(finding)
        else:
            yield finding
    yield from _address(text, row, known)


def _goes_on(text: str, last: Finding, finding: Finding) -> bool:
    is_part = finding.entity in {ADDRESS, LOCATION}
    return is_part and _GAP.fullmatch(text, last.end, finding.start) is not None


def _is_street(text: str, finding: Finding) -> bool:
    """Whether it has a name and a number: with a postcode alone no address begins."""
    return finding.entity == ADDRESS and all(
        sign.search(text, finding.start, finding.end) for sign in (_LETTER, _DIGIT)
    )


def _address(text: str, row: Sequence[Finding], known: str) -> Iterator[Finding]:
    """The row as one finding, or as it is."""
    yield from [replace(row[0], end=row[-1].end)] if _is_one(text, row, known) else row


def _is_one(text: str, row: Sequence[Finding], known: str) -> bool:
    if len(row) <= 1 or all(finding.recognizer == known for finding in row):
        return False
    first, last = row[0], row[-1]
    if "\n" in text[first.start : last.end] and begins_line(text, first.start):
        return False
    if _has_code_before_town(text, row):
        return False
    return len(row) >= _MORE or has_unit(text, first.start, first.end)


def _has_code_before_town(text: str, row: Sequence[Finding]) -> bool:
    return any(
        town.entity == LOCATION and _CODE_AT_END.search(text[code.start : code.end])
        for code, town in pairwise(row)
    )
