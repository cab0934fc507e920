"""Escapes read as what they stand for."""

import pytest

from guardrail_gw.detection.normalise.escapes import readable, unescaped, unprinted
from guardrail_gw.detection.rules.window import Whole


def seen(text: str) -> str:
    """The text with its escapes decoded once."""
    layer = unescaped(text)
    return text if layer is None else layer.text


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("a%40b", "a@b"),
        ("%C3%A9t%C3%A9", "\u00e9t\u00e9"),
        ("%FF%40", "%FF@"),
        ("%C3%40", "%C3@"),
        ("a%u0040b", "a@b"),
        (r"a\u0040b", "a@b"),
        (r"\ud83d\ude00", "\U0001f600"),
        (r"\ud83d\u0040", r"\ud83d@"),
        (r"a\u{40}b \u{1F600}", "a@b \U0001f600"),
        (r"a\U00000040b", "a@b"),
        (r"a\x40b\xe9", "a@b\u00e9"),
        (r"\xc3\xa9", "\u00e9"),
        (r"a\N{COMMERCIAL AT}b \N{NO SUCH NAME}", r"a@b \N{NO SUCH NAME}"),
        (r"a\nb\tc", "a\nb\tc"),
        ("a&#64;b &#x40; &#64 ", "a@b @ @ "),
        ("a&commat;b&period;c &Amp &nosuch;", "a@b.c &Amp &nosuch;"),
        ("&#55296; &#1114112; &#0;", "&#55296; &#1114112; &#0;"),
        ("100 % of a&b \\ \\q", "100 % of a&b \\ \\q"),
    ],
)
def test_an_escape_is_read_as_its_character(written: str, read: str) -> None:
    """Each form decodes; what stands for nothing readable stays as it is."""
    assert seen(written) == read


def test_the_way_back_covers_the_escape() -> None:
    """A decoded character stands for all of its escape and for nothing else."""
    layer = unescaped("x%C3%A9y")

    assert layer is not None
    assert layer.span(1, 2) == (1, 7)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("anna=40example=2Ecom", "anna@example.com"),
        ("an=\r\nna", "anna"),
        ("caf=C3=A9", "caf\u00e9"),
        (r"anna\100example", "anna@example"),
        (r"\001", r"\001"),
    ],
)
def test_quoted_printable_is_a_second_reading(written: str, read: str) -> None:
    """Quoted-printable and octal escapes decode here, and not in the first reading."""
    layer = unprinted(Whole(written))

    assert (written if layer is None else layer.text) == read
    assert seen(written) == written


def test_control_characters_are_not_readable() -> None:
    """White space is, other controls are not."""
    assert readable("a\tb\r\n\u00e9\U0001f600")
    assert not any(map(readable, ("\0", "\x1b", "\x7f", "\x85")))
