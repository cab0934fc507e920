"""OpenAI Responses and other dialects, both ways, told by the real clients and by bytes."""

import json
from collections.abc import AsyncIterator
from typing import Any

import anthropic
import openai
import pytest
from pydantic import BaseModel

from tests.story.test_translation_story import NAME, TEXT, assert_clean
from tests.support.messages import events_of
from tests.support.world import KEY, World, streamed_text

OTHERS = ("claude", "ollama")
"""Models of providers that speak Messages, and chat alone."""
FUNCTION: Any = {
    "type": "function",
    "name": "look_up",
    "strict": False,
    "parameters": {"type": "object", "properties": {"text": {"type": "string"}}},
}


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


@pytest.mark.parametrize("model", OTHERS)
async def test_a_responses_client_asks_another_dialect(
    client: openai.AsyncOpenAI, here: World, model: str
) -> None:
    """A whole response comes back restored, with its counts; nobody is named to the provider."""
    answer = await client.responses.create(model=model, input=TEXT, instructions="Be brief.")

    assert answer.output_text == TEXT
    assert answer.status == "completed"
    assert answer.usage is not None
    assert answer.usage.total_tokens > 0
    assert answer.usage.output_tokens_details.reasoning_tokens == 0
    assert_clean(here.sent)
    assert here.us.received == []


@pytest.mark.parametrize("how", ["", " echo?chars=3", " echo?bytes=5"])
@pytest.mark.parametrize("model", OTHERS)
async def test_the_client_puts_a_stream_together(
    client: openai.AsyncOpenAI, here: World, model: str, how: str
) -> None:
    """The client's own account of the pieces is what the final response says, restored."""
    async with client.responses.stream(model=model + how, input=TEXT) as stream:
        events = [event async for event in stream]
        answer = await stream.get_final_response()

    snapshots = [e.snapshot for e in events if e.type == "response.output_text.delta"]
    assert snapshots[-1] == answer.output_text == TEXT
    numbers = [event.sequence_number for event in events]
    assert numbers == sorted(set(numbers))
    assert_clean(here.sent)


@pytest.mark.parametrize(
    ("model", "calls", "stream"),
    [
        ("claude", 2, False),
        ("claude", 2, True),
        ("ollama", 2, False),
        ("ollama", 1, True),  # two at a time come mixed there, and are not guessed at
    ],
)
async def test_the_client_calls_tools(
    client: openai.AsyncOpenAI, model: str, calls: int, *, stream: bool
) -> None:
    """A function's arguments are the originals as JSON, whole and streamed."""
    how = "tool?calls=2" if calls > 1 else "tool"
    asked: dict[str, Any] = {"model": f"{model} {how}", "input": TEXT, "tools": [FUNCTION]}
    if stream:
        async with client.responses.stream(**asked) as events:
            answer: Any = await events.get_final_response()
    else:
        answer = await client.responses.create(**asked)

    assert {item.type for item in answer.output} == {"function_call"}
    assert [json.loads(item.arguments) for item in answer.output] == [{"text": TEXT}] * calls
    assert len({item.call_id for item in answer.output}) == calls


@pytest.mark.parametrize("model", OTHERS)
async def test_a_text_for_a_tool_that_is_none_is_no_answer(
    client: openai.AsyncOpenAI, model: str
) -> None:
    """The stand-in calls with other arguments than were asked for; the client runs nothing."""
    custom: Any = {"type": "custom", "name": "write_down", "description": "Takes a text."}

    with pytest.raises(openai.APIError) as broken:
        await client.responses.create(model=f"{model} tool", input=TEXT, tools=[custom])

    assert broken.value.code == "upstream.failed"


