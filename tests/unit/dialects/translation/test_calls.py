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


@pytest.mark.parametrize("stop", ["tool_use", "max_tokens"])
@pytest.mark.parametrize("stream", [True, False])
def test_a_call_without_arguments_has_an_object_of_none(stop: str, stream: bool) -> None:  # noqa: FBT001 - a table
    """Clients of chat read the text of the arguments as JSON, which an empty one is not.

    Of an answer that ran out of tokens nobody knows whether the last one would have had any.
    """
    given: list[dict[str, Any]] = [{}, {"a": 1}, {}]
    blocks = [
        {"type": "tool_use", "id": f"t{n}", "name": "now", "input": each}
        for n, each in enumerate(given)
    ]
    head = {"id": "m", "type": "message", "role": "assistant", "model": "m"}
    counts = {"input_tokens": 1, "output_tokens": 2}
    ended = {"stop_reason": stop, "stop_sequence": None}
    if not stream:
        raw = json.dumps({**head, "content": blocks, "usage": counts, **ended}).encode()
    else:
        raw = messages_stream(
            {"type": "message_start", "message": {**head, "content": [], "usage": counts}},
            *(
                event
                for n, block in enumerate(blocks)
                for event in (
                    {"type": "content_block_start", "index": n, "content_block": block},
                    {"type": "content_block_stop", "index": n},
                )
            ),
            {"type": "message_delta", "delta": ended, "usage": {"output_tokens": 2}},
            {"type": "message_stop"},
        )

    written = arguments_of(told_to_chat(raw, stream=stream), stream=stream)

    if stop == "tool_use":
        assert written == ["{}", '{"a":1}', "{}"]
    else:
        assert written[-1] == ""


def told_to_chat(raw: bytes, *, stream: bool) -> list[dict[str, Any]]:
    """What a client of chat is told of an answer in the Messages dialect."""
    reader = TranslatedReader(
        inner=PROVIDERS["anthropic_messages"].reader(stream=stream),
        provider="anthropic_messages",
        client="openai_chat",
        stream=stream,
        created_s=1,
    )
    return [event.data for event in (*reader.feed(raw), *reader.end()) if event.data]


def arguments_of(told: list[dict[str, Any]], *, stream: bool) -> list[str]:
    """The text of each call's arguments."""
    written: dict[int, str] = {}
    for chunk in told:
        for choice in chunk["choices"]:
            calls = choice["delta" if stream else "message"].get("tool_calls") or ()
            for at, call in enumerate(calls):
                number = call.get("index", at)
                written[number] = written.get(number, "") + call["function"]["arguments"]
    return list(written.values())


def messages_stream(*events: dict[str, Any]) -> bytes:
    """Events of the Messages dialect as server-sent ones."""
    return "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events).encode()
