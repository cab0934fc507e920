"""Names with a legal form, and of institutions: where they begin and end."""

import pytest

from guardrail_gw.detection.rules.organization import find


def names(text: str) -> set[str]:
    """What is found."""
    return {text[found.start : found.end] for found in find(text)}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("We bought Earth Movers, Inc. last year", "Earth Movers, Inc."),
        ("The Brown & Hale Ltd office", "Brown & Hale Ltd"),
        ("bei der Müller Maschinenbau GmbH & Co. KG", "Müller Maschinenbau GmbH & Co. KG"),
        ("firma Kowalski sp. z o.o. w Polsce", "Kowalski sp. z o.o."),
        ("Yesterday. Kovács Kft. wrote", "Kovács Kft."),
        ("at the University of Leeds in May", "University of Leeds"),
        ("au Ministère de la Justice hier", "Ministère de la Justice"),
        ("in the Imam Khomeini hospital", "Imam Khomeini hospital"),
        ("Children's Hospital of Philadelphia", "Hospital of Philadelphia"),
    ],
)
def test_a_name_is_found_as_far_as_its_capitals_go(text: str, name: str) -> None:
    """Neither the article before it nor the words behind it belong to it."""
    assert name in names(text)


@pytest.mark.parametrize(
    "text",
    [
        "the hospital and our institute",
        "The University is old",
        "Limited liability",
        "a group of companies",
        "mail anna@example.org Hospital",
        "WE SAY AS AB SA.",
    ],
)
def test_a_word_for_an_institution_alone_is_no_name(text: str) -> None:
    """Without a name beside it, it is any."""
    assert names(text) == set()
