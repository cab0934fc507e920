"""The stand-in in the Gemini dialect, over real HTTP."""

import json
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from yarl import URL

from guardrail_gw.standin.messages import signature
from guardrail_gw.standin.server import StandIn
from tests.support.gemini import events_of, joined, user

TEXT = "Grüße an PERSON_7K2QX9MD"
TOOLS: list[Any] = [{"functionDeclarations": [{"name": name} for name in ("mail", "book")]}]
IN_PIECES = {"functionCallingConfig": {"streamFunctionCallArguments": True}}
WHOLE, EVENTS, ARRAY = (
    *("generateContent", "streamGenerateContent?alt=sse"),
    "streamGenerateContent",
)


async def ask(
    provider: StandIn, model: str, operation: str = WHOLE, **body: Any
) -> tuple[int, bytes]:
    """Send one request and read the whole answer."""
    url = URL(f"{provider.base_url}/models/{quote(model)}:{operation}", encoded=True)
    body.setdefault("contents", [user(TEXT)])
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as response:
        return response.status, await response.read()


def parts_of(answer: bytes, operation: str) -> list[dict[str, Any]]:
    """The parts of an answer."""
    if operation == EVENTS:
        return events_of(answer)
    return json.loads(answer) if operation == ARRAY else [json.loads(answer)]


@pytest.mark.parametrize("operation", [WHOLE, EVENTS, ARRAY])
async def test_an_echo_is_the_last_user_text(operation: str) -> None:
    """However it is framed, it joins to the text, has finished and counts tokens."""
    async with StandIn() as provider:
        status, answer = await ask(provider, "echo?chars=3&bytes=5", operation)

    parts = parts_of(answer, operation)
    assert (status, joined(parts)) == (200, TEXT)
    assert parts[-1]["candidates"][0]["finishReason"] == "STOP"
    assert parts[-1]["usageMetadata"]["promptTokenCount"] == 3
    assert len(parts) == (1 if operation == WHOLE else 9)


@pytest.mark.parametrize("operation", [WHOLE, EVENTS])
async def test_tools_are_called_with_the_text(operation: str) -> None:
    """Each call has a tool's name and the text as its argument."""
    async with StandIn() as provider:
        _, answer = await ask(provider, "tool?calls=2", operation, tools=TOOLS)

    calls = [
        part["functionCall"]
        for each in parts_of(answer, operation)
        for part in each["candidates"][0]["content"]["parts"]
        if "functionCall" in part
    ]
    assert [(c["name"], c["args"]) for c in calls] == [
        *(("mail", {"text": TEXT}), ("book", {"text": TEXT})),
    ]


async def test_arguments_may_come_in_pieces() -> None:
    """Where the request asks for it."""
    async with StandIn() as provider:
        _, answer = await ask(provider, "tool", EVENTS, tools=TOOLS, toolConfig=IN_PIECES)

    calls = [
        part["functionCall"]
        for each in events_of(answer)
        for part in each["candidates"][0]["content"]["parts"]
        if "functionCall" in part
    ]
    assert calls[0] == {"name": "mail", "willContinue": True}
    assert "".join(c["partialArgs"][0]["stringValue"] for c in calls[1:-1]) == TEXT
    assert calls[-1] == {}


@pytest.mark.parametrize("operation", [WHOLE, EVENTS])
async def test_a_thought_is_signed_and_checked(operation: str) -> None:
    """One that comes back changed is refused, as a provider would."""
    async with StandIn() as provider:
        _, answer = await ask(provider, "think", operation)
        parts = [
            part
            for each in parts_of(answer, operation)
            for part in each["candidates"][0]["content"]["parts"]
        ]
        same, _ = await ask(provider, "echo", contents=[{"role": "model", "parts": parts}])
        parts[0]["text"] += "!"
        other, _ = await ask(provider, "echo", contents=[{"role": "model", "parts": parts}])

    signed = [part["thoughtSignature"] for part in parts if "thoughtSignature" in part]
    assert signed == [signature(TEXT)]
    assert joined(parts_of(answer, operation), thought=True) == TEXT
    assert (same, other) == (200, 400)


@pytest.mark.parametrize(
    ("operation", "body", "answer"),
    [
        ("countTokens", {}, {"totalTokens": 3}),
        ("embedContent", {"content": user(TEXT)}, {"embedding": {"values": [0.5, 3.0]}}),
        (
            "batchEmbedContents",
            {"requests": [{"content": user(TEXT)}, {"content": user("x")}]},
            {"embeddings": [{"values": [0.5, 0.0]}, {"values": [0.5, 1.0]}]},
        ),
    ],
)
async def test_other_operations_have_their_answers(
    operation: str, body: dict[str, Any], answer: dict[str, Any]
) -> None:
    """Counts and embeddings, told by the words of a text."""
    more = body if operation == "countTokens" else {"contents": [], **body}
    async with StandIn() as provider:
        status, got = await ask(provider, "echo", operation, **more)

    assert (status, json.loads(got)) == (200, answer)


@pytest.mark.parametrize("operation", [WHOLE, EVENTS, ARRAY])
async def test_errors_have_googles_shape(operation: str) -> None:
    """A status, and an error within a stream."""
    async with StandIn() as provider:
        status, refused = await ask(provider, "status-429", operation)
        _, within = await ask(provider, "error-in-stream?after=2", operation)

    assert (status, json.loads(refused)["error"]["status"]) == (429, "RESOURCE_EXHAUSTED")
    assert b'"status":"INTERNAL"' in within
    assert b"finishReason" not in within


async def test_another_operation_is_unknown() -> None:
    """What it does not speak is not found."""
    async with StandIn() as provider:
        status, _ = await ask(provider, "echo", "predict")

    assert status == 404
