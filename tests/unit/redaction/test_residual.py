import pytest

from guardrail_gw.errors import ResidualFound
from guardrail_gw.redaction.residual import refuse_residue

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
