"""The stand-in in the Responses dialect, over real HTTP."""

import json
from typing import Any

import aiohttp
import pytest

from guardrail_gw.standin.responses import seal
from guardrail_gw.standin.server import StandIn
from tests.support.messages import events_of
from tests.support.responses import joined, reasoning

TEXT = "Grüße an PERSON_7K2QX9MD"
TOOLS: list[Any] = [
    {"type": "function", "name": "mail", "parameters": {}},
    {"type": "custom", "name": "patch"},
    {"type": "web_search"},
]


async def ask(
    provider: StandIn, model: str, path: str = "/responses", **more: Any
) -> tuple[int, bytes]:
    """Send one request and read the whole answer."""
    body = {"model": model, "input": TEXT, **more}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{provider.base_url}{path}", json=body) as response,
    ):
        return response.status, await response.read()


@pytest.mark.parametrize(
    "asked",
    [
        TEXT,
        [{"role": "user", "content": TEXT}, {"role": "assistant", "content": "x"}],
        [{"role": "user", "content": [{"type": "input_text", "text": TEXT}]}],
        [{"role": "user", "content": "x"}, {"type": "function_call_output", "output": TEXT}],
    ],
)
async def test_an_echo_is_the_last_user_text(asked: Any) -> None:
    """A whole answer repeats what the user or a tool said, counts, and says that it is stored."""
    async with StandIn() as provider:
        status, answer = await ask(provider, "echo", input=asked, instructions="be brief")

    said = json.loads(answer)
    assert (status, said["object"], said["status"]) == (200, "response", "completed")
    assert said["output"][0]["content"][0]["text"] == TEXT
    assert (said["usage"]["input_tokens"], said["instructions"]) == (3, "be brief")
    assert said["store"] is True


async def test_a_stream_says_the_same_in_pieces() -> None:
    """Deltas join to the text, between the events that the dialect puts around them."""
    async with StandIn() as provider:
        _, answer = await ask(provider, "echo?chars=3&bytes=5", stream=True)

    events = events_of(answer)
    assert joined(events) == TEXT
    assert [e["type"] for e in events if not e["type"].endswith(".delta")] == [
        *("response.created", "response.in_progress", "response.output_item.added"),
        *("response.content_part.added", "response.output_text.done"),
        *("response.content_part.done", "response.output_item.done", "response.completed"),
    ]
    assert [e["sequence_number"] for e in events] == list(range(len(events)))


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_tools_are_called_with_the_text(*, stream: bool) -> None:
    """A function gets JSON, a custom tool the text itself."""
    async with StandIn() as provider:
        _, answer = await ask(provider, "tool?calls=2", tools=TOOLS, stream=stream)

    events = events_of(answer)
    output = events[-1]["response"]["output"] if stream else json.loads(answer)["output"]
    assert [item["name"] for item in output] == ["mail", "patch"]
    assert json.loads(output[0]["arguments"]) == {"text": TEXT}
    assert output[1]["input"] == TEXT
    if stream:
        assert (json.loads(joined(events)), joined(events, 1)) == ({"text": TEXT}, TEXT)


async def test_reasoning_is_sealed_and_must_come_back_as_it_was() -> None:
    """Reasoning with its seal is taken; what was changed, or was never kept, is refused."""
    kept = reasoning("hm", encrypted_content=seal("hm"))
    changed = reasoning("hm!", encrypted_content=seal("hm"))
    named = {"type": "item_reference", "id": "rs_1"}
    async with StandIn() as provider:
        _, first = await ask(provider, "think")
        statuses = [
            (await ask(provider, "echo", input=[item]))[0] for item in (kept, changed, named)
        ]

    assert json.loads(first)["output"][0]["encrypted_content"] == seal(TEXT)
    assert statuses == [200, 400, 400]


async def test_other_operations_are_answered_at_once() -> None:
    """A token for each word; and the last text of the user beside a seal."""
    async with StandIn() as provider:
        _, counted = await ask(provider, "echo", "/responses/input_tokens")
        _, compacted = await ask(provider, "echo", "/responses/compact")
        refused, _ = await ask(provider, "status-429", "/responses/compact")

    assert json.loads(counted)["input_tokens"] == 3
    assert [item["type"] for item in json.loads(compacted)["output"]] == ["message", "compaction"]
    assert refused == 429


async def test_an_error_can_come_in_mid_answer() -> None:
    """After some content an event says that it broke off; whole, an object says so."""
    async with StandIn() as provider:
        _, answer = await ask(provider, "error-in-stream?after=2", stream=True)
        status, body = await ask(provider, "status-429")

    assert events_of(answer)[-1]["type"] == "error"
    assert (status, json.loads(body)["error"]["code"]) == (429, "rate_limit_exceeded")


async def test_a_tool_within_a_namespace_is_called_with_it() -> None:
    """As codex names the tools of MCP servers."""
    tool = {"type": "function", "name": "echo", "parameters": {}}
    within = [{"type": "namespace", "name": "mcp__gw", "tools": [tool]}]

    async with StandIn() as provider:
        _, answer = await ask(provider, "tool?pick=mcp__gw/echo", tools=within)

    (call,) = json.loads(answer)["output"]
    assert (call["name"], call["namespace"]) == ("echo", "mcp__gw")
