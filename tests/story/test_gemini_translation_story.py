"""Gemini clients served by providers of other dialects, and others' clients by Gemini providers.

Told by the bytes that providers receive, and by the real google-genai and openai clients.
"""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote

import anthropic
import openai
import pytest

from tests.support.gemini import events_of, joined, user
from tests.support.messages import events_of as messages_of, joined as said_in
from tests.support.world import KEY, World, streamed_text

genai = pytest.importorskip(
    "google.genai", reason="google-genai is not installed; the test extras list it"
)
errors: Any = pytest.importorskip("google.genai.errors")
types: Any = pytest.importorskip("google.genai.types")

pytestmark = pytest.mark.filterwarnings(
    "ignore:Inheritance class AiohttpClientSession:DeprecationWarning"  # of the client's own making
)
NAME, EMAIL = "Anna Schmidt", "anna.schmidt@example.org"
TEXT = f"My name is {NAME}, write to {EMAIL}."
OTHERS = ("assistant", "claude")
"""Models of which every deployment speaks chat, and Messages."""
PLACES: dict[str, dict[str, Any]] = {
    "text": {"contents": [user(TEXT)]},
    "system": {"contents": [user("?")], "systemInstruction": {"parts": [{"text": TEXT}]}},
    "call and result": {
        "contents": [
            user("?"),
            {"role": "model", "parts": [{"functionCall": {"name": "mail", "args": {"to": EMAIL}}}]},
            user({"functionResponse": {"name": "mail", "response": {"rows": [TEXT]}}}),
        ]
    },
    "tool": {
        "contents": [user("?")],
        "tools": [{"functionDeclarations": [{"name": "mail", "description": TEXT}]}],
    },
}


def at(model: str, operation: str = "generateContent") -> str:
    """A path."""
    return f"/v1beta/models/{quote(model)}:{operation}"


def assert_clean(bodies: list[bytes]) -> None:
    """No original in any body, in whatever way JSON may write it."""
    assert bodies
    for body in bodies:
        decoded = json.dumps(json.loads(body), ensure_ascii=False).replace("\\", "")
        assert NAME not in decoded
        assert EMAIL not in decoded


