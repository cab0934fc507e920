"""Lists of names in their files' bytes."""

from importlib.resources import files

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.detection.rules import lists
from guardrail_gw.detection.rules.lists import Names, names, places


@given(words=st.sets(st.text("abÖжא", min_size=1), min_size=1), other=st.text("abÖжא"))
def test_a_list_is_the_set_of_its_words(words: set[str], other: str) -> None:
    """Whatever they are, and whatever is asked for."""
    found = Names([word.encode() for word in sorted(words)])

    assert set(found) == words
    assert len(found) == len(words)
    assert all(word in found for word in words)
    assert (other in found) is (other in words)


def test_the_shipped_lists_hold_their_words() -> None:
    """To the first and the last one; what is in none is in none, whatever it is."""
    for file in ("forenames", "surnames", "cyrillic"):
        text = files(lists).joinpath(f"{file}.txt").read_text(encoding="utf-8")
        assert list(names(file)) == text.split()
    assert {"Germany", "New York"} <= places()
    assert not {"", " ", "\ud800", "Zzzz", 7} & set(places())
    assert not any(word in names("surnames") for word in ("", "A", "\ud800", "\uffff", 7))


def test_a_list_that_is_not_in_order_is_no_list() -> None:
    """Words would be missed in it, so nobody gets it."""
    with pytest.raises(ValueError, match="order"):
        Names([b"Anna", b"Berta", b"Anna"])
