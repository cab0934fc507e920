"""Persons by lists of names: which words count alone, and how far a name goes."""

import pytest

from guardrail_gw.detection.rules.listed_person import find
from guardrail_gw.detection.rules.lists import names


def found(text: str) -> list[str]:
    """What is found, in order."""
    return [text[each.start : each.end] for each in find(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ask Katarzyna about it", ["Katarzyna"]),
        ("Katarzyna's sister, Siobhan", ["Katarzyna", "Siobhan"]),
        ("signed by Giulia de Rossi, Rome", ["Giulia de Rossi"]),
        ("Giulia M. Rossi", ["Giulia M. Rossi"]),
        ("Katarzyna And Siobhan", ["Katarzyna", "Siobhan"]),
        ("Rose Smith called", ["Rose Smith"]),
        ("spoke to Zubkevićević-Anić", []),
        ("told Hafsteinsdóttir", ["Hafsteinsdóttir"]),
    ],
)
def test_names_are_found_whole(text: str, expected: list[str]) -> None:
    """With particles, initials and surname, without what follows in capitals."""
    assert found(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Rose and thorn",
        "@Katarzyna",
        "/srv/Katarzyna/x",
        "Katarzyna.run()",
        "Katarzyna=1",
        "Katarzyna Street",
        "Katarzyna Holdings",
        "St. Katarzyna",
        "rue Siobhan",
        "Python, Ruby and Rust",
        "in Paris and Sydney",
    ],
)
def test_what_is_no_person_is_not_found(text: str) -> None:
    """Words, towns, handles, code, and what is named after somebody."""
    assert found(text) == []


def test_the_lists_do_not_overlap() -> None:
    """A forename either stands alone or needs a surname."""
    assert names("forenames").isdisjoint(names("other_forenames"))
    assert all(name[0].isupper() for name in names("forenames") | names("surnames"))
