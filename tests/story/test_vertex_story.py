"""Clients of a gateway whose models are at Vertex AI, told on both wires."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anthropic
import pytest
from aiohttp import web

from tests.support import google_key
from tests.support.clouds import at_home, deployed
from tests.support.messages import events_of, joined
from tests.support.token_server import TokenServer, granted, serving
from tests.support.vertex import LOCATION, Vertex
from tests.support.world import KEY, World, streamed_text, world

TEXT = "My name is Anna Schmidt, write to anna.schmidt@example.org."
ASKED: dict[str, Any] = {
    "model": "assistant",
    "max_tokens": 50,
    "messages": [{"role": "user", "content": TEXT}],
}


@dataclass(frozen=True, slots=True)
class Told:
    """A gateway, and the cloud behind it."""

    here: World
    vertex: Vertex
    tokens: TokenServer


@asynccontextmanager
async def told(
    folder: Path, model: str, *, by_machine: bool = False, **more: Any
) -> AsyncIterator[Told]:
    """A gateway whose only model is at Vertex."""
    tokens = TokenServer(demands=lambda _: None)
    vertex = Vertex(may_ask=lambda request: tokens.knows(request.headers.get("Authorization")))

    async def machine(request: web.Request) -> web.Response:
        if request.headers.get("Metadata-Flavor") != "Google":
            return web.Response(status=403)
        tokens.given.add("machine-1")
        return web.json_response(granted("machine-1"))

    path = "/computeMetadata/v1/instance/service-accounts/default/token"
    own = (("POST", "/token", tokens.handle), ("GET", path, machine))
    async with serving(*own, *vertex.routes()) as url:
        uri = f"{url}/token"
        tokens.demands = lambda form: google_key.problem(form, uri, time.time())  # noqa: TID251 - the server's clock is the machine's
        (folder / "account.json").write_text(google_key.file(uri), encoding="ascii")
        google: dict[str, Any] = {"service_account": {"file": "account.json"}}
        if by_machine:
            google = {"metadata_server": url}
        parts = deployed("vertex", url + LOCATION, {"assistant": model}, credential="g", **more)
        catalog = at_home(folder / "catalog", "vertex")
        credentials = {"g": {"google": google}}
        async with world(folder, catalog=catalog, credentials=credentials, **parts) as here:
            yield Told(here, vertex, tokens)


@pytest.mark.parametrize("by_machine", [False, True], ids=["account", "machine"])
async def test_gemini_is_asked_in_its_place(tmp_path: Path, *, by_machine: bool) -> None:
    """Whole, streamed and counted, by a service account or the machine's own: values come back."""
    asked = {"contents": [{"role": "user", "parts": [{"text": TEXT}]}]}
    base = "/v1beta/models/assistant"
    async with told(tmp_path, "gemini-3.5-flash", by_machine=by_machine) as at:
        status, whole = await at.here.post_gemini(asked, path=f"{base}:generateContent")
        _, streamed = await at.here.post_gemini(asked, path=f"{base}:streamGenerateContent?alt=sse")
        counted, _ = await at.here.post_gemini(asked, path=f"{base}:countTokens")

    said = json.loads(whole)["candidates"][0]["content"]["parts"][0]["text"]
    parts = [json.loads(line[6:]) for line in streamed.splitlines() if line.startswith(b"data: ")]
    pieces = [p["text"] for e in parts for c in e["candidates"] for p in c["content"]["parts"]]
    model = f"{LOCATION}/publishers/google/models/gemini-3.5-flash"
    assert (status, counted) == (200, 200)
    assert said == "".join(pieces) == TEXT
    assert [path for path, _ in at.vertex.received] == [
        f"{model}:generateContent",
        f"{model}:streamGenerateContent?alt=sse",
        f"{model}:countTokens",
    ]
    assert "Schmidt" not in json.dumps(at.vertex.received)
    assert len(at.tokens.asked) == (0 if by_machine else 1)


async def test_a_claude_is_asked_by_raw_prediction(tmp_path: Path) -> None:
    """The model goes from the body into the address, but where tokens are counted; betas stay."""
    betas = {"anthropic-beta": "interleaved-thinking-2025-05-14"}
    asked = {**ASKED, "temperature": 1.0}
    async with told(tmp_path, "claude-sonnet-5@default", dialect="anthropic_messages") as at:
        _, whole = await at.here.post_messages(asked, headers=betas)
        _, streamed = await at.here.post_messages({**asked, "stream": True})
        status, counted = await at.here.post_messages(
            {k: v for k, v in asked.items() if k != "max_tokens"},
            path="/v1/messages/count_tokens",
        )

    model = f"{LOCATION}/publishers/anthropic/models/claude-sonnet-5@default"
    assert json.loads(whole)["content"][0]["text"] == TEXT
    assert joined(events_of(streamed), 0, "text") == TEXT
    assert [path for path, _ in at.vertex.received] == [
        f"{model}:rawPredict",
        f"{model}:streamRawPredict",
        f"{LOCATION}/publishers/anthropic/models/count-tokens:rawPredict",
    ]
    assert at.vertex.received[0][1].keys() == {
        *("anthropic_version", "max_tokens", "messages", "temperature")
    }
    assert at.vertex.heads[0]["anthropic-beta"] == betas["anthropic-beta"]
    assert "Schmidt" not in json.dumps(at.vertex.received)
    assert (status, json.loads(counted)["input_tokens"] > 0) == (200, True)
    assert at.vertex.received[2][1].keys() == {
        *("anthropic_version", "model", "messages", "temperature")
    }
    assert at.vertex.received[2][1]["model"] == "claude-sonnet-5@default"


async def test_a_chat_client_is_served_by_a_claude(tmp_path: Path) -> None:
    """A translated request has the cloud's form, too."""
    async with told(tmp_path, "claude-sonnet-5", dialect="anthropic_messages") as at:
        status, whole = await at.here.ask(TEXT)
        _, streamed = await at.here.ask(TEXT, stream=True)

    assert status == 200
    assert whole["choices"][0]["message"]["content"] == streamed_text(streamed) == TEXT
    assert len(at.vertex.received) == 2


async def test_the_openai_compatible_endpoint_is_asked_in_its_place(tmp_path: Path) -> None:
    """Its models have their publisher before them, in the body."""
    async with told(tmp_path, "google/gemini-3.5-flash", dialect="openai_chat") as at:
        status, whole = await at.here.ask(TEXT)

    assert status == 200
    assert whole["choices"][0]["message"]["content"] == TEXT
    assert at.vertex.received[0][0] == f"{LOCATION}/endpoints/openapi/chat/completions"


async def test_the_anthropic_client_notices_nothing(tmp_path: Path) -> None:
    """The real client streams from a Claude at Vertex."""
    async with (
        told(tmp_path, "claude-sonnet-5", dialect="anthropic_messages") as at,
        anthropic.AsyncAnthropic(base_url=at.here.base_url, api_key=KEY, max_retries=0) as client,
    ):
        messages: Any = ASKED["messages"]
        async with client.messages.stream(
            model="assistant", max_tokens=50, messages=messages
        ) as stream:
            said = await stream.get_final_text()

    assert said == TEXT


async def test_a_member_that_the_cloud_fixes_is_not_said_twice(tmp_path: Path) -> None:
    """A client that names the cloud's version itself is told, and nothing is sent."""
    async with told(tmp_path, "claude-sonnet-5", dialect="anthropic_messages") as at:
        status, _ = await at.here.post_messages({**ASKED, "anthropic_version": "x"})

    assert status == 502
    assert at.vertex.received == []
