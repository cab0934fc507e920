"""The real Anthropic client against the gateway, with only `base_url` and key changed."""

from collections.abc import AsyncIterator
from typing import Any

import anthropic
import pytest

from tests.support.world import KEY, World

TEXT = "My name is Anna Schmidt and my e-mail is anna.schmidt@example.org."
TOOLS: list[Any] = [
    {
        "name": "look_up",
        "description": "Look a person up.",
        "input_schema": {"type": "object", "properties": {"text": {"type": "string"}}},
    }
]
ASKED: list[Any] = [{"role": "user", "content": TEXT}]


@pytest.fixture
async def client(here: World) -> AsyncIterator[anthropic.AsyncAnthropic]:
    """The client as an application would make it."""
    async with anthropic.AsyncAnthropic(base_url=here.base_url, api_key=KEY, max_retries=0) as made:
        yield made


async def test_the_client_chats(client: anthropic.AsyncAnthropic, here: World) -> None:
    """A whole message comes back restored, with usage and the gateway's request id."""
    answer = await client.messages.create(model="claude", max_tokens=100, messages=ASKED)

    assert answer.content[0].type == "text"
    assert answer.content[0].text == TEXT
    assert answer.usage.output_tokens > 0
    assert answer._request_id == next(iter(here.pairs()))  # noqa: SLF001 - the client's public name
    assert b"Schmidt" not in here.eu.received[0].body
    assert here.us.received == []


@pytest.mark.parametrize("model", ["claude", "claude echo?chars=3", "claude echo?bytes=5"])
async def test_the_client_streams(client: anthropic.AsyncAnthropic, model: str) -> None:
    """Streamed deltas join to the restored text, and the message is complete."""
    async with client.messages.stream(model=model, max_tokens=100, messages=ASKED) as stream:
        text = "".join([piece async for piece in stream.text_stream])
        message = await stream.get_final_message()

    assert text == TEXT
    assert message.stop_reason == "end_turn"


@pytest.mark.parametrize("model", ["claude tool", "claude tool?calls=2"])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_the_client_calls_tools(
    client: anthropic.AsyncAnthropic, model: str, *, stream: bool
) -> None:
    """Each tool's input holds the originals."""
    asked: dict[str, Any] = {
        "model": model,
        "max_tokens": 100,
        "messages": ASKED,
        "tools": TOOLS,
    }
    if stream:
        async with client.messages.stream(**asked) as events:
            answer: Any = await events.get_final_message()
    else:
        answer = await client.messages.create(**asked)

    assert answer.stop_reason == "tool_use"
    assert [block.input for block in answer.content] == [{"text": TEXT}] * (1 + ("2" in model))


async def test_the_client_counts_tokens(client: anthropic.AsyncAnthropic, here: World) -> None:
    """The count is the provider's, of the redacted request."""
    counted = await client.messages.count_tokens(model="claude", messages=ASKED)

    assert counted.input_tokens > 0
    assert here.eu.received[0].path == "/v1/messages/count_tokens"
    assert b"Schmidt" not in here.eu.received[0].body


async def test_the_client_lists_models(client: anthropic.AsyncAnthropic) -> None:
    """Virtual models are listed and retrieved; one that nobody serves is not found."""
    names = [model.id async for model in client.models.list()]
    one = await client.models.retrieve("claude")

    assert "claude" in names
    assert (one.id, one.display_name, one.lifecycle) == ("claude", "claude", "active")
    with pytest.raises(anthropic.NotFoundError):
        await client.models.retrieve("nobody-knows")


async def test_the_client_asks_as_beta(client: anthropic.AsyncAnthropic, here: World) -> None:
    """The query and the beta header of the client reach the provider."""
    await client.beta.messages.create(
        model="claude",
        max_tokens=100,
        messages=ASKED,
        betas=["context-1m-2025-08-07"],
        extra_query={"beta": "true"},  # as earlier versions and Claude Code add by themselves
    )

    got = here.eu.received[0]
    assert got.path == "/v1/messages?beta=true"
    assert got.headers["anthropic-beta"] == "context-1m-2025-08-07"
    assert got.headers["anthropic-version"][:3] == "202"


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("model", ["claude think", "claude think?chars=3"])
async def test_thinking_that_comes_back_is_what_was_signed(
    client: anthropic.AsyncAnthropic, here: World, model: str, *, stream: bool
) -> None:
    """The client reads the originals in a thinking block, and the provider gets what it signed."""
    asked: dict[str, Any] = {"model": model, "max_tokens": 100}
    if stream:
        async with client.messages.stream(**asked, messages=ASKED) as events:
            first: Any = await events.get_final_message()
    else:
        first = await client.messages.create(**asked, messages=ASKED)
    again: Any = {"role": "assistant", "content": [b.model_dump() for b in first.content]}

    second: Any = await client.messages.create(
        **asked, messages=[*ASKED, again, {"role": "user", "content": "And my name?"}]
    )

    assert first.content[0].thinking == TEXT
    assert second.content[0].thinking == "And my name?"  # else the stand-in had refused
    assert b"Schmidt" not in here.eu.received[1].body


async def test_the_client_understands_refusals(client: anthropic.AsyncAnthropic) -> None:
    """A refusal is the client's own exception, with our stable code."""
    with pytest.raises(anthropic.NotFoundError) as refused:
        await client.messages.create(model="nobody-knows", max_tokens=1, messages=ASKED)

    body: Any = refused.value.body
    assert body["type"] == "error"
    assert body["error"]["type"] == "not_found_error"
    assert body["error"]["code"] == "model.unknown"
    assert body["request_id"] == refused.value.request_id


async def test_a_key_in_either_header(here: World) -> None:
    """`x-api-key` and `Authorization: Bearer` are the same; a provider's key is neither."""
    body = {"model": "claude", "max_tokens": 1, "messages": ASKED}

    by_key, _ = await here.post_messages(body)
    by_bearer, _ = await here.post_messages(
        body, headers={"Authorization": f"Bearer {KEY}", "x-api-key": "sk-ant-something-else"}
    )
    by_other, answer = await here.post_messages(body, headers={"x-api-key": "sk-ant-other"})

    assert (by_key, by_bearer, by_other) == (200, 200, 401)
    assert b'"authentication_error"' in answer
