"""The real google-genai client against the gateway, with only base URL and key changed."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.support.world import KEY, World

genai = pytest.importorskip(
    "google.genai", reason="google-genai is not installed; the test extras list it"
)
errors: Any = pytest.importorskip("google.genai.errors")
types: Any = pytest.importorskip("google.genai.types")

pytestmark = pytest.mark.filterwarnings(
    "ignore:Inheritance class AiohttpClientSession:DeprecationWarning"  # of the client's own making
)
TEXT = "My name is Anna Schmidt, and my e-mail is anna.schmidt@example.org at work."
TOOLS = [
    {
        "function_declarations": [
            {
                "name": "look_up",
                "description": "Look a person up.",
                "parameters": {"type": "OBJECT", "properties": {"text": {"type": "STRING"}}},
            }
        ]
    }
]


@pytest.fixture
async def client(here: World) -> AsyncIterator[Any]:
    """The client as an application would make it."""
    options = types.HttpOptions(base_url=here.base_url)
    made = genai.Client(api_key=KEY, http_options=options)
    yield made.aio
    await made.aio.aclose()
    made.close()


async def test_the_client_generates(client: Any, here: World) -> None:
    """A whole answer comes back restored, with usage."""
    answer = await client.models.generate_content(model="gemini", contents=TEXT)

    assert answer.text == TEXT
    assert answer.candidates[0].finish_reason.name == "STOP"
    assert answer.usage_metadata.total_token_count > 0
    assert b"Schmidt" not in here.eu.received[0].body
    assert here.us.received == []


@pytest.mark.parametrize("told", ["echo", "echo?chars=3", "echo?bytes=5"])
async def test_the_client_streams(client: Any, here: World, told: str) -> None:
    """Streamed parts join to the restored text, and the answer has finished."""
    here.eu.script.append(told)

    parts = [
        part
        async for part in await client.models.generate_content_stream(model="gemini", contents=TEXT)
    ]

    assert "".join(part.text or "" for part in parts) == TEXT
    assert parts[-1].candidates[0].finish_reason.name == "STOP"


@pytest.mark.parametrize("calls", [1, 2])
@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_the_client_calls_tools(
    client: Any, here: World, calls: int, *, stream: bool
) -> None:
    """Each call's arguments hold the originals."""
    here.eu.script.append(f"tool?calls={calls}")
    asked = {"model": "gemini", "contents": TEXT, "config": {"tools": TOOLS}}
    if stream:
        answers = [a async for a in await client.models.generate_content_stream(**asked)]
    else:
        answers = [await client.models.generate_content(**asked)]

    called = [call for answer in answers for call in answer.function_calls or ()]
    assert [call.args for call in called] == [{"text": TEXT}] * calls


async def test_the_client_chats_over_two_turns(client: Any, here: World) -> None:
    """Signed thoughts are read with the originals, and come back as they were signed."""
    chat = client.chats.create(model="gemini think")

    first = await chat.send_message(TEXT)
    second = await chat.send_message("And my name?")

    thought, said = first.candidates[0].content.parts
    assert (thought.thought, thought.text, said.text) == (True, TEXT, TEXT)
    assert second.text == "And my name?"  # else the stand-in had refused
    assert b"Schmidt" not in here.eu.received[1].body


async def test_the_client_counts_and_embeds(client: Any, here: World) -> None:
    """Counts and embeddings are the provider's, of redacted texts."""
    counted = await client.models.count_tokens(model="gemini", contents=TEXT)
    texts = [types.Content(parts=[types.Part(text=TEXT)])] * 2
    embedded = await client.models.embed_content(model="gemini", contents=texts)

    assert counted.total_tokens > 0
    assert len(embedded.embeddings) == 2
    assert [got.path.rpartition(":")[2] for got in here.eu.received] == [
        *("countTokens", "batchEmbedContents"),
    ]
    assert not any(b"Schmidt" in got.body for got in here.eu.received)


async def test_the_client_lists_models(client: Any) -> None:
    """Virtual models are listed and found by name, one page at a time; others are not found."""
    listed = [model async for model in await client.models.list(config={"page_size": 5})]
    one = await client.models.get(model="gemini")

    names = [model.name for model in listed]
    assert len(names) == len(set(names)) > 5
    assert {"models/gemini", "models/assistant"} <= set(names)
    assert not any("echo-" in name or name.endswith("-0") for name in names)
    assert (one.name, one.display_name) == ("models/gemini", "gemini")
    assert "generateContent" in one.supported_actions
    with pytest.raises(errors.ClientError) as refused:
        await client.models.get(model="nobody-knows")
    assert refused.value.code == 404


async def test_the_client_understands_refusals(client: Any) -> None:
    """A refusal is the client's own exception, with our stable code."""
    with pytest.raises(errors.ClientError) as refused:
        await client.models.generate_content(model="nobody-knows", contents=TEXT)

    assert (refused.value.code, refused.value.status) == (404, "NOT_FOUND")
    assert refused.value.details["error"]["details"][0]["metadata"] == {"code": "model.unknown"}


async def test_the_client_learns_that_a_stream_broke_off(client: Any, here: World) -> None:
    """A truncated stream ends in the client's own exception."""
    here.eu.script.append("cut?after=3")

    with pytest.raises(errors.APIError) as broken:
        async for _ in await client.models.generate_content_stream(model="gemini", contents=TEXT):
            pass

    assert (broken.value.code, broken.value.status) == (502, "UNAVAILABLE")
