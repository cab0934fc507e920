"""Recorded Messages traffic through a whole gateway; the recordings may be absent."""

import json
from pathlib import Path
from typing import Any

from tests.support.chat import encoded
from tests.support.messages import body, events_of
from tests.support.recorded import needs_recordings, recorded
from tests.support.replay import replayed

pytestmark = needs_recordings


async def test_every_recording_passes_through_the_gateway(tmp_path: Path) -> None:
    """The provider gets each request as it was sent, and the client each answer as it came."""
    count = 0
    async with replayed(tmp_path, "anthropic-compatible", "claude") as (here, replay):
        for exchange in recorded("anthropic_messages", "vercel-anthropic_messages"):
            replay.answer = answer = exchange["response"]
            if answer["status"] != 200:
                continue
            path, headers, asked = request_of(exchange)
            status, got = await here.post_messages(asked, path=path, headers=headers)
            count += 1
            assert status == 200, exchange["id"]
            assert replay.received[-1] == (path, asked)
            if exchange["stream"]:
                frames = [f for f in answer["text"].splitlines() if f.startswith("data:")]
                assert events_of(got) == [json.loads(frame[5:]) for frame in frames]
            else:
                assert json.loads(got) == answer["body"]
    assert count > 250
    assert {tuple(kinds) for kinds in here.pairs().values()} == {("intent", "outcome")}


async def test_every_recorded_error_keeps_its_meaning(tmp_path: Path) -> None:
    """A recorded refusal keeps status and type, and its words are withheld."""
    count = 0
    async with replayed(tmp_path, "anthropic-compatible", "claude") as (here, replay):
        for exchange in recorded("anthropic_messages"):
            replay.answer = answer = exchange["response"]
            if answer["status"] == 200:
                continue
            path, headers, asked = request_of(exchange)
            status, got = await here.post_messages(asked, path=path, headers=headers)
            count += 1
            assert status == answer["status"]
            error = json.loads(got)["error"]
            assert error["type"] == answer["body"]["error"]["type"]
            assert answer["body"]["error"]["message"] not in error["message"]
    assert count == 3


def request_of(exchange: dict[str, Any]) -> tuple[str, dict[str, str], bytes]:
    """Path, headers and body of a recorded request, or one of our own where there is none."""
    request = exchange["request"]
    if request is None:
        return "/v1/messages", {}, body("hello", stream=exchange["stream"])
    headers = {k: v for k, v in request["headers"].items() if k.startswith("anthropic-")}
    asked = {**request["body"], "model": "claude", "stream": exchange["stream"]}
    if "count_tokens" in request["path"]:
        del asked["stream"]
    return request["path"], headers, encoded(asked)
