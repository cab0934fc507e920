"""The real OpenAI client asks for responses, with only `base_url` and key changed."""

import json
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from pydantic import BaseModel

from tests.support.world import KEY, World

TEXT = "My name is Anna Schmidt and my e-mail is anna.schmidt@example.org."
TOOLS: list[Any] = [
    {
        "type": "function",
        "name": "look_up",
        "strict": False,
        "parameters": {"type": "object", "properties": {"text": {"type": "string"}}},
    },
    {"type": "custom", "name": "write_down", "description": "Takes a text."},
]


class Said(BaseModel):
    """What a model is asked to answer."""

    text: str


@pytest.fixture
async def client(here: World) -> AsyncIterator[openai.AsyncOpenAI]:
    """The client as an application would make it."""
    async with openai.AsyncOpenAI(
        base_url=f"{here.base_url}/v1", api_key=KEY, max_retries=0
    ) as made:
        yield made


async def test_the_client_asks(client: openai.AsyncOpenAI, here: World) -> None:
    """A whole response comes back restored, with usage, and nothing is stored."""
    answer = await client.responses.create(model="assistant", input=TEXT, instructions=TEXT)

    assert answer.output_text == answer.instructions == TEXT
    assert answer.usage is not None
    assert answer.usage.total_tokens > 0
    assert answer.status == "completed"
    assert json.loads(here.eu.received[0].body)["store"] is False
    assert answer._request_id == next(iter(here.pairs()))  # noqa: SLF001 - the client's public name
    assert b"Schmidt" not in here.eu.received[0].body
    assert here.us.received == []


@pytest.mark.parametrize("model", ["assistant", "echo?chars=3", "echo?bytes=5"])
async def test_the_client_streams(client: openai.AsyncOpenAI, model: str) -> None:
    """Streamed deltas join to the restored text, and the last event holds it whole."""
    stream = await client.responses.create(model=model, input=TEXT, stream=True)

    events = [event async for event in stream]

    assert "".join(e.delta for e in events if e.type == "response.output_text.delta") == TEXT
    assert events[-1].type == "response.completed"
    assert events[-1].response.output_text == TEXT


@pytest.mark.parametrize("model", ["assistant", "echo?chars=3"])
async def test_the_client_puts_a_stream_together(client: openai.AsyncOpenAI, model: str) -> None:
    """The client's own account of the deltas is what the final response says."""
    async with client.responses.stream(model=model, input=TEXT) as stream:
        snapshots = [e.snapshot async for e in stream if e.type == "response.output_text.delta"]
        answer = await stream.get_final_response()

    assert snapshots[-1] == answer.output_text == TEXT


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_the_client_calls_tools(client: openai.AsyncOpenAI, *, stream: bool) -> None:
    """A function's arguments parse and hold the originals; a custom tool reads the text."""
    asked: dict[str, Any] = {"model": "tool?calls=2", "input": TEXT, "tools": TOOLS}
    if stream:
        async with client.responses.stream(**asked) as events:
            answer: Any = await events.get_final_response()
    else:
        answer = await client.responses.create(**asked)

    called, written = answer.output
    assert json.loads(called.arguments) == {"text": TEXT}
    assert written.input == TEXT


async def test_the_client_runs_a_loop_of_tools(client: openai.AsyncOpenAI, here: World) -> None:
    """Calls and their outputs come back with the next request, and nobody is named in it."""
    first = await client.responses.create(model="tool", input=TEXT, tools=TOOLS)
    call: Any = first.output[0]
    output = {"type": "function_call_output", "call_id": call.call_id, "output": f"Found: {TEXT}"}

    second = await client.responses.create(
        model="assistant",
        input=[{"role": "user", "content": TEXT}, call, output],  # type: ignore[list-item] # as applications do
        tools=TOOLS,
    )

    assert second.output_text == f"Found: {TEXT}"
    assert all(b"Schmidt" not in received.body for received in here.eu.received)


async def test_the_client_parses_json(client: openai.AsyncOpenAI, here: World) -> None:
    """An answer in JSON is parsed into what was asked for."""
    here.eu.script.append("echo?chars=3")

    answer = await client.responses.parse(
        model="assistant", input=json.dumps({"text": TEXT}), text_format=Said
    )

    assert answer.output_parsed == Said(text=TEXT)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_reasoning_that_comes_back_is_what_was_sealed(
    client: openai.AsyncOpenAI, here: World, *, stream: bool
) -> None:
    """The client reads the originals in a summary, and the provider gets its own again."""
    here.eu.script.append("think?chars=3")
    asked: dict[str, Any] = {"model": "assistant", "include": ["reasoning.encrypted_content"]}
    if stream:
        async with client.responses.stream(**asked, input=TEXT) as events:
            first: Any = await events.get_final_response()
    else:
        first = await client.responses.create(**asked, input=TEXT)

    second = await client.responses.create(
        **asked,
        input=[
            {"role": "user", "content": TEXT},
            *first.output,
            {"role": "user", "content": "And my name?"},
        ],
    )

    assert first.output[0].summary[0].text == TEXT
    assert second.output_text == "And my name?"  # else the stand-in had refused
    assert b"Schmidt" not in here.eu.received[1].body


async def test_the_client_counts_and_compacts(client: openai.AsyncOpenAI, here: World) -> None:
    """The other operations are the provider's, of the redacted request."""
    counted = await client.responses.input_tokens.count(model="assistant", input=TEXT)
    compacted = await client.responses.compact(model="assistant", input=TEXT)

    assert counted.input_tokens > 0
    assert compacted.output[-1].type == "compaction"
    assert [r.path for r in here.eu.received] == [
        "/v1/responses/input_tokens",
        "/v1/responses/compact",
    ]
    assert all(b"Schmidt" not in received.body for received in here.eu.received)


async def test_the_client_understands_refusals(client: openai.AsyncOpenAI) -> None:
    """A refusal is the client's own exception, with our stable code."""
    with pytest.raises(openai.NotFoundError) as unknown:
        await client.responses.create(model="nobody-knows", input=TEXT)
    with pytest.raises(openai.NotFoundError) as stateful:
        await client.responses.create(model="assistant", input=TEXT, previous_response_id="resp_1")

    assert unknown.value.code == "model.unknown"
    assert stateful.value.code == "state.unknown"


async def test_the_client_raises_at_a_truncated_stream(
    client: openai.AsyncOpenAI, here: World
) -> None:
    """A stream that breaks off is an exception and no response."""
    here.eu.script.append("cut?after=3")
    stream = await client.responses.create(model="assistant", input=TEXT, stream=True)

    with pytest.raises(openai.APIError) as broken:
        async for event in stream:
            assert event.type != "response.completed"

    assert broken.value.code == "upstream.malformed"
