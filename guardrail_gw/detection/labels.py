"""What models call things, and where a name ends: the same for every kind of model."""

from types import MappingProxyType

from guardrail_gw.core.text import Entity

_PRESIDIO_NAMES = MappingProxyType(
    {
        "PER": "PERSON",
        "LOC": "LOCATION",
        "GPE": "LOCATION",
        "FAC": "LOCATION",
        "ORG": "ORGANIZATION",
        "NORP": "NRP",
        "DATE": "DATE_TIME",
        "TIME": "DATE_TIME",
    }
)
_AROUND = (
    " \t\r\n\u00a0\"'`.,;:!?()[]{}<>|*_#=/\\-"
    "\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u2039\u203a\u00ab\u00bb\u2013\u2014"
)
"""Quotes, brackets, dashes and other signs that are no part of a name."""
_POSSESSIVE = ("'s", "\u2019s", "'S", "\u2019S")


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space and punctuation around it, and without a possessive ending."""
    span = text[start:end]
    start += len(span) - len(span.lstrip(_AROUND))
    span = text[start:end].rstrip(_AROUND)
    if span.endswith(_POSSESSIVE):
        span = span[:-2].rstrip(_AROUND)
    return start, start + len(span)


def entity_of(label: str) -> Entity:
    """The Presidio name of a label."""
    return Entity(_PRESIDIO_NAMES.get(label, label))
