"""Clients of one dialect served by providers of another, told by bytes and by the real clients."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import anthropic
import openai
import pytest

from tests.support.messages import events_of, joined
from tests.support.world import KEY, World, streamed_text

NAME, EMAIL = "Anna Schmidt", "anna.schmidt@example.org"
TEXT = f"My name is {NAME}, write to {EMAIL}."
CALL = {"id": "call_1", "type": "function", "function": {"name": "mail", "arguments": "{}"}}
CHAT_PLACES: dict[str, list[dict[str, Any]]] = {
    "text": [{"role": "user", "content": TEXT}],
    "system": [{"role": "system", "content": TEXT}, {"role": "user", "content": "?"}],
    "arguments": [
        {"role": "user", "content": "?"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {
                    **CALL,
                    "function": {"name": "mail", "arguments": json.dumps({"to": [EMAIL, NAME]})},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": TEXT},
    ],
}


def assert_clean(bodies: list[bytes]) -> None:
    """No original in any body, in whatever way JSON may write it."""
    assert bodies
    for body in bodies:
        decoded = json.dumps(json.loads(body), ensure_ascii=False).replace("\\", "")
        assert NAME not in decoded
        assert EMAIL not in decoded


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("place", CHAT_PLACES)
async def test_nothing_leaks_in_other_words(here: World, place: str, *, stream: bool) -> None:
    """Translated requests hold placeholders where the client's held originals, within the EU."""
    status, _ = await here.post(
        {"model": "claude", "messages": CHAT_PLACES[place], "stream": stream}
    )

    assert status == 200
    assert_clean(here.sent)
    assert here.us.received == []
    assert json.loads(here.sent[0])["max_tokens"] == 4096


@pytest.mark.parametrize("model", ["claude", "claude echo?chars=3", "claude echo?bytes=5"])
async def test_a_chat_client_is_answered_by_messages(here: World, model: str) -> None:
    """Whole and streamed, restored, in chunks of the client's dialect."""
    _, whole = await here.ask(TEXT, model=model)
    _, streamed = await here.ask(TEXT, model=model, stream=True)

    assert whole["choices"][0]["message"]["content"] == TEXT
    assert streamed_text(streamed) == TEXT
    assert streamed[-1] == "[DONE]"


@pytest.mark.parametrize("model", ["assistant", "echo?chars=3", "echo?bytes=5"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_a_messages_client_is_answered_by_chat(
    here: World, model: str, *, stream: bool
) -> None:
    """Whole and streamed, restored, with the text joined from the client's own events."""
    asked = {
        "model": model,
        "max_tokens": 50,
        "messages": [{"role": "user", "content": TEXT}],
        "stream": stream,
    }

    status, answer = await here.post_messages(asked)

    assert status == 200
    if stream:
        assert joined(events_of(answer), 0, "text") == TEXT
    else:
        assert json.loads(answer)["content"][0]["text"] == TEXT
    assert_clean(here.sent)
    assert json.loads(here.sent[0])["max_tokens"] == 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """Two real clients of one gateway."""

    chat: openai.AsyncOpenAI
    messages: anthropic.AsyncAnthropic


@pytest.fixture
async def clients(here: World) -> AsyncIterator[Clients]:
    """Both, as applications would make them."""
    async with (
        openai.AsyncOpenAI(base_url=f"{here.base_url}/v1", api_key=KEY, max_retries=0) as chat,
        anthropic.AsyncAnthropic(base_url=here.base_url, api_key=KEY, max_retries=0) as messages,
    ):
        yield Clients(chat=chat, messages=messages)


async def test_the_openai_client_calls_tools_of_a_messages_model(clients: Clients) -> None:
    """Arguments are whole JSON with the originals in it, streamed."""
    function: Any = {"name": "look_up", "parameters": {"type": "object", "properties": {}}}
    stream = await clients.chat.chat.completions.create(
        model="claude tool",
        messages=[{"role": "user", "content": TEXT}],
        tools=[{"type": "function", "function": function}],
        stream=True,
        stream_options={"include_usage": True},
    )

    chunks = [chunk async for chunk in stream]

    calls = [
        c for chunk in chunks for choice in chunk.choices for c in choice.delta.tool_calls or ()
    ]
    arguments = "".join(c.function.arguments or "" for c in calls if c.function)
    assert EMAIL in json.dumps(json.loads(arguments))
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens > 0


async def test_the_anthropic_client_calls_tools_of_a_chat_model(clients: Clients) -> None:
    """The input of each call holds the originals, and the message ends with `tool_use`."""
    tool: Any = {"name": "look_up", "input_schema": {"type": "object", "properties": {}}}
    asked: Any = [{"role": "user", "content": TEXT}]
    async with clients.messages.messages.stream(
        model="tool", max_tokens=100, messages=asked, tools=[tool]
    ) as stream:
        message = await stream.get_final_message()

    assert message.stop_reason == "tool_use"
    uses = [block for block in message.content if block.type == "tool_use"]
    assert EMAIL in json.dumps([use.input for use in uses])


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_what_cannot_be_translated_is_refused_by_name(here: World, *, stream: bool) -> None:
    """Nobody is asked for something else; the client learns which member stands in the way."""
    status, answer = await here.ask("hello", model="claude", n=2, stream=stream)

    assert status == 400
    assert answer["error"]["code"] == "routing.untranslatable"
    assert answer["error"]["message"].endswith("anthropic_messages has no words for n")
    assert here.sent == []


async def test_what_was_left_out_is_on_record(here: World) -> None:
    """The outcome names the members that the translation did not say."""
    await here.ask("hello", model="claude", seed=7, frequency_penalty=0.5)

    outcomes = [r.meta for r in here.records() if r.kind == "outcome" and r.meta]
    assert outcomes[-1]["left_out"] == ["frequency_penalty", "seed"]


async def test_a_cut_answer_of_another_dialect_never_looks_complete(here: World) -> None:
    """An error event in the client's dialect, and no end mark."""
    _, answer = await here.ask(TEXT, model="claude cut?after=2", stream=True)

    assert "[DONE]" not in answer
    assert "error" in answer[-1]
