"""Recorded Responses traffic through a whole gateway; the recordings may be absent."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.chat import encoded
from tests.support.messages import events_of
from tests.support.recorded import needs_recordings, recorded
from tests.support.replay import replayed
from tests.support.responses import body

FILES = ("openai_responses", "vercel-openai_responses")
UNSERVED = ("background", "previous_response_id", "conversation")
SPOILT = frozenset({"vercel-ai-192", "vercel-ai-230"})
"""Streams that fail, or are no JSON."""

pytestmark = needs_recordings


async def test_every_recording_passes_through_the_gateway(tmp_path: Path) -> None:
    """The provider gets each request as it was sent, not to be stored; the client each answer."""
    count = 0
    async with replayed(tmp_path, "openai-compatible", "gpt") as (here, replay):
        for exchange, path, asked in exchanges(spoilt=False):
            if any(asked.get(name) for name in UNSERVED):
                continue
            replay.answer = answer = exchange["response"]
            status, got = await here.post_responses(encoded(asked), path=path)
            count += 1
            assert status == 200, exchange["id"]
            assert replay.received[-1][0] == path
            assert json.loads(replay.received[-1][1]) == forbidding(path, asked)
            if exchange["stream"]:
                frames = [f for f in answer["text"].splitlines() if f.startswith("data:")]
                assert events_of(got) == [json.loads(frame[5:]) for frame in frames]
            else:
                assert json.loads(got) == answer["body"]
    assert count > 250
    assert {tuple(kinds) for kinds in here.pairs().values()} == {("intent", "outcome")}


async def test_what_needs_a_providers_memory_goes_nowhere(tmp_path: Path) -> None:
    """Recorded requests go on from what was stored elsewhere, or are answered later: refused."""
    codes = []
    async with replayed(tmp_path, "openai-compatible", "gpt") as (here, replay):
        for _, path, asked in exchanges(spoilt=False):
            if any(asked.get(name) for name in UNSERVED):
                status, got = await here.post_responses(encoded(asked), path=path)
                codes.append((status, json.loads(got)["error"]["code"]))
    assert len(codes) > 10
    assert set(codes) == {(404, "state.unknown"), (400, "operation.background")}
    assert replay.received == []


async def test_every_recorded_failure_keeps_its_meaning(tmp_path: Path) -> None:
    """A recorded refusal keeps its status, a failure in a 200 is one, and no words pass."""
    count = 0
    async with replayed(tmp_path, "openai-compatible", "gpt") as (here, replay):
        for exchange, path, asked in exchanges(spoilt=True):
            replay.answer = answer = exchange["response"]
            status, got = await here.post_responses(encoded(asked), path=path)
            count += 1
            if answer["status"] == 200:
                assert b'"upstream.' in got
                assert b"response.completed" not in got
            else:
                assert status == answer["status"]
                assert answer["body"]["error"]["message"] not in got.decode()
    assert count == 6


def exchanges(*, spoilt: bool) -> Iterator[tuple[dict[str, Any], str, dict[str, Any]]]:
    """Each recorded exchange of a served operation, with its path and request.

    Providers have paths of their own before the operation; where no request was recorded, it is
    one of ours.

    Args:
        spoilt: those that fail, and no others.
    """
    for exchange in recorded(*FILES):
        request = exchange["request"]
        if spoilt is not (exchange["response"]["status"] != 200 or exchange["id"] in SPOILT):
            continue
        if request is None:
            yield exchange, "/v1/responses", json.loads(body("hello", stream=exchange["stream"]))
        elif request["method"] == "POST":
            operation = "/v1/responses" + request["path"].partition("/responses")[2]
            yield exchange, operation, {**request["body"], "model": "gpt"}


def forbidding(path: str, asked: dict[str, Any]) -> dict[str, Any]:
    """What is sent: a response is not to be stored if nothing else is said."""
    return asked if path != "/v1/responses" else {"store": False, **asked}
