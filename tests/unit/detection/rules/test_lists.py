"""Lists of names in their files' bytes."""

from importlib.resources import files

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.detection.rules import lists
from guardrail_gw.detection.rules.lists import Names, Sieve, names, places


@given(words=st.sets(st.text("abÖжא", min_size=1), min_size=1), other=st.text("abÖжא"))
def test_a_list_is_the_set_of_its_words(words: set[str], other: str) -> None:
    """Whatever they are, and whatever is asked for."""
    found = Names("".join(f"{word}\n" for word in sorted(words)).encode())

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
        Names(b"Anna\nBerta\nAnna\n")


@given(words=st.sets(st.text("abcÖжא", min_size=1)))
def test_a_sieve_lets_every_one_of_its_words_pass(words: set[str]) -> None:
    """Whatever they are, and be there one or many."""
    sieve = Sieve(words, most=len(words))

    assert all(word in sieve for word in words)


def test_most_that_is_not_in_a_list_does_not_pass() -> None:
    """One in ten words at most is looked up for nothing, of thousands in the shipped list."""
    listed = names("surnames")
    sieve = Sieve(listed, most=len(listed))
    others = [f"{word}x" for word in listed if f"{word}x" not in listed]

    assert sum(word in sieve for word in others) < len(others) / 10