@pytest.mark.parametrize("model", OTHERS)
async def test_the_client_runs_a_loop_of_tools(
    client: openai.AsyncOpenAI, here: World, model: str
) -> None:
    """Items of an answer go back as they came, with the output, and nobody is named in them."""
    first = await client.responses.create(model=f"{model} tool", input=TEXT, tools=[FUNCTION])
    call: Any = first.output[0]
    output = {"type": "function_call_output", "call_id": call.call_id, "output": f"Found: {TEXT}"}
    items: list[Any] = [{"role": "user", "content": TEXT}, *first.output, output]

    second = await client.responses.create(model=model, input=items, tools=[FUNCTION])

    assert TEXT in second.output_text
    assert_clean(here.sent)


async def test_the_client_parses_json(client: openai.AsyncOpenAI, here: World) -> None:
    """A schema goes on in the other dialect's words, and the answer is parsed into its class."""
    for model in OTHERS:
        here.eu.script.append("echo?chars=3")
        asked = json.dumps({"text": TEXT})

        answer = await client.responses.parse(model=model, input=asked, text_format=Said)

        assert answer.output_parsed == Said(text=TEXT)
    claude, ollama = map(json.loads, here.sent)
    assert claude["output_config"]["format"]["schema"]["properties"]["text"]["type"] == "string"
    assert ollama["response_format"]["json_schema"]["strict"] is True


@pytest.mark.parametrize(
    ("model", "how"),
    [
        *((model, how) for model in OTHERS for how in ("cut?after=2", "error-in-stream?after=2")),
        ("claude", "no-done"),  # in chat the reason for the end is an end
    ],
)
async def test_a_stream_that_breaks_off_is_never_completed(
    client: openai.AsyncOpenAI, here: World, model: str, how: str
) -> None:
    """The client raises with our code, and has seen no end of the response."""
    here.eu.script.append(how)
    stream = await client.responses.create(model=model, input=TEXT, stream=True)
    seen = list[str]()

    with pytest.raises(openai.APIError) as broken:
        seen += [event.type async for event in stream]

    assert "response.completed" not in seen
    assert broken.value.code is not None
    assert broken.value.code.startswith("upstream.")


@pytest.mark.parametrize("model", OTHERS)
async def test_an_error_of_the_provider_is_one_of_the_clients(
    client: openai.AsyncOpenAI, here: World, model: str
) -> None:
    """A rate limit stays one, without the provider's words."""
    here.eu.script += ["status-429"] * 9
    here.eu2.script += ["status-429"] * 9

    with pytest.raises(openai.RateLimitError) as limited:
        await client.responses.create(model=model, input=TEXT)

    assert NAME not in str(limited.value)


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_thoughts_go_back_to_whoever_signed_them(
    client: openai.AsyncOpenAI, here: World, *, stream: bool
) -> None:
    """The client reads originals; the provider, which checks its signatures, gets its own again."""
    asked: dict[str, Any] = {"model": "claude think?chars=3", "reasoning": {"summary": "auto"}}
    if stream:
        async with client.responses.stream(**asked, input=TEXT) as events:
            first: Any = await events.get_final_response()
    else:
        first = await client.responses.create(**asked, input=TEXT)
    items = [{"role": "user", "content": TEXT}, *first.output, {"role": "user", "content": "And?"}]

    second = await client.responses.create(model="claude", input=items)
    third = await client.responses.create(model="assistant", input=items)

    assert first.output[0].summary[0].text == TEXT
    assert second.output_text == "And?"  # else the stand-in had refused
    assert third.output_text == "And?"  # its dialect has a seal of its own, and none of ours
    assert [b'"thinking"' in body for body in here.sent] == [False, True, False]
    assert b"Foreign" not in b"".join(here.sent)
    assert_clean(here.sent)


