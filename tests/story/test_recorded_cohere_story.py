"""Recorded chats of Cohere through a whole gateway; the recordings may be absent."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.chat import encoded
from tests.support.cohere import body
from tests.support.recorded import needs_recordings, recorded
from tests.support.replay import replayed

DIALECTS = ("cohere_chat", "cohere_chat_v1")

pytestmark = needs_recordings


async def test_every_recording_passes_through_the_gateway(tmp_path: Path) -> None:
    """The provider gets each request as it was sent, and the client each answer as it came.

    A stream does to the byte: events of the later chat, JSON lines of the one before it.
    """
    count = 0
    async with replayed(tmp_path, "cohere-compatible", "command", dialects=DIALECTS) as (
        here,
        replay,
    ):
        for exchange, path, asked in exchanges(is_ok=True):
            replay.answer = answer = exchange["response"]
            status, got = await here.post_responses(asked, path=path)
            count += 1
            assert status == 200, exchange["id"]
            assert replay.received[-1] == ("/v1/chat", asked)
            if exchange["stream"]:
                assert got.rstrip() == answer["text"].encode().rstrip()
            else:
                assert json.loads(got) == answer["body"]
    assert count == 38
    assert {tuple(kinds) for kinds in here.pairs().values()} == {("intent", "outcome")}


async def test_every_recorded_error_keeps_its_meaning(tmp_path: Path) -> None:
    """A recorded refusal keeps its status, and none of its words pass."""
    count = 0
    async with replayed(tmp_path, "cohere-compatible", "command", dialects=DIALECTS) as (
        here,
        replay,
    ):
        for exchange, path, asked in exchanges(is_ok=False):
            replay.answer = answer = exchange["response"]
            status, got = await here.post_responses(asked, path=path)
            told = json.loads(got)
            count += 1
            assert status == answer["status"] == 404
            assert told.keys() == {"id", "message", "code"}
            assert told["code"] == "upstream.refused"
            assert answer["body"]["message"] not in told["message"]
    assert count == 2


def exchanges(*, is_ok: bool) -> Iterator[tuple[dict[str, Any], str, bytes]]:
    """Each recorded exchange with path and body of its request, or of ours where none was."""
    for exchange in recorded("cohere_chat", "vercel-cohere_chat"):
        if (exchange["response"]["status"] == 200) is not is_ok:
            continue
        request = exchange["request"]
        if request is None:
            yield exchange, "/v2/chat", body("hello", stream=exchange["stream"])
        else:
            yield exchange, request["path"], encoded({**request["body"], "model": "command"})
