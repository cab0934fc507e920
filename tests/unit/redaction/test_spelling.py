import pytest

from guardrail_gw.redaction.spelling import is_any_case, is_same_case, is_separable


@pytest.mark.parametrize(
    ("text", "value", "same"),
    [
        ("ANNA SCHMIDT", "Anna Schmidt", True),
        ("anna schmidt", "Anna Schmidt", True),
        ("A@B.EXAMPLE", "a@b.example", True),
        ("x7", "X7", True),
        ("ANNA", "Anna", True),
        ("Anna", "anna", True),
        ("anna", "Anna", False),
        ("MAY", "May", False),
        ("may", "May", False),
        ("May", "May", True),
        ("will", "Will", False),
    ],
)
def test_case_counts_for_single_words_only(text: str, value: str, *, same: bool) -> None:
    """A name that is also a word is not found in the small letters of the word."""
    assert is_same_case(text, value) is same


@pytest.mark.parametrize("value", ["Anna Schmidt", "a@b", "7", "O'Hara"])
def test_several_words_and_digits_are_the_same_in_any_case(value: str) -> None:
    """They are no words of a language."""
    assert is_any_case(value)


@pytest.mark.parametrize(
    ("value", "separable"),
    [
        ("DE89 3704 0044 0532 0130 00", True),
        ("4111111111111111", True),
        ("+49 (30) 123-4567", True),
        ("12.05.84", True),
        ("12345", False),
        ("anna1234567@example.org", False),
        ("9" * 65, False),
    ],
)
def test_numbers_may_be_separated_otherwise(value: str, *, separable: bool) -> None:
    """Mostly digits, at least six of them, and not endless."""
    assert is_separable(value) is separable