async def test_reasoning_goes_back_through_the_anthropic_client(here: World) -> None:
    """A block of thinking holds what a provider of responses sealed, which checks it."""
    asked: Any = {
        "model": "responses think?chars=3",
        "max_tokens": 2000,
        "thinking": {"type": "enabled", "budget_tokens": 1024},
    }
    said: Any = [{"role": "user", "content": TEXT}]
    async with anthropic.AsyncAnthropic(
        base_url=here.base_url, api_key=KEY, max_retries=0
    ) as client:
        first: Any = await client.messages.create(**asked, messages=said)
        said += [{"role": "assistant", "content": first.content}, {"role": "user", "content": "?"}]

        second: Any = await client.messages.create(**{**asked, "model": "responses"}, messages=said)
        third: Any = await client.messages.create(**{**asked, "model": "claude"}, messages=said)

    assert first.content[0].thinking == TEXT
    assert [second.content[0].text, third.content[0].text] == ["?", "?"]
    assert json.loads(here.sent[1])["input"][1]["type"] == "reasoning"
    assert b"Foreign" not in b"".join(here.sent)
    assert_clean(here.sent)


async def test_what_cannot_be_translated_is_refused_by_name(
    client: openai.AsyncOpenAI, here: World
) -> None:
    """A tool that the provider of the client's dialect would run is nobody else's."""
    with pytest.raises(openai.BadRequestError) as refused:
        await client.responses.create(
            model="claude", input="hello", tools=[{"type": "web_search"}], include=[]
        )

    assert refused.value.code in ("routing.untranslatable", "policy.feature_forbidden")
    assert here.sent == []


@pytest.mark.parametrize("how", ["", " echo?chars=3", " think?chars=3"])
async def test_a_chat_client_is_answered_by_responses(here: World, how: str) -> None:
    """Whole and streamed, restored; the provider is told to keep nothing."""
    _, whole = await here.ask(TEXT, model=f"responses{how}")
    _, streamed = await here.ask(TEXT, model=f"responses{how}", stream=True)

    assert whole["choices"][0]["message"]["content"] == TEXT
    assert streamed_text(streamed) == TEXT
    assert streamed[-1] == "[DONE]"
    assert_clean(here.sent)
    assert [json.loads(body)["store"] for body in here.sent] == [False, False]
    assert {received.path for received in here.eu.received} == {"/v1/responses"}


async def test_a_chat_client_reads_thoughts_as_they_were_typed(here: World) -> None:
    """The account of what was thought holds the originals, whole and streamed."""
    _, whole = await here.ask(TEXT, model="responses think?chars=3")
    _, streamed = await here.ask(TEXT, model="claude think?chars=3", stream=True)

    assert whole["choices"][0]["message"]["reasoning_content"] == TEXT
    thought = [
        choice["delta"].get("reasoning_content", "")
        for chunk in streamed[:-1]
        for choice in chunk["choices"]
    ]
    assert "".join(thought) == TEXT


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_the_anthropic_client_calls_tools_of_a_responses_model(
    here: World, *, stream: bool
) -> None:
    """The input of each call holds the originals, and the message ends with `tool_use`."""
    tool: Any = {"name": "look_up", "input_schema": {"type": "object", "properties": {}}}
    asked: Any = {
        "model": "responses tool?calls=2",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": TEXT}],
        "tools": [tool],
    }
    async with anthropic.AsyncAnthropic(
        base_url=here.base_url, api_key=KEY, max_retries=0
    ) as client:
        if stream:
            async with client.messages.stream(**asked) as told:
                message: Any = await told.get_final_message()
        else:
            message = await client.messages.create(**asked)

    assert message.stop_reason == "tool_use"
    assert [block.input for block in message.content] == [{"text": TEXT}] * 2
    assert_clean(here.sent)


async def test_a_cut_response_never_looks_complete_to_another_client(here: World) -> None:
    """An error event in the client's dialect, and no end mark."""
    asked = {"max_tokens": 9, "messages": [{"role": "user", "content": TEXT}], "stream": True}

    _, chat = await here.ask(TEXT, model="responses cut?after=2", stream=True)
    _, messages = await here.post_messages({**asked, "model": "responses cut?after=2"})

    assert "[DONE]" not in chat
    assert "error" in chat[-1]
    assert [event["type"] for event in events_of(messages)][-1] == "error"
