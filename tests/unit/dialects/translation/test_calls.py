"""A call that broke off never looks whole to whoever runs it."""

import json
from typing import Any

import pytest

from guardrail_gw.core.exchange import AnswerEvent
from guardrail_gw.dialects.every import PROVIDERS
from guardrail_gw.dialects.translation.calls import Calls
from guardrail_gw.dialects.translation.hub import Arguments, Called
from guardrail_gw.dialects.translation.translate import TranslatedReader
from guardrail_gw.errors import UpstreamBroken

CLIENTS = ("anthropic_messages", "openai_responses", "gemini_generate")


def streamed(client: str, finish: str, *calls: tuple[str, ...]) -> list[AnswerEvent]:
    """A stream of chat in which these calls' arguments come in these pieces."""
    reader = TranslatedReader(
        inner=PROVIDERS["openai_chat"].reader(stream=True),
        provider="openai_chat",
        client=client,
        stream=True,
        created_s=1,
    )
    deltas = [_delta(at, piece, n) for at, call in enumerate(calls) for n, piece in enumerate(call)]
    chunks = [_chunk({"tool_calls": [delta]}, None) for delta in deltas]
    data = [*chunks, _chunk({}, finish), "[DONE]"]
    raw = "".join(f"data: {each}\n\n" for each in data)
    return [*reader.feed(raw.encode()), *reader.end()]


def _delta(at: int, piece: str, number: int) -> dict[str, Any]:
    named = {"id": f"call_{at}", "type": "function"} if number == 0 else {}
    name = {"name": "mail"} if number == 0 else {}
    return {"index": at, **named, "function": {**name, "arguments": piece}}


def _chunk(delta: dict[str, Any], finish: str | None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return json.dumps({"id": "c", "model": "m", "choices": [choice]})


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize(
    "calls",
    [
        [('{"to": "an',)],
        [('{"to": ', '"a"}'), ('{"to"',)],
        [('{"to": "an',), ('{"to": "b"}',)],
    ],
    ids=["one", "the last", "the first"],
)
def test_a_call_that_breaks_off_is_a_failure(client: str, calls: list[tuple[str, ...]]) -> None:
    """However well the provider says that it ended."""
    with pytest.raises(UpstreamBroken):
        streamed(client, "tool_calls", *calls)


@pytest.mark.parametrize("client", CLIENTS[:2])
def test_a_call_cut_by_its_length_says_so(client: str) -> None:
    """The reason for the end tells that it is not whole."""
    events = streamed(client, "length", ('{"to": "an',))

    told = json.dumps([event.data for event in events])
    assert "max_tokens" in told or "max_output_tokens" in told


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("pieces", [("",), ("{", "}"), (' {"a": [1, "x"]} ',)])
def test_a_whole_call_is_told(client: str, pieces: tuple[str, ...]) -> None:
    """Also one without arguments."""
    assert streamed(client, "tool_calls", pieces)[-1].kind


def test_a_text_is_whole_whatever_it_is() -> None:
    """Tools that take a text have no JSON that could break off."""
    calls = Calls()
    for event in (Called(id="1", name="patch", takes_text=True), Arguments(text='{"a')):
        calls.hear(event)

    calls.check()

    assert "{" not in repr(calls)
