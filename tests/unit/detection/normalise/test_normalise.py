"""The normalised copy, and the way back from it."""

import re
import time

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.detection.normalise import normalise

ODD = (
    r"aZ09 @.%40%C3%A9\u0040&#64;"
    "\u200b\u00ad\uff20\uff11\u0435\u0430\u03bf\u0301\u0308\u0661\u2026\ufb01\U0001f600\ud800\u20e3"
)
PIECES = ["%40", "%2540", "%F0%9F%98%80", "\\u0040", "\\x40", "&amp;", "&#64;", "&commat;", "\\n"]
TEXTS = st.text(max_size=80) | st.lists(st.sampled_from([*ODD, *PIECES])).map("".join)
PLAIN = "".join(set(map(chr, range(32, 127))) - set("%\\&")) + "\t\n\v\f\r"
WITHOUT_ESCAPES = st.text(alphabet=PLAIN, max_size=200)


def found(start: int, end: int) -> Finding:
    """A finding in the copy."""
    return Finding(start=start, end=end, entity=Entity("X"), score=1.0, recognizer="x")


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("anna@example.com", "anna@example.com"),
        ("anna\u200b@exam\u00adple.com", "anna@example.com"),
        ("anna\uff20example.com", "anna@example.com"),
        ("an\x00na\x01@exa\x7fmple\x9b.com", "anna@example.com"),
        ("Anna\x0bSchmidt\tBonn\r\n", "Anna\x0bSchmidt\tBonn\r\n"),
        ("\u0430nn\u0430@example.com", "anna@example.com"),
        ("anna%40example.com", "anna@example.com"),
        ("anna%2540example.com", "anna@example.com"),
        ("anna&amp;#64;example.com", "anna@example.com"),
        ("anna\uff05\uff14\uff10example.com", "anna@example.com"),
        ("\u0661\u0662\u0663", "123"),
        ("D\u041589", "DE89"),
        ("Mu\u0308ller", "M\u00fcller"),
        ("\u043c\u043e\u0441\u043a\u0432\u0430", "\u043c\u043e\u0441\u043a\u0432\u0430"),
        ("4\u03001\u0336", "41"),
        ("e\u200b\u0301", "\u00e9"),
        ("100%ff", "100%ff"),
        ("%00%01", "%00%01"),
        ("\U000e0041nna", "nna"),
        ("\ud800 and \U0001f600", "\ud800 and \U0001f600"),
    ],
)
def test_disguises_are_undone(written: str, seen: str) -> None:
    """Each disguise is undone, also one within another; what is none stays."""
    assert normalise(written).text == seen


@given(text=WITHOUT_ESCAPES)
def test_ascii_stays_as_it_is(text: str) -> None:
    """A text in ASCII without escapes and control characters is its own copy, with no layers."""
    copy = normalise(text)

    assert copy.text is text
    assert copy.layers == ()


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
def test_the_whole_copy_is_all_that_is_seen(text: str) -> None:
    """Outside the original of the whole copy only characters stand that nobody sees."""
    copy = normalise(text)
    if not copy.text:
        return

    whole = copy.original(found(0, len(copy.text)))

    assert not normalise(text[: whole.start] + text[whole.end :]).text.strip()


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


@pytest.mark.parametrize("unit", ["plain words and 12 ", "%25", "D\u0415\u0301"])
def test_time_grows_with_the_text_and_no_faster(unit: str) -> None:
    """Sixteen times the text, a megabyte, takes at most four times sixteen times as long."""
    few = min(_seconds(unit * (65_536 // len(unit))) for _ in range(2))

    many = _seconds(unit * (1_048_576 // len(unit)))

    assert many <= 64 * few + 0.05


def _seconds(text: str) -> float:
    began = time.process_time()
    normalise(text)
    return time.process_time() - began
