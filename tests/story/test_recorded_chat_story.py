"""Recorded chat, completions and embeddings through a whole gateway; recordings may be absent."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from tests.support.chat import body, encoded
from tests.support.completions import prompt, texts
from tests.support.recorded import needs_recordings, recorded
from tests.support.replay import replayed
from tests.support.world import KEY, World

OPERATIONS: Final = {
    "openai_chat": "/v1/chat/completions",
    "openai_completions": "/v1/completions",
    "openai_embeddings": "/v1/embeddings",
}
OURS: Final = {
    "openai_chat": body("hello"),
    "openai_completions": prompt("hello"),
    "openai_embeddings": texts("hello"),
}
FAILED: Final = frozenset({"pydantic-ai-866", "pydantic-ai-869"})
"""Streams that end with an error in a 200."""
_OURS: Final = 401
"""It is the gateway's key that a provider does not take, and not the client's."""
_UNCOUNTED: Final = ("usage", None)
"""In every chunk but the last one of a stream that is to say what it used."""

pytestmark = needs_recordings


@pytest.mark.parametrize(
    ("dialect", "least"),
    [("openai_chat", 350), ("openai_completions", 25), ("openai_embeddings", 15)],
)
async def test_every_recording_passes_through_the_gateway(
    tmp_path: Path, dialect: str, least: int
) -> None:
    """The provider gets each request as it was sent, and the client each answer as it came.

    Some providers end a stream without its end mark once the model has finished: clients get one.
    """
    count = 0
    async with replayed(tmp_path, "openai-compatible", "gpt") as (here, replay):
        for exchange, asked in exchanges(dialect, is_ok=True):
            replay.answer = answer = exchange["response"]
            status, got = await post(here, OPERATIONS[dialect], encoded(asked))
            count += 1
            assert status == 200, exchange["id"]
            assert replay.received[-1][0] == OPERATIONS[dialect]
            assert json.loads(replay.received[-1][1]) == counting(asked, dialect)
            if exchange["stream"]:
                came = shown(chunks_of(answer["text"].encode()), asked)
                assert chunks_of(got) == [c for c in came if c != "[DONE]"] + ["[DONE]"]
            else:
                assert json.loads(got) == answer["body"]
    assert count > least
    assert {tuple(kinds) for kinds in here.pairs().values()} == {("intent", "outcome")}


@pytest.mark.parametrize(("dialect", "failed"), [("openai_chat", 17), ("openai_embeddings", 3)])
async def test_every_recorded_error_keeps_its_meaning(
    tmp_path: Path, dialect: str, failed: int
) -> None:
    """A recorded refusal keeps its status, a failure in a 200 is one, and no words pass."""
    count = 0
    async with replayed(tmp_path, "openai-compatible", "gpt") as (here, replay):
        for exchange, asked in exchanges(dialect, is_ok=False):
            replay.answer = answer = exchange["response"]
            status, got = await post(here, OPERATIONS[dialect], encoded(asked))
            count += 1
            if answer["status"] == 200:
                assert b'"upstream.' in got
                assert b"[DONE]" not in got
            else:
                assert status == (502 if answer["status"] == _OURS else answer["status"])
                assert b'"error"' in got
                assert said(answer) not in got.decode()
    assert count == failed


async def post(here: World, path: str, asked: bytes) -> tuple[int, bytes]:
    """Ask on a path."""
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
    url = f"{here.base_url}{path}"
    async with (
        aiohttp.ClientSession() as client,
        client.post(url, data=asked, headers=headers) as response,
    ):
        return response.status, await response.read()


def exchanges(dialect: str, *, is_ok: bool) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each recorded exchange with its request, or one of ours where none was recorded."""
    for exchange in recorded(dialect, f"vercel-{dialect}"):
        failed = exchange["response"]["status"] != 200 or exchange["id"] in FAILED
        if failed is is_ok:
            continue
        request = exchange["request"]
        asked = request["body"] if request else json.loads(OURS[dialect])
        if dialect != "openai_embeddings":
            asked = {**asked, "stream": exchange["stream"]}
        yield exchange, {**asked, "model": "gpt"}


def counting(asked: dict[str, Any], dialect: str) -> dict[str, Any]:
    """What is sent: a stream is to say what it used, whether or not the client wants to know."""
    if not asked.get("stream") or dialect == "openai_embeddings":
        return asked
    options = {**(asked.get("stream_options") or {}), "include_usage": True}
    return {**asked, "stream_options": options}


def shown(chunks: list[Any], asked: dict[str, Any]) -> list[Any]:
    """What a client is shown: counts that are there because we asked only if it asked, too."""
    if (asked.get("stream_options") or {}).get("include_usage"):
        return chunks
    return [
        chunk if chunk == "[DONE]" else {k: v for k, v in chunk.items() if (k, v) != _UNCOUNTED}
        for chunk in chunks
        if chunk == "[DONE]" or chunk.get("choices") or not chunk.get("usage")
    ]


def chunks_of(raw: bytes) -> list[Any]:
    """The chunks of a stream, and its end mark."""
    lines = [line[5:].strip() for line in raw.split(b"\n") if line.startswith(b"data:")]
    return [line.decode() if line == b"[DONE]" else json.loads(line) for line in lines]


def said(answer: dict[str, Any]) -> str:
    """The words of a recorded error."""
    told = answer.get("body") or {}
    error = told.get("error", told)
    return str(error.get("message", error) if isinstance(error, dict) else error)
