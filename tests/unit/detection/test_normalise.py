"""The normalised copy, and the way back from it."""

import re

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.normalise import normalise

ODD = (
    r"aZ09 @.%40%C3%A9"
    "\u200b\u00ad\uff20\uff11\u0435\u0430\u03bf\u0301\u0308\u0661\u2026\ufb01\U0001f600"
)
TEXTS = st.text(max_size=80) | st.lists(st.sampled_from([*ODD, "%40", "%F0%9F%98%80"])).map("".join)


def found(start: int, end: int) -> Finding:
    """A finding in the copy."""
    return Finding(start=start, end=end, entity=Entity("X"), score=1.0, recognizer="x")


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("anna@example.com", "anna@example.com"),
        ("anna\u200b@exam\u00adple.com", "anna@example.com"),
        ("anna\uff20example.com", "anna@example.com"),
        ("\u0430nn\u0430@example.com", "anna@example.com"),
        ("anna%40example.com", "anna@example.com"),
        ("\u0661\u0662\u0663", "123"),
        ("D\u041589", "DE89"),
        ("Mu\u0308ller", "M\u00fcller"),
        ("\u043c\u043e\u0441\u043a\u0432\u0430", "\u043c\u043e\u0441\u043a\u0432\u0430"),
        ("4\u03001\u0336", "41"),
        ("e\u200b\u0301", "\u00e9"),
        ("100%ff", "100%ff"),
        ("%00%01", "%00%01"),
        ("\U000e0041nna", "nna"),
    ],
)
def test_disguises_are_undone(written: str, seen: str) -> None:
    """Each disguise is undone; what is none stays."""
    assert normalise(written).text == seen


@given(text=st.text(alphabet=st.characters(max_codepoint=127)).filter(lambda text: "%" not in text))
def test_ascii_stays_as_it_is(text: str) -> None:
    """A text in ASCII without a percent sign is its own copy, with no map."""
    copy = normalise(text)

    assert copy.text is text
    assert copy.starts is None


@given(text=TEXTS, data=st.data())
def test_every_span_has_an_original(text: str, data: st.DataObject) -> None:
    """Any span of the copy maps to a non-empty span of the original; spans stay in order."""
    copy = normalise(text)
    if not copy.text:
        return
    start = data.draw(st.integers(0, len(copy.text) - 1))
    end = data.draw(st.integers(start + 1, len(copy.text)))

    original = copy.original(found(start, end))

    assert 0 <= original.start < original.end <= len(text)
    if end < len(copy.text):
        assert copy.original(found(end, end + 1)).start >= original.start


@given(text=TEXTS)
def test_a_span_covers_whole_characters(text: str) -> None:
    """No span ends between a character and a mark that belongs to it, or within a %XX."""
    copy = normalise(text)
    for index in range(len(copy.text)):
        original = copy.original(found(index, index + 1))
        rest = text[original.end : original.end + 1]
        assert not "\u0300" <= rest <= "\u036f"
        assert not re.search(r"%[0-9A-Fa-f]?$", text[original.start : original.end]) or (
            copy.text[index] == "%"
        )
