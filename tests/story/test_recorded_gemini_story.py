"""Recorded Gemini traffic through a whole gateway; the recordings may be absent."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from guardrail_gw.dialects.gemini_generate import address
from tests.support.chat import encoded
from tests.support.gemini import body, events_of
from tests.support.recorded import needs_recordings, recorded
from tests.support.replay import replayed

FILES = ("gemini_generate", "vercel-gemini_generate")
FOREIGN = "/google-vertex"
"""A gateway's own path, which nothing else serves."""

pytestmark = needs_recordings


def models() -> list[str]:
    """The names of all recorded models."""
    return sorted({address.read(path_of(each)).model for each in recorded(*FILES)})


async def test_every_recording_passes_through_the_gateway(tmp_path: Path) -> None:
    """The provider gets each request as it was sent, and the client each answer as it came."""
    count = 0
    async with replayed(tmp_path, "gemini-compatible", *models()) as (here, replay):
        for exchange in recorded(*FILES):
            replay.answer = answer = exchange["response"]
            asked = body_of(exchange)
            if answer["status"] != 200 or b'"cachedContent"' in asked:
                continue
            path = path_of(exchange)
            status, got = await here.post_gemini(asked, path=path)
            count += 1
            assert status == 200, exchange["id"]
            there, sent = replay.received[-1]
            assert (unquote(there), sent) == (unquote(outgoing(path)), asked)
            if exchange["stream"]:
                assert events_of(got) == events_of(answer["text"].encode())
            else:
                assert json.loads(got) == answer["body"]
    assert count > 270
    assert {tuple(kinds) for kinds in here.pairs().values()} == {("intent", "outcome")}


async def test_every_recorded_stream_may_be_an_array(tmp_path: Path) -> None:
    """A client that asks for an array gets one, of what the provider sends as events."""
    count = 0
    async with replayed(tmp_path, "gemini-compatible", *models()) as (here, replay):
        for exchange in recorded(*FILES):
            if not exchange["stream"]:
                continue
            replay.answer = exchange["response"]
            path = path_of(exchange).partition("?")[0]
            _, got = await here.post_gemini(body_of(exchange), path=path)
            count += 1
            assert json.loads(got) == events_of(exchange["response"]["text"].encode())
    assert count == 20


async def test_every_recorded_error_keeps_its_meaning(tmp_path: Path) -> None:
    """A recorded refusal keeps status and kind, and its words are withheld."""
    count = 0
    async with replayed(tmp_path, "gemini-compatible", *models()) as (here, replay):
        for exchange in recorded(*FILES):
            replay.answer = answer = exchange["response"]
            if answer["status"] == 200:
                continue
            status, got = await here.post_gemini(body_of(exchange), path=path_of(exchange))
            count += 1
            assert status == answer["status"]
            error, was = json.loads(got)["error"], answer["body"]["error"]
            assert (error["code"], error["status"]) == (was["code"], was["status"])
            assert was["message"] not in error["message"]
    assert count == 5


def path_of(exchange: dict[str, Any]) -> str:
    """The recorded path, or one of our own where there is no request."""
    request = exchange["request"]
    if request is not None:
        return str(request["path"]).removeprefix(FOREIGN)
    operation = "streamGenerateContent?alt=sse" if exchange["stream"] else "generateContent"
    return f"/v1beta/models/gemini:{operation}"


def body_of(exchange: dict[str, Any]) -> bytes:
    """The recorded body, or one of our own."""
    request = exchange["request"]
    return body("hello") if request is None else encoded(request["body"])


def outgoing(path: str) -> str:
    """What the provider is asked for at its own base URL."""
    return f"/v1/models/{path.rpartition('/models/')[2]}"
