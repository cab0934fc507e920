"""A request before and after redaction."""

import json

from hypothesis import given, strategies as st

from guardrail_gw.audit.content import Texts
from guardrail_gw.console.twins import Part, Said, Twin, compare
from tests.support.reviewed import LETTER, LETTER_SENT


def _texts(sent: str, original: str | None = None) -> Texts:
    def body(text: str) -> bytes:
        said = {"model": "m", "messages": [{"role": "user", "content": text}]}
        return json.dumps(said).encode()

    return Texts(sent=body(sent), original=None if original is None else body(original))


def _only(said: Said) -> Twin:
    (twin,) = said.twins
    return twin


def test_without_the_original_a_bar_stands_where_it_was() -> None:
    """The kind is told, the value is not there."""
    twin = _only(compare(_texts(LETTER_SENT)))

    assert [p.kind for p in twin.before if p.withheld] == ["PERSON", "EMAIL_ADDRESS", "IBAN_CODE"]
    assert [p.kind for p in twin.after or () if p.kind] == ["PERSON", "EMAIL_ADDRESS", "IBAN_CODE"]
    assert (twin.role, twin.place) == ("user", "messages / 1 / content")


def test_with_the_original_each_value_stands_at_its_place() -> None:
    """What was replaced is marked with its kind, what stayed is not."""
    twin = _only(compare(_texts(LETTER_SENT, LETTER)))

    assert [(p.kind, p.text) for p in twin.before if p.kind] == [
        ("PERSON", "Erika Mustermann"),
        ("EMAIL_ADDRESS", "erika@example.org"),
        ("IBAN_CODE", "DE89 3704 0044 0532 0130 00"),
    ]
    assert "".join(p.text for p in twin.before) == LETTER
    assert not any(p.withheld for p in twin.before)


def test_what_cannot_be_aligned_is_shown_whole() -> None:
    """A mask leaves no placeholder; the original is then one stretch."""
    twin = _only(compare(_texts("Call ****", "Call Erika")))

    assert twin.before == (Part(text="Call Erika"),)


def test_an_original_alone_is_shown_alone() -> None:
    """Records of earlier releases do not hold what left."""
    texts = Texts(original=b'{"input":"Erika"}')

    assert _only(compare(texts)).after is None


def test_what_is_of_the_wire_is_left_out() -> None:
    """Roles, models and types are not what somebody said; what else there is, is shown."""
    body = {"model": "m", "messages": [{"role": "user", "content": "a"}], "user": "b", "n": 1}

    said = compare(Texts(sent=json.dumps(body).encode()))

    assert [t.place for t in said.twins] == ["messages / 1 / content", "user"]


def test_content_that_is_no_json_is_not_shown() -> None:
    """It is said so instead."""
    assert compare(Texts(sent=b"\xff")).unreadable


def test_very_many_strings_are_counted() -> None:
    """A page shows some hundred of them."""
    said = compare(Texts(sent=json.dumps([f"text {n}" for n in range(1000)]).encode()))

    assert (len(said.twins), said.more) == (400, 600)


@given(original=st.text(), sent=st.text())
def test_an_original_is_always_shown_in_full(original: str, sent: str) -> None:
    """Whatever redaction made of it, cutting it for the page loses and adds nothing."""
    said = compare(
        Texts(original=json.dumps([original]).encode(), sent=json.dumps([sent]).encode())
    )

    assert "".join(part.text for twin in said.twins for part in twin.before) == original
