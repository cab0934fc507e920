"""Addresses that were found piece by piece."""

import pytest

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.merge import ADDRESS, NER
from guardrail_gw.detection.pieces_of_addresses import joined


def pieces(text: str, *values: str, rule: str = NER) -> list[Finding]:
    """Each value as a finding: with a digit an address, a place without."""
    found: list[Finding] = []
    for value in values:
        start = text.index(value, found[-1].end if found else 0)
        has_digit = any(map(str.isdigit, value))
        found.append(
            Finding(
                start=start,
                end=start + len(value),
                entity=Entity("ADDRESS" if has_digit else "LOCATION"),
                score=0.8 if has_digit else 0.75,
                recognizer=rule,
            )
        )
    return found


@pytest.mark.parametrize(
    ("text", "values"),
    [
        (
            "meet me at 24 Quillgasse 6, Wobbstadt, Norway",
            ("24 Quillgasse 6", "Wobbstadt", "Norway"),
        ),
        ("it is Quillgasse 6 Apt. 9 Wobbstadt now", ("Quillgasse 6 Apt. 9", "Wobbstadt")),
        (
            "send it to Quillgasse 6 Suite 9\nWobbstadt\n 57313",
            ("Quillgasse 6 Suite 9", "Wobbstadt", "57313"),
        ),
        ("Quillgasse 6 Suite 9, Wobbstadt", ("Quillgasse 6 Suite 9", "Wobbstadt")),
    ],
)
def test_more_than_a_street_and_a_town_is_one(text: str, values: tuple[str, ...]) -> None:
    """Within a sentence, over line breaks too, and on one line: one address."""
    found = pieces(text, *values)

    (one,) = joined(text, found, ADDRESS)

    assert (one.start, one.end) == (found[0].start, found[-1].end)
    assert (one.entity, one.score) == ("ADDRESS", 0.8)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("we met at Quillgasse 6, Wobbstadt", ("Quillgasse 6", "Wobbstadt")),
        (
            "> Quillgasse 6 Suite 9\n> Wobbstadt\n> 57313",
            ("Quillgasse 6 Suite 9", "Wobbstadt", "57313"),
        ),
        ("at Quillgasse 6 Top 9, 57313 Wobbstadt", ("Quillgasse 6 Top 9", "57313", "Wobbstadt")),
        ("at Quillgasse 6 57313 Wobbstadt, Norway", ("Quillgasse 6 57313", "Wobbstadt", "Norway")),
        ("Quillgasse 6 Suite 9 is near Wobbstadt", ("Quillgasse 6 Suite 9", "Wobbstadt")),
        ("the code 57313 Wobbstadt, Norway", ("57313", "Wobbstadt", "Norway")),
    ],
)
def test_parts_that_are_told_apart_stay_apart(text: str, values: tuple[str, ...]) -> None:
    """A street and a town alone, what is laid out over lines, and a postcode before its town."""
    found = pieces(text, *values)

    assert list(joined(text, found, ADDRESS)) == found


def test_what_the_rule_told_apart_stays_apart() -> None:
    """It has looked at the whole address already."""
    text = "at Quillgasse 6 Suite 9, Wobbstadt, Norway"
    found = pieces(text, "Quillgasse 6 Suite 9", "Wobbstadt", "Norway", rule=ADDRESS)

    assert list(joined(text, found, ADDRESS)) == found


def test_what_is_no_part_of_an_address_ends_it() -> None:
    """A person directly behind a street is found as before."""
    text = "at Quillgasse 6 Suite 9, Anna Berg, Wobbstadt"
    street, place = pieces(text, "Quillgasse 6 Suite 9", "Wobbstadt")
    person = Finding(start=25, end=34, entity=Entity("PERSON"), score=0.85, recognizer=NER)

    assert list(joined(text, [street, person, place], ADDRESS)) == [street, person, place]
