"""The stand-in's completions and embeddings, over real HTTP."""

import json
import struct
from base64 import b64decode
from typing import Any

import aiohttp

from guardrail_gw.standin.server import StandIn
from tests.support.world import events

TEXT = "Grüße an PERSON_7K2QX9MD"


async def ask(provider: StandIn, path: str, **body: Any) -> tuple[int, bytes]:
    """Send one request and read the whole answer."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{provider.base_url}{path}", json=body) as response,
    ):
        return response.status, await response.read()


async def test_an_echo_is_the_prompt() -> None:
    """Once for each choice, with counts; several prompts are one text."""
    async with StandIn() as provider:
        _, answer = await ask(provider, "/completions", model="echo", prompt=["a", TEXT], n=2)

    said = json.loads(answer)
    assert said["object"] == "text_completion"
    assert [choice["text"] for choice in said["choices"]] == [f"a\n{TEXT}"] * 2
    assert said["usage"]["prompt_tokens"] == 4


async def test_a_stream_says_the_same_in_pieces() -> None:
    """With the texts of tokens and the counts where they were asked for."""
    async with StandIn() as provider:
        _, answer = await ask(
            provider,
            "/completions",
            model="echo?chars=3&bytes=5",
            prompt=TEXT,
            stream=True,
            logprobs=1,
            stream_options={"include_usage": True},
        )

    *chunks, counts, done = events(answer)
    assert "".join(c["choices"][0]["text"] for c in chunks) == TEXT
    assert chunks[0]["choices"][0]["logprobs"]["tokens"] == [TEXT[:3]]
    assert counts["usage"]["completion_tokens"] == 3
    assert done == "[DONE]"


async def test_a_vector_says_how_long_a_text_was() -> None:
    """As numbers, or as base64 of them."""
    async with StandIn() as provider:
        _, plain = await ask(provider, "/embeddings", model="echo", input=TEXT)
        _, packed = await ask(
            provider, "/embeddings", model="echo", input=["a"], encoding_format="base64"
        )

    assert json.loads(plain)["data"][0]["embedding"] == [len(TEXT), 0.5]
    assert struct.unpack("<2f", b64decode(json.loads(packed)["data"][0]["embedding"])) == (1.0, 0.5)
