import pytest
from hypothesis import given, strategies as st

from guardrail_gw.dialects.encoding import encoded
from guardrail_gw.dialects.translation.blank import HERE, Blank

TEXTS = st.text().filter(lambda text: HERE not in text)


@given(name=TEXTS, text=st.text())
def test_what_is_filled_in_is_written_as_ever(name: str, text: str) -> None:
    """A blank that is filled in is the JSON of the data with that text, whatever both hold."""
    blank = Blank.of({"id": name, "delta": {"text": HERE}, "n": 1})

    written = None if blank is None else blank.filled(text)

    assert blank is not None
    assert written is not None
    assert written.encode() == encoded({"id": name, "delta": {"text": text}, "n": 1})


@pytest.mark.parametrize("name", [HERE, "\ud800"])
def test_what_cannot_be_told_apart_is_no_blank(name: str) -> None:
    """Data that hold the mark twice, or half a surrogate pair, are written each time."""
    assert Blank.of({"id": name, "text": HERE}) is None


def test_half_a_pair_is_written_otherwise() -> None:
    """A text that was cut within a character is not filled in: it is written in escapes."""
    blank = Blank.of({"text": HERE})

    assert blank is not None
    assert blank.filled("a\ud83d") is None
