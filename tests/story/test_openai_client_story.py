"""The real OpenAI client against the gateway, with only `base_url` and key changed."""

import json
from collections.abc import AsyncIterator

import openai
import pytest

from tests.support.world import KEY, World

TEXT = "My name is Anna Schmidt and my e-mail is anna.schmidt@example.org."
TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "look_up",
            "parameters": {"type": "object", "properties": {"text": {"type": "string"}}},
        },
    }
]


@pytest.fixture
async def client(here: World) -> AsyncIterator[openai.AsyncOpenAI]:
    """The client as an application would make it."""
    async with openai.AsyncOpenAI(base_url=f"{here.base_url}/v1", api_key=KEY) as made:
        yield made


async def test_the_client_chats(client: openai.AsyncOpenAI, here: World) -> None:
    """A whole completion comes back restored, with usage."""
    answer = await client.chat.completions.create(
        model="assistant", messages=[{"role": "user", "content": TEXT}]
    )

    assert answer.choices[0].message.content == TEXT
    assert answer.usage is not None
    assert answer.usage.total_tokens > 0
    assert b"Schmidt" not in here.eu.received[0].body


async def test_the_client_streams(client: openai.AsyncOpenAI) -> None:
    """Streamed deltas join to the restored text; no usage chunk is forced on who did not ask."""
    stream = await client.chat.completions.create(
        model="echo?chars=3", messages=[{"role": "user", "content": TEXT}], stream=True
    )

    chunks = [chunk async for chunk in stream]

    assert "".join(c.choices[0].delta.content or "" for c in chunks) == TEXT
    assert all(c.usage is None for c in chunks)
    assert chunks[-1].choices[0].finish_reason == "stop"


async def test_the_client_gets_the_usage_it_asks_for(client: openai.AsyncOpenAI) -> None:
    """With `include_usage` the last chunk has no choices and the counts."""
    stream = await client.chat.completions.create(
        model="assistant",
        messages=[{"role": "user", "content": TEXT}],
        stream=True,
        stream_options={"include_usage": True},
    )

    last = [chunk async for chunk in stream][-1]

    assert last.choices == []
    assert last.usage is not None


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_the_client_calls_tools(client: openai.AsyncOpenAI, *, stream: bool) -> None:
    """Tool arguments parse and hold the originals."""
    if stream:
        async with client.chat.completions.stream(
            model="tool",
            messages=[{"role": "user", "content": TEXT}],
            tools=TOOLS,  # type: ignore[arg-type] # plain dicts, as applications write them
        ) as events:
            answer = await events.get_final_completion()
    else:
        answer = await client.chat.completions.create(  # type: ignore[assignment] # ditto
            model="tool",
            messages=[{"role": "user", "content": TEXT}],
            tools=TOOLS,  # type: ignore[arg-type] # ditto
        )

    calls = answer.choices[0].message.tool_calls
    assert calls
    assert json.loads(calls[0].function.arguments)["text"] == TEXT


async def test_the_client_lists_models(client: openai.AsyncOpenAI) -> None:
    """Virtual models are listed, providers' names for them are not."""
    names = [model.id async for model in client.models.list()]

    assert "assistant" in names


async def test_the_client_understands_refusals(client: openai.AsyncOpenAI) -> None:
    """A refusal is the client's own exception, with our stable code, and is not retried."""
    with pytest.raises(openai.NotFoundError) as refused:
        await client.chat.completions.create(
            model="nobody-knows", messages=[{"role": "user", "content": TEXT}]
        )

    assert refused.value.code == "model.unknown"


async def test_the_client_retrieves_a_model(client: openai.AsyncOpenAI) -> None:
    """One model is found by its id; one that nobody serves is the client's NotFoundError."""
    model = await client.models.retrieve("echo?chars=3")

    assert (model.id, model.object) == ("echo?chars=3", "model")
    with pytest.raises(openai.NotFoundError) as caught:
        await client.models.retrieve("nobody-knows")
    assert caught.value.code == "model.unknown"
