import json
from typing import Any

import pytest

from guardrail_gw.errors import BodyRefused
from tests.support.chat import CHAT, body, encoded


def outgoing(raw: bytes, replacements: dict[str, str] | None = None) -> bytes:
    """Rewrite a request, with replacements by the segment's text."""
    question = CHAT.parse(raw)
    chosen = {
        i: new
        for i, s in enumerate(question.segments)
        if (new := (replacements or {}).get(s.text)) is not None
    }
    return CHAT.rewrite(question, chosen).addressed(b'"other"')


@pytest.mark.parametrize(
    ("raw", "place"),
    [
        (b"[]", "''"),
        (b'"x"', "''"),
        (b'{"messages":[]}', "/model"),
        (b'{"model":1,"messages":[]}', "/model"),
        (b'{"model":"","messages":[]}', "/model"),
        (b'{"model":"m"}', "/messages"),
        (b'{"model":"m","messages":{}}', "/messages"),
        (b'{"model":"m","messages":["x"]}', "/messages/0"),
        (b'{"model":"m","messages":[],"stream":"yes"}', "/stream"),
        (b'{"model":"m","messages":[],"stream":1}', "/stream"),
        (b'{"model":"m","messages":[],"stream_options":"x"}', "/stream_options"),
        (b'{"model":"m","messages":[],"stream_options":{"include_usage":"x"}}', "include_usage"),
    ],
)
def test_wrong_types_are_named(raw: bytes, place: str) -> None:
    """A member of the wrong type is refused with its place."""
    with pytest.raises(BodyRefused) as refusal:
        CHAT.parse(raw)

    assert refusal.value.code == "body.wrong_type"
    assert place in refusal.value.detail


def test_only_the_models_name_changes() -> None:
    """Without replacements every byte but the model's name stays."""
    raw = b' {"x":{"model":"a"}, "model" : "gpt",\n"messages":[ {"content":"h\\u0069"} ]} '

    assert outgoing(raw) == raw.replace(b'"gpt"', b'"other"')


def test_replacements_reach_every_layer() -> None:
    """A value in prose, in a key and in JSON within a string is replaced; the rest stays."""
    arguments = json.dumps({"to": "Anna", "n": {"Anna": json.dumps(["Anna", 1.50])}}, indent=1)
    call = {"id": "call_abcdEFGH", "function": {"name": "f", "arguments": arguments}}
    raw = encoded(
        {
            "metadata": {"Anna": 1},
            "model": "gpt",
            "messages": [
                {"role": "assistant", "tool_calls": [call]},
                {"role": "user", "content": "Anna"},
            ],
        }
    )

    sent = outgoing(raw, {"Anna": 'X"1'})

    expected = json.loads(raw)
    expected["model"] = "other"
    expected["metadata"] = {'X"1': 1}
    expected["messages"][1]["content"] = 'X"1'
    inner = expected["messages"][0]["tool_calls"][0]["function"]
    found = json.loads(sent)
    got = found["messages"][0]["tool_calls"][0]["function"].pop("arguments")
    inner.pop("arguments")
    assert found == expected
    assert got == arguments.replace('\\"Anna\\"', '\\"X\\\\\\"1\\"').replace('"Anna"', '"X\\"1"')


def test_a_number_that_is_replaced_becomes_a_string() -> None:
    """A card number sent as an integer can be replaced as well."""
    sent = json.loads(
        outgoing(body("x", metadata={"c": 4111111111111111}), {"4111111111111111": "N"})
    )

    assert sent["metadata"] == {"c": "N"}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"include_usage": True}),
        ({"stream_options": None}, {"include_usage": True}),
        ({"stream_options": {}}, {"include_usage": True}),
        ({"stream_options": {"x": "y"}}, {"include_usage": True, "x": "y"}),
        ({"stream_options": {"x": 1, "include_usage": False}}, {"x": 1, "include_usage": True}),
        ({"stream_options": {"include_usage": None}}, {"include_usage": True}),
    ],
)
@pytest.mark.parametrize("edits", [{}, {"hi": "ho", "x": "z"}])
def test_usage_is_always_asked_for(options: Any, expected: Any, edits: Any) -> None:
    """A stream whose client wants no token counts is sent with the wish for them."""
    raw = body("hi", stream=True, **options)

    sent = json.loads(outgoing(raw, edits))

    renamed = {edits.get(k, k): v for k, v in expected.items()}
    assert sent["stream_options"] == renamed
    assert sent["messages"][0]["content"] == edits.get("hi", "hi")
    assert CHAT.parse(raw).source.usage_injected


@pytest.mark.parametrize(
    "raw",
    [
        body("hi"),
        body("hi", stream=False),
        body("hi", stream=True, stream_options={"include_usage": True}),
    ],
)
def test_usage_is_not_forced_on_others(raw: bytes) -> None:
    """Whole answers, and clients that ask themselves, are sent as they are."""
    assert outgoing(raw) == raw.replace(b'"gpt"', b'"other"')
    assert not CHAT.parse(raw).source.usage_injected


def test_a_question_shows_nothing_of_its_text() -> None:
    """The repr of a parsed request holds no user text."""
    question = CHAT.parse(body("canary-5d1f", metadata={"canary-5d1f": "canary-5d1f"}))

    assert "canary" not in repr(question)
