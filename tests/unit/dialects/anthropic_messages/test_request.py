import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.exchange import Head
from guardrail_gw.errors import BodyRefused
from tests.support.chat import encoded
from tests.support.messages import MESSAGES, body

TEXTS = st.text(max_size=20)
BLOCKS = st.recursive(
    TEXTS | st.booleans() | st.none(),  # a long number leaves as a string
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(content=BLOCKS, more=st.dictionaries(TEXTS.map("x_{}".format), BLOCKS, max_size=2))
def test_nothing_is_lost(content: Any, more: dict[str, Any]) -> None:
    """Without replacements the body leaves as it came; replaced by itself, it says the same."""
    raw = body(content, **more)
    try:
        question = MESSAGES.parse(raw)
    except BodyRefused:  # JSON in a string that others might read, say
        return

    same = {i: s.text for i, s in enumerate(question.segments)}

    edited = MESSAGES.rewrite(question, same).addressed(b'"claude"')
    assert MESSAGES.rewrite(question, {}).addressed(b'"claude"') == raw
    assert json.loads(edited) == json.loads(raw)


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b"[]", "''"),
        (b'{"messages":[]}', "/model"),
        (b'{"model":1,"messages":[]}', "/model"),
        (b'{"model":"m"}', "/messages"),
        (b'{"model":"m","messages":["x"]}', "/messages/0"),
        (b'{"model":"m","messages":[],"stream":1}', "/stream"),
    ],
)
def test_what_is_no_request_is_refused(raw: bytes, place: str) -> None:
    """The refusal names the member and no value."""
    with pytest.raises(BodyRefused, match=place) as refused:
        MESSAGES.parse(raw)

    assert refused.value.code == "body.wrong_type"


def test_a_count_is_no_stream() -> None:
    """Where tokens are counted, nothing can be streamed."""
    with pytest.raises(BodyRefused, match="/stream"):
        MESSAGES.parse(body("x", stream=True), Head(path="/messages/count_tokens"))


@pytest.mark.parametrize(
    ("more", "json_answer"),
    [
        ({}, False),
        ({"output_config": {"effort": "low"}}, False),
        ({"output_config": {"format": {"type": "json_schema"}}}, True),
        ({"output_format": {"type": "json_schema"}}, True),
    ],
)
def test_an_answer_in_json_is_known(more: dict[str, Any], *, json_answer: bool) -> None:
    """Whoever asks for JSON gets restored values escaped for it."""
    assert MESSAGES.parse(body("x", **more)).source.json_answer is json_answer


def test_headers_are_looked_at_before_sending() -> None:
    """What goes on in headers is among the texts of the residual check."""
    head = MESSAGES.head("/v1/messages", {"anthropic-beta": "context-1m-2025-08-07"})

    question = MESSAGES.parse(body("x"), head)

    assert ("context-1m-2025-08-07", "header anthropic-beta") in MESSAGES.leaves(question)


def test_a_repr_shows_nothing_a_person_wrote() -> None:
    """Neither the question nor its source shows content."""
    question = MESSAGES.parse(encoded({"model": "m", "messages": [{"content": "canary-5d1f"}]}))

    assert "canary" not in repr(question)