@pytest.mark.parametrize("operation", ["generateContent", "streamGenerateContent?alt=sse"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("model", OTHERS)
async def test_nothing_leaks_in_other_words(
    here: World, model: str, place: str, operation: str
) -> None:
    """Translated requests hold placeholders where the client's held originals, within the EU."""
    status, _ = await here.post_gemini(PLACES[place], path=at(model, operation))

    assert status == 200
    assert_clean(here.sent)
    assert here.us.received == []
    assert list(here.pairs().values()) == [["intent", "outcome"]]


@pytest.mark.parametrize("model", ["assistant", "echo?chars=3", "claude", "claude echo?bytes=5"])
@pytest.mark.parametrize("framing", ["?alt=sse", ""])
async def test_a_stream_comes_back_as_it_was_typed(here: World, model: str, framing: str) -> None:
    """As events or as one array, restored, and its last part alone has a finish reason."""
    path = at(model, f"streamGenerateContent{framing}")

    _, answer = await here.post_gemini(PLACES["text"], path=path)

    parts = events_of(answer) if framing else json.loads(answer)
    assert joined(parts) == TEXT
    finished = [p["candidates"][0].get("finishReason") for p in parts]
    assert finished == [None] * (len(parts) - 1) + ["STOP"]
    assert parts[-1]["usageMetadata"]["promptTokenCount"] > 0


@pytest.mark.parametrize("model", OTHERS)
@pytest.mark.parametrize("told", ["cut?after=2", "error-in-stream?after=2"])
async def test_a_truncated_answer_never_looks_complete(here: World, model: str, told: str) -> None:
    """It ends with an error, and no candidate has finished."""
    here.eu.script.append(told)
    path = at(model, "streamGenerateContent?alt=sse")

    _, answer = await here.post_gemini(PLACES["text"], path=path)

    parts = events_of(answer)
    assert parts[-1]["error"]["status"] == "UNAVAILABLE"
    assert not any("finishReason" in c for p in parts for c in p.get("candidates", ()))


@pytest.mark.parametrize("model", OTHERS)
@pytest.mark.parametrize(
    ("told", "status", "kind"),
    [
        ("status-429?retry_after=60", 429, "RESOURCE_EXHAUSTED"),
        ("status-400", 400, "INVALID_ARGUMENT"),
        ("status-500", 502, "UNAVAILABLE"),
    ],
)
async def test_a_failure_keeps_its_meaning(
    here: World, model: str, told: str, status: int, kind: str
) -> None:
    """What every provider answered is said in the words of the client's dialect."""
    for provider in (here.eu, here.eu2):
        provider.script.extend([told] * 4)

    got, answer = await here.post_gemini(PLACES["text"], path=at(model))

    error = json.loads(answer)["error"]
    assert (got, error["code"], error["status"]) == (status, status, kind)


@pytest.mark.parametrize("model", OTHERS)
async def test_what_cannot_be_translated_is_refused_by_name(here: World, model: str) -> None:
    """Nobody is asked for something else; the client learns which member stands in the way."""
    body = {"contents": [user("hi")], "tools": [{"codeExecution": {}}]}

    status, answer = await here.post_gemini(body, path=at(model))

    error = json.loads(answer)["error"]
    assert (status, error["details"][0]["metadata"]["code"]) == (400, "routing.untranslatable")
    assert error["message"].endswith("has no words for tools[].codeExecution")
    assert here.sent == []


async def test_what_was_left_out_is_on_record(here: World) -> None:
    """The outcome names the members that the translation did not say."""
    body = {"contents": [user("hi")], "generationConfig": {"topK": 5}, "labels": {"a": "b"}}

    await here.post_gemini(body, path=at("assistant"))

    outcomes = [r.meta for r in here.records() if r.kind == "outcome" and r.meta]
    assert outcomes[-1]["left_out"] == ["generationConfig.topK", "labels"]


@pytest.mark.parametrize("model", ["gemini", "gemini echo?chars=3", "gemini echo?bytes=5"])
async def test_chat_and_messages_clients_are_answered_by_gemini(here: World, model: str) -> None:
    """Whole and streamed, restored; the model and the stream are asked for in the path."""
    asked = {
        "model": model,
        "max_tokens": 50,
        "messages": [{"role": "user", "content": TEXT}],
        "stream": True,
    }

    _, whole = await here.ask(TEXT, model=model)
    _, streamed = await here.ask(TEXT, model=model, stream=True)
    _, messages = await here.post_messages(asked)

    assert whole["choices"][0]["message"]["content"] == TEXT
    assert streamed_text(streamed) == TEXT
    assert streamed[-1] == "[DONE]"
    assert said_in(messages_of(messages), 0, "text") == TEXT
    paths = [got.path.partition(":")[2] for got in here.eu.received]
    assert paths == ["generateContent", *["streamGenerateContent?alt=sse"] * 2]
    assert not any(b'"model"' in body for body in here.sent)
    assert_clean(here.sent)


async def test_a_cut_answer_of_gemini_never_looks_complete(here: World) -> None:
    """Chat clients get an error, no reason for an end, and no end mark."""
    _, answer = await here.ask(TEXT, model="gemini cut?after=2", stream=True)

    assert "[DONE]" not in answer
    assert "error" in answer[-1]
    assert not any(c["finish_reason"] for e in answer for c in e.get("choices", ()))


@pytest.fixture
async def client(here: World) -> AsyncIterator[Any]:
    """The google-genai client as an application would make it."""
    options = types.HttpOptions(base_url=here.base_url)
    made = genai.Client(api_key=KEY, http_options=options)
    yield made.aio
    await made.aio.aclose()
    made.close()


@pytest.mark.parametrize("model", OTHERS)
async def test_the_google_client_generates(client: Any, here: World, model: str) -> None:
    """Whole and streamed, with settings that the other dialect has."""
    config = {"temperature": 0.5, "max_output_tokens": 100, "system_instruction": "Be brief."}
    asked = {"model": model, "contents": TEXT, "config": config}

    answer = await client.models.generate_content(**asked)
    parts = [part async for part in await client.models.generate_content_stream(**asked)]

    assert answer.text == TEXT
    assert answer.candidates[0].finish_reason.name == "STOP"
    assert answer.usage_metadata.total_token_count > 0
    assert "".join(part.text or "" for part in parts) == TEXT
    assert parts[-1].candidates[0].finish_reason.name == "STOP"
    assert_clean(here.sent)


@pytest.mark.parametrize("model", OTHERS)
async def test_the_google_client_calls_functions_by_itself(
    client: Any, here: World, model: str
) -> None:
    """Called with the originals; what they give is redacted again and answers the right call."""
    here.eu.script.extend(["tool?calls=2", "echo"])
    seen: list[str] = []

    async def look_up(text: str) -> str:
        """Look a person up."""
        seen.append(text)
        return f"{EMAIL} {len(seen)}"

    config = types.GenerateContentConfig(tools=[look_up])
    answer = await client.models.generate_content(model=model, contents=TEXT, config=config)

    assert seen == [TEXT, TEXT]
    assert EMAIL in answer.text
    assert_clean(here.sent)
    asked = json.loads(here.sent[1])["messages"]
    assert len(asked) >= 3


async def test_a_call_of_another_model_goes_on_with_gemini(client: Any, here: World) -> None:
    """Google's word in place of its signature reaches the provider as it was told."""
    here.eu.script.append("tool")
    config = types.GenerateContentConfig(
        tools=[{"function_declarations": [{"name": "look_up"}]}],
        automatic_function_calling={"disable": True},
    )
    first = await client.models.generate_content(model="assistant", contents=TEXT, config=config)
    called = first.candidates[0].content
    gave = types.Part.from_function_response(name="look_up", response={"output": EMAIL})
    contents = [types.UserContent(TEXT), called, types.Content(role="user", parts=[gave])]

    await client.models.generate_content(model="gemini", contents=contents, config=config)

    (part,) = json.loads(here.sent[1])["contents"][1]["parts"]
    assert part["thoughtSignature"] == "skip_thought_signature_validator"
    assert_clean(here.sent)


@pytest.mark.parametrize("model", OTHERS)
async def test_the_google_client_chats(client: Any, here: World, model: str) -> None:
    """Two turns, streamed and whole, and the second one has the first in it."""
    chat = client.chats.create(model=model)

    streamed = [part.text or "" async for part in await chat.send_message_stream(TEXT)]
    second = await chat.send_message("And my name?")

    assert "".join(streamed) == TEXT
    assert second.text == "And my name?"
    assert [m["role"] for m in json.loads(here.sent[1])["messages"]] == [
        *("user", "assistant", "user")
    ]
    assert_clean(here.sent)


async def test_the_google_client_gets_an_answer_of_a_schema(client: Any, here: World) -> None:
    """What is restored in it is escaped for JSON."""
    config = {"response_mime_type": "application/json", "response_schema": {"type": "STRING"}}

    await client.models.generate_content(model="assistant", contents=TEXT, config=config)

    form = json.loads(here.sent[0])["response_format"]
    assert form["json_schema"] == {"name": "answer", "schema": {"type": "string"}}


@pytest.mark.parametrize("model", OTHERS)
async def test_the_google_client_learns_that_a_stream_broke_off(
    client: Any, here: World, model: str
) -> None:
    """A truncated stream ends in the client's own exception."""
    here.eu.script.append("cut?after=2")

    with pytest.raises(errors.APIError) as broken:
        async for _ in await client.models.generate_content_stream(model=model, contents=TEXT):
            pass

    assert (broken.value.code, broken.value.status) == (502, "UNAVAILABLE")


async def test_the_openai_client_calls_tools_of_a_gemini_model(here: World) -> None:
    """Two calls with the originals in them, and their results, over two turns."""
    here.eu.script.extend(["tool?calls=2", "echo"])
    function: Any = {"name": "look_up", "parameters": {"type": "object", "properties": {}}}
    asked: list[Any] = [{"role": "user", "content": TEXT}]
    base = f"{here.base_url}/v1"
    async with openai.AsyncOpenAI(base_url=base, api_key=KEY, max_retries=0) as chat:
        first = await chat.chat.completions.create(
            model="gemini", messages=asked, tools=[{"type": "function", "function": function}]
        )
        calls = first.choices[0].message.tool_calls or []
        asked.append(first.choices[0].message.model_dump(exclude_none=True))
        asked += [{"role": "tool", "tool_call_id": c.id, "content": EMAIL} for c in calls]
        second = await chat.chat.completions.create(
            model="gemini", messages=asked, tools=[{"type": "function", "function": function}]
        )

    assert first.choices[0].finish_reason == "tool_calls"
    assert [json.loads(c.function.arguments) for c in calls] == [{"text": TEXT}] * 2  # type: ignore[union-attr] # functions
    assert EMAIL in (second.choices[0].message.content or "")
    model_turn, results = json.loads(here.sent[1])["contents"][1:]
    ids = [part["functionCall"]["id"] for part in model_turn["parts"]]
    assert ids == [part["functionResponse"]["id"] for part in results["parts"]]
    assert_clean(here.sent)


async def test_the_openai_client_streams_a_gemini_model(here: World) -> None:
    """Thoughts, text and counts."""
    async with openai.AsyncOpenAI(
        base_url=f"{here.base_url}/v1", api_key=KEY, max_retries=0
    ) as chat:
        stream = await chat.chat.completions.create(
            model="gemini think?chars=3",
            messages=[{"role": "user", "content": TEXT}],
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]

    text = "".join(c.delta.content or "" for chunk in chunks for c in chunk.choices)
    assert text == TEXT
    assert chunks[-1].usage is not None
    assert chunks[-1].usage.completion_tokens > 0


async def test_the_anthropic_client_calls_tools_of_a_gemini_model(here: World) -> None:
    """The input of each call holds the originals, and the message ends with `tool_use`."""
    here.eu.script.append("tool?calls=2")
    tool: Any = {"name": "look_up", "input_schema": {"type": "object", "properties": {}}}
    asked: Any = [{"role": "user", "content": TEXT}]
    async with (
        anthropic.AsyncAnthropic(base_url=here.base_url, api_key=KEY, max_retries=0) as messages,
        messages.messages.stream(
            model="gemini", max_tokens=100, messages=asked, tools=[tool]
        ) as stream,
    ):
        message = await stream.get_final_message()

    assert message.stop_reason == "tool_use"
    uses = [block for block in message.content if block.type == "tool_use"]
    assert [use.input for use in uses] == [{"text": TEXT}] * 2
    assert len({use.id for use in uses}) == 2
