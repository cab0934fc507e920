"""Which marks a text holds."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.detection.sieve import _END, marks, shapes

MARKS = frozenset(
    {"@", "a@", "x-tax", "o\u2019", "tax", "taxpayer", "ax", "né", "номер", "a.b", "private key"}
)
TEXTS = st.lists(st.sampled_from([*sorted(MARKS), " ", "-", "x", "é", "\n", "\ud800", "😀"])).map(
    "".join
)


@given(text=TEXTS)
def test_the_automaton_finds_what_a_search_finds(text: str) -> None:
    """For any text, also with lone surrogates, both ways give the same marks."""
    pytest.importorskip("re2", reason="the extra re2 is not installed")

    automaton, plain = (marks(MARKS, automaton=on)(text) for on in (True, False))

    assert automaton - {_END} == plain == {mark for mark in MARKS if mark in text}


def test_an_automaton_that_gave_up_is_not_believed() -> None:
    """Without the mark that stands behind every text, the text is searched mark by mark."""
    pytest.importorskip("re2", reason="the extra re2 is not installed")
    look: Any = marks(MARKS, automaton=True)
    look._set = type("Failed", (), {"Match": staticmethod(lambda text: None)})  # noqa: SLF001 - no input makes the real one fail

    present = look("the tax number")

    assert present == {"tax", "ax"}


def test_shapes_are_told_apart_by_the_automaton_only() -> None:
    """Without it, or for a text that it cannot read, any shape may be there."""
    pytest.importorskip("re2", reason="the extra re2 is not installed")
    every = frozenset({r"\b[0-9]{3}\b", r"[a-z]{4}"})

    with_it, without = (shapes(every, automaton=on) for on in (True, False))

    assert with_it("abcd 12é34 1234") & every == {r"[a-z]{4}"}
    assert with_it("abc 123") & every == {r"\b[0-9]{3}\b"}
    assert without("nothing") == with_it("\ud800") == every
