"""Completions and embeddings over sockets, with OpenAI's own client and with bare requests."""

import json
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest

from tests.support.world import KEY, World, events

NAME = "Anna Schmidt"
EMAIL = "anna.schmidt@example.org"
TEXT = f"My name is {NAME} and my e-mail is {EMAIL}."
COMPLETIONS, EMBEDDINGS = "/v1/completions", "/v1/embeddings"
PLACES: dict[str, tuple[str, dict[str, Any]]] = {
    "prompt": (COMPLETIONS, {"prompt": TEXT}),
    "prompts": (COMPLETIONS, {"prompt": ["hello", TEXT]}),
    "suffix": (COMPLETIONS, {"prompt": "hello", "suffix": TEXT}),
    "stop": (COMPLETIONS, {"prompt": "hello", "stop": [NAME, EMAIL]}),
    "completion's user": (COMPLETIONS, {"prompt": "hello", "user": EMAIL}),
    "completion's unknown": (COMPLETIONS, {"prompt": "hello", "x": {"also": TEXT, EMAIL: 1}}),
    "input": (EMBEDDINGS, {"input": TEXT}),
    "inputs": (EMBEDDINGS, {"input": ["hello", TEXT]}),
    "embedding's user": (EMBEDDINGS, {"input": "hello", "user": EMAIL}),
    "embedding's unknown": (EMBEDDINGS, {"input": "hello", "x": {"also": TEXT, EMAIL: 1}}),
}


@pytest.fixture
async def client(here: World) -> AsyncIterator[openai.AsyncOpenAI]:
    """The client as an application would make it."""
    async with openai.AsyncOpenAI(
        base_url=f"{here.base_url}/v1", api_key=KEY, max_retries=0
    ) as made:
        yield made


@pytest.mark.parametrize("place", PLACES)
async def test_no_original_reaches_a_provider_from_any_place(here: World, place: str) -> None:
    """Wherever personal data stands, providers within the EU alone receive placeholders."""
    path, body = PLACES[place]

    status, answer = await here.post_responses({"model": "assistant", **body}, path=path)

    assert status == 200, answer
    assert here.us.received == []
    assert all(value.encode() not in sent for sent in here.sent for value in (NAME, EMAIL))
    assert [r.path for r in here.eu.received] == [path]
    assert list(here.pairs().values()) == [["intent", "outcome"]]


async def test_the_client_completes(client: openai.AsyncOpenAI, here: World) -> None:
    """A whole completion comes back restored, with usage, on record with its surface."""
    answer = await client.completions.create(model="assistant", prompt=TEXT, n=2, echo=True)

    assert [choice.text for choice in answer.choices] == [TEXT, TEXT]
    assert answer.usage is not None
    assert answer.usage.prompt_tokens > 0
    assert here.records()[-1].meta is not None
    surfaces = {r.meta["surface"] for r in here.records() if r.meta and "surface" in r.meta}
    assert surfaces == {"openai_completions"}


async def test_the_client_streams(client: openai.AsyncOpenAI) -> None:
    """Deltas that divide a placeholder join to the restored text, choice by choice."""
    stream = await client.completions.create(
        model="echo?chars=3", prompt=TEXT, n=2, stream=True, logprobs=1
    )

    chunks = [chunk async for chunk in stream]

    for index in (0, 1):
        choices = [c for chunk in chunks for c in chunk.choices if c.index == index]
        assert "".join(c.text for c in choices) == TEXT
        assert choices[-1].finish_reason == "stop"
        assert all(c.logprobs is None for c in choices)
    assert all(chunk.usage is None for chunk in chunks)


async def test_a_truncated_completion_never_looks_complete(here: World) -> None:
    """A stream that breaks off ends with an error and without its end mark."""
    body = {"model": "cut?after=2", "prompt": TEXT, "stream": True}

    status, answer = await here.post_responses(body, path=COMPLETIONS)

    told = events(answer)
    assert status == 200
    assert told[-1]["error"]["code"] == "upstream.malformed"
    assert "[DONE]" not in told


@pytest.mark.parametrize("encoding", ["float", "base64"])
async def test_the_client_embeds(client: openai.AsyncOpenAI, here: World, encoding: Any) -> None:
    """The vectors are those of the redacted texts, in the form that was asked for."""
    answer = await client.embeddings.create(
        model="assistant", input=["hello", TEXT], encoding_format=encoding
    )

    sent = json.loads(here.eu.received[0].body)["input"]
    assert sent[0] == "hello"
    assert NAME not in sent[1]
    assert [each.index for each in answer.data] == [0, 1]
    assert answer.usage.prompt_tokens > 0
    if encoding == "float":
        assert [each.embedding for each in answer.data] == [[float(len(s)), 0.5] for s in sent]


async def test_the_client_s_own_way_of_asking_is_answered(client: openai.AsyncOpenAI) -> None:
    """Left to itself the client asks for base64 and decodes it."""
    answer = await client.embeddings.create(model="assistant", input="hello")

    assert answer.data[0].embedding == [5.0, 0.5]


@pytest.mark.parametrize(
    ("path", "body"),
    [(COMPLETIONS, {"prompt": [1, 2]}), (EMBEDDINGS, {"input": [[1, 2], [3]]})],
)
async def test_tokens_go_nowhere(here: World, path: str, body: dict[str, Any]) -> None:
    """They are refused with a code of their own, in OpenAI's form, and no provider is asked."""
    status, answer = await here.post_responses({"model": "assistant", **body}, path=path)

    error = json.loads(answer)["error"]
    assert (status, error["code"]) == (400, "body.tokens")
    assert error["type"] == "invalid_request_error"
    assert here.sent == []


async def test_a_provider_of_another_dialect_is_not_asked(here: World) -> None:
    """Nobody says a completion in the words of Messages."""
    for path, body in ((COMPLETIONS, {"prompt": "hi"}), (EMBEDDINGS, {"input": "hi"})):
        status, answer = await here.post_responses({"model": "claude", **body}, path=path)

        assert (status, json.loads(answer)["error"]["code"]) == (400, "routing.untranslatable")
    assert here.sent == []


async def test_lawful_places_bind_here_as_well(here: World) -> None:
    """A model that only the United States serve is not asked with personal data."""
    for path, body in ((COMPLETIONS, {"prompt": TEXT}), (EMBEDDINGS, {"input": TEXT})):
        status, answer = await here.post_responses({"model": "american", **body}, path=path)

        assert (status, json.loads(answer)["error"]["code"]) == (
            451,
            "residency.no_lawful_upstream",
        )
    assert here.sent == []
