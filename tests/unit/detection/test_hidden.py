"""Values in another form than their own: found, and their place covers all of it."""

from base64 import b64encode

import pytest

from guardrail_gw.core.text import Entity, Finding, SegmentKind
from guardrail_gw.detection.engine import Engine
from guardrail_gw.detection.hidden import hidden
from guardrail_gw.detection.rules.every import RULES
from guardrail_gw.detection.rules.window import Whole

ENGINE = Engine(rules=RULES, names=None)
MAIL = "anna.schmidt@example.com"
HIDDEN = {
    "zero-width": "an\u200bna.schmidt@\u2060example.com",
    "bidi": "\u202eanna\u202c.schmidt@example.com",
    "soft hyphen": "anna.sch\u00admidt@exam\u00adple.com",
    "full-width": "\uff41nna.schmidt\uff20example\uff0ecom",
    "Cyrillic": "\u0430nn\u0430.schmidt@ex\u0430mple.com",
    "mathematical": "\U0001d41a\U0001d427\U0001d427\U0001d41a.schmidt@example.com",
    "small capitals": "\u1d00\u0274\u0274\u1d00.schmidt@example.com",
    "strange digits": "DE\u0668\u0669 \u0663\u0667\u0660\u0664 0044 0532 0130 00",
    "key caps": "4\ufe0f\u20e3111111111111111",
    "spaced": "a n n a @ e x a m p l e . c o m",
    "spaced number": "D E 8 9 3 7 0 4 0 0 4 4 0 5 3 2 0 1 3 0 0 0",
    "dotted digits": "4.1.1.1.1.1.1.1.1.1.1.1.1.1.1.1",
    "dotted groups": "4111.1111.1111.1111",
    "one below the other": "4111\n1111\n1111\n1111",
    "dashes": "4111\u20131111\u20131111\u20131111",
    "spelt": "anna (at) example (dot) com",
    "spelt in brackets": "anna [at] example dot org",
    "spelt bare": "anna at example dot com",
    "named entities": "anna.schmidt&commat;example&period;com",
    "numeric entity": "anna.schmidt&#64;example.com",
    "nested entity": "anna.schmidt&amp;#64;example.com",
    "percent": "anna.schmidt%40example.com",
    "percent twice": "anna.schmidt%2540example.com",
    "broken byte before": "anna.schmidt%FF%40example.com",
    "backslash-u": r"anna.schmidt\u0040example.com",
    "backslash-x": r"anna.schmidt\x40example.com",
    "python name": r"anna.schmidt\N{COMMERCIAL AT}example.com",
    "octal": r"anna.schmidt\100example.com",
    "quoted-printable": "anna.schmidt=40example.com",
    "base64": b64encode(MAIL.encode()).decode(),
    "base64 of more": b64encode(f"Write to {MAIL}, please".encode()).decode(),
    "hexadecimal": MAIL.encode().hex(),
    "combining marks": "4\u030011\u03361111111111111",
}


@pytest.mark.parametrize("form", HIDDEN)
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "these are the words before {} and some behind",
        "\U0001f600 see {} \U0001f600",
        "x: {}; y",
    ],
)
def test_a_hidden_value_is_found_whole(form: str, around: str) -> None:
    """One finding covers the value as it is written, to the character, whatever stands beside."""
    written = HIDDEN[form]
    text = around.format(written)

    (found,) = ENGINE.scan([(text, SegmentKind.PROSE)])[0]

    rest = text[: found.start] + text[found.end :]
    assert "".join(filter(str.isalnum, rest)) == "".join(filter(str.isalnum, around))
    assert found.score >= 0.75


PLACES = {
    "a path": "https://example.com/users/{}/edit",
    "a query": "https://example.com/?to={}&x=1",
    "a file name": "report_{}.pdf",
    "a comment": "x = 1  # ask {}",
    "a fenced block": "```python\nx = '{}'\n```",
    "a table": "| Name | Contact |\n|---|---|\n| A | {} |",
    "a CSV line": "1;{};active",
    "a log line": "2026-01-01T00:00:00Z INFO user={} done",
    "a member": '{{"to": "{}"}}',
    "a member's name": '{{"{}": 1}}',
}


@pytest.mark.parametrize("value", [MAIL, "DE89370400440532013000", "4111111111111111"])
@pytest.mark.parametrize("place", PLACES)
def test_a_value_is_found_in_any_place(place: str, value: str) -> None:
    """Wherever a value stands in technical text, no piece of it is left beside the finding."""
    text = PLACES[place].format(value)

    found = ENGINE.scan([(text, SegmentKind.PROSE)])[0]

    left = text
    for finding in reversed(found):
        left = left[: finding.start] + left[finding.end :]
    assert found
    assert not any(piece in left for piece in ("anna", "schmidt", "37040044", "11111111"))


def told(score: float) -> list[Finding]:
    """One finding of a reading's first ten characters."""
    return [Finding(start=0, end=10, entity=Entity("X"), score=score, recognizer="x")]


@pytest.mark.parametrize(("score", "count"), [(0.74, 0), (0.75, 1)])
def test_only_what_is_sure_counts(score: float, count: int) -> None:
    """A second reading makes numbers of what are none, so a weak finding in it is none."""
    assert len(list(hidden(Whole("4111.1111.1111.1111"), lambda _: told(score)))) == count


def test_what_the_first_reading_shows_is_not_told_twice() -> None:
    """A finding that touches nothing rewritten does not count."""
    assert list(hidden(Whole("0123456789 and 4111.1111.1111.1111"), lambda _: told(1.0))) == []


def test_far_from_a_change_nothing_is_read_anew() -> None:
    """A long text with one hidden value is read anew only around it."""
    asked: list[str] = []

    def find(text: str) -> list[Finding]:
        asked.append(text)
        return []

    text = "plain words " * 1000 + "4111.1111.1111.1111" + " more words" * 1000
    list(hidden(Whole(text), find))

    assert [("4" + "1" * 15) in text for text in asked] == [True]
    assert len(asked[0]) < 500


def test_ordinary_text_is_read_once() -> None:
    """A text without such forms has no second reading."""
    asked: list[str] = []

    def find(text: str) -> list[Finding]:
        asked.append(text)
        return []

    list(hidden(Whole("Anna lives in Bonn, 2026-01-02, call +49 30 901820."), find))

    assert asked == []
