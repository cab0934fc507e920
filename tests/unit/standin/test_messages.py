"""The stand-in in the Messages dialect, over real HTTP."""

import json
from typing import Any

import aiohttp
import pytest

from guardrail_gw.standin.messages import signature
from guardrail_gw.standin.server import StandIn
from tests.support.messages import events_of, joined

TEXT = "Grüße an PERSON_7K2QX9MD"
TOOLS: list[Any] = [{"name": name, "input_schema": {}} for name in ("mail", "book")]


async def ask(
    provider: StandIn, model: str, path: str = "/messages", **more: Any
) -> tuple[int, bytes]:
    """Send one request and read the whole answer."""
    body = {"model": model, "messages": [{"role": "user", "content": TEXT}], **more}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{provider.base_url}{path}", json=body) as response,
    ):
        return response.status, await response.read()


async def test_an_echo_is_the_last_user_text() -> None:
    """A whole answer repeats what the user wrote and counts tokens."""
    async with StandIn() as provider:
        status, answer = await ask(provider, "echo")

    said = json.loads(answer)
    assert (status, said["type"], said["stop_reason"]) == (200, "message", "end_turn")
    assert said["content"] == [{"type": "text", "text": TEXT}]
    assert said["usage"]["input_tokens"] == 3


async def test_a_stream_says_the_same_in_pieces() -> None:
    """Deltas join to the text, between the events that the dialect puts around them."""
    async with StandIn() as provider:
        _, answer = await ask(provider, "echo?chars=3&bytes=5", stream=True)

    events = events_of(answer)
    assert joined(events, 0, "text") == TEXT
    assert [e["type"] for e in events if e["type"] != "content_block_delta"] == [
        *("message_start", "ping", "content_block_start", "content_block_stop"),
        *("message_delta", "message_stop"),
    ]


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_tools_are_called_with_the_text(*, stream: bool) -> None:
    """Each call has a tool's name and an input that is JSON."""
    async with StandIn() as provider:
        _, answer = await ask(provider, "tool?calls=2", tools=TOOLS, stream=stream)

    if stream:
        events = events_of(answer)
        inputs = [json.loads(joined(events, i, "partial_json")) for i in range(2)]
        names = [e["content_block"]["name"] for e in events if "content_block" in e]
    else:
        inputs = [block["input"] for block in json.loads(answer)["content"]]
        names = [block["name"] for block in json.loads(answer)["content"]]
    assert inputs == [{"text": TEXT}] * 2
    assert names == ["mail", "book"]


async def test_thinking_is_signed_and_must_come_back_as_it_was() -> None:
    """A block with its signature is taken; one that was changed is refused."""
    block = {"type": "thinking", "thinking": "hm", "signature": signature("hm")}
    changed = {**block, "thinking": "hm!"}
    async with StandIn() as provider:
        _, first = await ask(provider, "think")
        taken, refused = [
            await ask(provider, "echo", messages=[{"role": "assistant", "content": [b]}])
            for b in (block, changed)
        ]

    thinking = json.loads(first)["content"][0]
    assert thinking["signature"] == signature(TEXT)
    assert (taken[0], refused[0]) == (200, 400)


async def test_tokens_are_counted() -> None:
    """A token for each word."""
    async with StandIn() as provider:
        counted = await ask(provider, "echo", "/messages/count_tokens")
        refused = await ask(provider, "status-429", "/messages/count_tokens")

    assert counted == (200, b'{"input_tokens": 3}')
    assert refused[0] == 429


@pytest.mark.parametrize(
    ("model", "status", "kind"),
    [("status-529", 529, "overloaded_error"), ("status-429", 429, "rate_limit_error")],
)
async def test_errors_are_the_dialect_s(model: str, status: int, kind: str) -> None:
    """An error object names the type that belongs to its status."""
    async with StandIn() as provider:
        got, answer = await ask(provider, model)

    assert (got, json.loads(answer)["error"]["type"]) == (status, kind)


async def test_an_error_can_come_in_mid_answer() -> None:
    """After some content an event says that it broke off."""
    async with StandIn() as provider:
        _, answer = await ask(provider, "error-in-stream?after=2", stream=True)

    assert events_of(answer)[-1]["type"] == "error"
