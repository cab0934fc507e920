"""Characters read as what they pass for."""

import pytest

from guardrail_gw.detection.normalise.letters import folded, without_look_alikes


def seen(text: str) -> str:
    """The text with both steps done."""
    for step in (folded, without_look_alikes):
        layer = step(text)
        text = text if layer is None else layer.text
    return text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("\U0001d41a\U0001d427\U0001d427\U0001d41a", "anna"),
        ("\u24d0\u24dd\u24dd\u24d0", "anna"),
        ("\u1d00\u0274\u0274\u1d00", "anna"),
        ("\u0261\u0435r\u0430", "gera"),
        ("\u13aann\u13aa", "AnnA"),
        ("\u0585\u057d\u0570x", "ouhx"),
        ("\ua4d3\ua4f0 \ua4d3\ua4f089", "\ua4d3\ua4f0 DE89"),
        ("\U0001d7d2\U0001d7cf\u2460\u0967", "4111"),
        ("4\ufe0f\u20e31\ufe0f\u20e3", "41"),
        ("4111\u20131111\u22121111", "4111-1111-1111"),
        ("Anna\u2014Berta, 3 \u2013 5", "Anna\u2014Berta, 3 \u2013 5"),
        ("example\u3002com a\u2022b", "example.com a.b"),
        ("col\u00b7legi", "col\u00b7legi"),
        ("a\u202eb\u2066c\u2800d", "abcd"),
        ("\u202a\u202c", ""),
        ("\u0391\u03b8\u03ae\u03bd\u03b1", "\u0391\u03b8\u03ae\u03bd\u03b1"),
        ("Y\u0131lmaz \u0142\u00f3d\u017a", "Y\u0131lmaz \u0142\u00f3d\u017a"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\U0001f469"),
    ],
)
def test_a_character_is_read_as_what_it_passes_for(written: str, read: str) -> None:
    """Forms of letters and digits fold; words in one script stay."""
    assert seen(written) == read


@pytest.mark.parametrize(
    "text", ["plain", "M\u00fcller\u2019s caf\u00e9", "\u041c\u043e\u0441\u043a\u0432\u0430 2026"]
)
def test_ordinary_text_is_not_copied(text: str) -> None:
    """A text in which nothing passes for something else has no layer."""
    assert folded(text) is None
    assert without_look_alikes(text) is None


def test_a_letter_keeps_its_marks() -> None:
    """A span of a letter covers the marks behind it, and not what is unseen beside it."""
    layer = folded("\u200bu\u0308\u200bx")

    assert layer is not None
    assert layer.text == "\u00fcx"
    assert (layer.span(0, 1), layer.span(1, 2)) == ((1, 3), (4, 5))
