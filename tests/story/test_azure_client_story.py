"""AzureOpenAI of the openai client, which names its deployment in the path, against the gateway."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.support.world import KEY, World, world

TEXT = "My name is Anna Schmidt."


@pytest.fixture
async def here(tmp_path: Path) -> AsyncIterator[World]:
    """A world with the default policy."""
    async with world(tmp_path) as made:
        yield made


@pytest.fixture
async def client(here: World) -> AsyncIterator[openai.AsyncAzureOpenAI]:
    """The client as an application would make it: an endpoint, a key, a version."""
    async with openai.AsyncAzureOpenAI(
        azure_endpoint=here.base_url, api_key=KEY, api_version="2024-10-21", max_retries=0
    ) as made:
        yield made


async def test_the_client_changes_its_endpoint_and_nothing_else(
    client: openai.AsyncAzureOpenAI, here: World
) -> None:
    """Chat, a stream, completions, embeddings and responses; the key is the virtual one."""
    messages: list[Any] = [{"role": "user", "content": TEXT}]
    chat = await client.chat.completions.create(model="assistant", messages=messages)
    stream = await client.chat.completions.create(model="assistant", messages=messages, stream=True)
    pieces = [c.choices[0].delta.content or "" async for c in stream if c.choices]
    completed = await client.completions.create(model="assistant", prompt=TEXT)
    vectors = await client.embeddings.create(model="assistant", input=TEXT)
    response = await client.responses.create(model="assistant", input=TEXT)

    said = (chat.choices[0].message.content, "".join(pieces), completed.choices[0].text)
    assert said == (TEXT, TEXT, TEXT)
    assert response.output_text == TEXT
    assert vectors.data[0].embedding
    assert b"Schmidt" not in b"".join(here.sent)
    assert {r.path for r in here.eu.received} == {
        *("/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses"),
    }


@pytest.mark.parametrize(
    ("path", "body", "told"),
    [
        ("assistant", {}, (200, None)),
        ("assistant", {"model": "assistant"}, (200, None)),
        ("assistant", {"model": "american"}, (400, "body.wrong_type")),
        ("assistant", {"model": None}, (400, "body.wrong_type")),
        ("Anna%20Schmidt", {}, (404, "model.unknown")),
    ],
)
async def test_the_path_names_the_model(
    here: World, path: str, body: dict[str, str | None], told: tuple[int, str | None]
) -> None:
    """A body need not; one that names another is refused, and nothing of the path goes on."""
    url = f"{here.base_url}/openai/deployments/{path}/chat/completions?api-version=2024-10-21"
    asked = {**body, "messages": [{"role": "user", "content": TEXT}]}
    async with here.client.post(url, json=asked, headers={"api-key": KEY}) as response:
        answer = await response.json()

    assert (response.status, answer.get("error", {}).get("code")) == told
    assert len(here.sent) == (told[0] == 200)
    assert not any(b"american" in sent for sent in here.sent)
