import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.exchange import Head
from guardrail_gw.errors import BodyRefused
from tests.support.chat import encoded
from tests.support.responses import RESPONSES, body

TEXTS = st.text(max_size=20)
VALUES = st.recursive(
    TEXTS | st.booleans() | st.none(),  # a long number leaves as a string
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
ITEMS = st.lists(st.dictionaries(TEXTS, VALUES, max_size=3), max_size=3)
OTHERS = [Head(path="/responses/compact"), Head(path="/responses/input_tokens")]


@given(asked=TEXTS | ITEMS, more=st.dictionaries(TEXTS.map("x_{}".format), VALUES, max_size=2))
def test_nothing_is_lost(asked: Any, more: dict[str, Any]) -> None:
    """Without replacements the body leaves as it came; replaced by itself, it says the same."""
    raw = body(asked, **more, store=False)
    try:
        question = RESPONSES.parse(raw)
    except BodyRefused:  # JSON in a string that others might read, say
        return

    same = {i: s.text for i, s in enumerate(question.segments)}

    edited = RESPONSES.rewrite(question, same).addressed(b'"gpt"')
    assert RESPONSES.rewrite(question, {}).addressed(b'"gpt"') == raw
    assert json.loads(edited) == json.loads(raw)


@pytest.mark.parametrize("edits", [{}, {0: "bye"}], ids=["as it came", "edited"])
@pytest.mark.parametrize(
    "raw",
    [
        b'{"model":"gpt","input":"hello"}',
        b'{"input":"hello","model":"gpt"}',
        b'{ "store" : null , "model": "gpt", "input": "hello" }',
        b'{"input":"hello","model":"gpt","store":null}',
    ],
)
def test_storing_is_forbidden_where_nothing_is_said(raw: bytes, edits: dict[int, str]) -> None:
    """Left to itself a provider keeps what it answers, so the gateway says that it must not."""
    question = RESPONSES.parse(raw)

    outgoing = json.loads(RESPONSES.rewrite(question, edits).addressed(b'"gpt"'))

    assert outgoing == {"model": "gpt", "input": edits.get(0, "hello"), "store": False}


@pytest.mark.parametrize("store", [True, False])
def test_what_is_said_of_storing_stays(store: bool) -> None:  # noqa: FBT001 - a value of the wire
    """Whether `store: true` may be said is for the policy to decide."""
    raw = body("hello", store=store)

    assert RESPONSES.rewrite(RESPONSES.parse(raw), {}).addressed(b'"gpt"') == raw


@pytest.mark.parametrize(
    ("said", "stored", "leaves"),
    [
        ({}, None, False),
        ({}, True, None),
        ({}, False, False),
        ({"store": None}, False, False),
        ({"store": True}, None, True),
        ({"store": True}, True, True),
        ({"store": True}, False, False),
        ({"store": False}, True, False),
        ({"store": False}, False, False),
    ],
)
def test_the_policy_has_the_last_word_on_storing(
    said: dict[str, Any],
    stored: bool | None,  # noqa: FBT001 - a table
    leaves: bool | None,  # noqa: FBT001 - ditto
) -> None:
    """None: the body says nothing of it; what else it says is not touched."""
    question = RESPONSES.parse(body("hello", **said))

    for edits in ({}, {0: "bye"}):
        envelope = RESPONSES.rewrite(question, edits, stored=stored)
        outgoing = json.loads(envelope.addressed(b'"gpt"'))
        assert outgoing.pop("store", None) is leaves
        assert outgoing == {"model": "gpt", "input": edits.get(0, "hello")}


@pytest.mark.parametrize("head", OTHERS, ids=["compact", "count"])
def test_other_operations_know_nothing_of_storing(head: Head) -> None:
    """Providers keep nothing for them, and do not know the member."""
    raw = body("hello")

    assert RESPONSES.rewrite(RESPONSES.parse(raw, head), {}).addressed(b'"gpt"') == raw
    with pytest.raises(BodyRefused, match="/stream"):
        RESPONSES.parse(body("hello", stream=True), head)


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b"[]", "''"),
        (b'{"input":"x"}', "/model"),
        (b'{"model":"","input":"x"}', "/model"),
        (b'{"model":"m","input":1}', "/input"),
        (b'{"model":"m","input":{"role":"user"}}', "/input"),
        (b'{"model":"m","input":[{},"x"]}', "/input/1"),
        (b'{"model":"m","input":"x","stream":1}', "/stream"),
        (b'{"model":"m","input":"x","store":"yes"}', "/store"),
        (b'{"model":"m","input":"x","store":1}', "/store"),
    ],
)
def test_what_is_no_request_is_refused(raw: bytes, place: str) -> None:
    """The refusal names the member and no value."""
    with pytest.raises(BodyRefused, match=place) as refused:
        RESPONSES.parse(raw)

    assert refused.value.code == "body.wrong_type"


@pytest.mark.parametrize(
    ("text", "json_answer"),
    [
        (None, False),
        ({}, False),
        ({"format": {"type": "text"}}, False),
        ({"format": "json_object"}, False),
        ({"format": {"type": "json_object"}}, True),
        ({"format": {"type": "json_schema", "schema": {}}}, True),
    ],
)
def test_an_answer_in_json_is_known(text: Any, *, json_answer: bool) -> None:
    """Whoever asks for JSON gets restored values escaped for it."""
    assert RESPONSES.parse(body("x", text=text)).source.json_answer is json_answer


def test_a_repr_shows_nothing_a_person_wrote() -> None:
    """Neither the question nor its source shows content."""
    question = RESPONSES.parse(encoded({"model": "m", "input": [{"content": "canary-5d1f"}]}))

    assert "canary" not in repr(question)
