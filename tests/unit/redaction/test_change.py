import pytest

from guardrail_gw.redaction.change import Change, applied, blanked, is_word, returning

CHANGES = [
    Change(start=8, end=9, new="<2>", back="b"),
    Change(start=0, end=4, new="<1>", back="Anna"),
]


def test_changes_are_applied_in_their_places() -> None:
    """Whatever their order; what comes back is what restoring gives."""
    text = "Anna or B!"

    assert applied(text, CHANGES) == "<1> or <2>!"
    assert returning(text, CHANGES) == "Anna or b!"
    assert applied(text, []) == text


def test_what_is_changed_is_blanked() -> None:
    """Nothing of it is seen again, and every other place stays."""
    assert blanked("Anna or B!", CHANGES) == "\0\0\0\0 or \0!"
    assert blanked("Anna", []) == "Anna"


@pytest.mark.parametrize(
    ("start", "end", "whole"), [(0, 4, True), (5, 8, False), (6, 9, False), (5, 9, True)]
)
def test_a_word_is_not_cut(start: int, end: int, *, whole: bool) -> None:
    """Letters and digits on both sides of an edge make it a cut."""
    assert is_word("Anna Berg.", start, end) is whole
