import json
from typing import Any

import pytest

from guardrail_gw.core.exchange import BARE, Head
from guardrail_gw.errors import ResidualFound
from guardrail_gw.redaction.residual import may_hold, refuse_residue
from guardrail_gw.redaction.spellings import Spellings

ISSUED = {"PERSON_7K2QX9MD", "PERSON_REDACTED"}
IBAN = "DE89 3704 0044 0532 0130 00"


def test_a_value_left_behind_is_refused() -> None:
    """The refusal names the place and not the value."""
    leaves = [("hello", "/a"), ("to anna@x.example!", "/b")]

    with pytest.raises(ResidualFound) as refusal:
        refuse_residue(leaves, {"anna@x.example"}, set())

    assert "/b" in refusal.value.detail
    assert "anna" not in refusal.value.detail


@pytest.mark.parametrize(
    "text", ["ANNA BERG", "anna  berg", "DE89370400440532013000", "de89-3704-0044-0532-0130-00"]
)
def test_another_spelling_is_the_same_value(text: str) -> None:
    """Case, white space and separators hide nothing."""
    with pytest.raises(ResidualFound):
        refuse_residue([(f"x {text}.", "/a")], {"Anna Berg", IBAN}, set())


@pytest.mark.parametrize(
    "text", ["PERSON_REDACTED", "PERSON_7K2QX9MD", "dear PERSON_7K2QX9MD!", "PERSONAL"]
)
def test_our_own_words_are_no_residue(text: str) -> None:
    """A value that equals a word of a placeholder does not refuse the placeholder."""
    refuse_residue([(text, "/a")], {"PERSON"}, ISSUED)


def test_a_placeholder_does_not_hide_its_neighbour() -> None:
    """The value beside a placeholder is found."""
    with pytest.raises(ResidualFound):
        refuse_residue([("PERSON_7K2QX9MD PERSON", "/a")], {"PERSON"}, ISSUED)


@pytest.mark.parametrize(
    "body",
    [
        {"a": [{"b": "to Anna Berg!"}]},
        {"Anna Berg": 1},
        {"a": json.dumps({"b": json.dumps(["ANNA BERG"])})},
        {"a": json.dumps({"anna  berg": 1})},
        {"a": 4111111111111111},
        {"a": "\n[4.111111111111111e15]"},
        {"role": "Anna Berg", "id": "x"},
    ],
)
def test_what_leaves_is_looked_through_whatever_it_means(body: dict[str, Any]) -> None:
    """Strings, keys, numbers and JSON in strings, at any place, in the bytes themselves."""
    outgoing = json.dumps(body).encode()

    assert may_hold(outgoing, BARE, {"Anna Berg", "4111111111111111"})
    assert not may_hold(outgoing, BARE, {"Anna Schmidt", "4111111111111112"})


@pytest.mark.parametrize("values", [{"Anna Berg"}, {"Anna Schmidt"}])
def test_what_was_made_to_look_for_the_values_looks_for_them_again(values: set[str]) -> None:
    """It comes to the same as what is made anew."""
    outgoing = json.dumps({"a": "to ANNA BERG"}).encode()

    assert may_hold(outgoing, BARE, values, known=Spellings(values)) is (values == {"Anna Berg"})
    assert may_hold(outgoing, BARE, values) is (values == {"Anna Berg"})


@pytest.mark.parametrize(
    "outgoing",
    [b"{", b'{"a":1,"a":2}', b'{"a":"{\\"b\\":1,\\"b\\":2}"}', b'{"a":"\\ud800"}', b'{"a":1e999}'],
)
def test_what_cannot_be_read_may_hold_anything(outgoing: bytes) -> None:
    """Then the dialect decides, and refuses it."""
    assert may_hold(outgoing, BARE, {"Anna Berg"})


def test_headers_leave_too() -> None:
    """What goes on in a header is looked through with the body."""
    head = Head(headers=(("x", "for anna berg"),))

    assert may_hold(b"{}", head, {"Anna Berg"})
