"""Recorded Messages traffic through a whole gateway; the recordings may be absent."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random  # noqa: TID251 - cuts of bytes, seeded
from typing import Any

from aiohttp import web

from guardrail_gw.core.text import Finding, Segment
from tests.support.chat import encoded
from tests.support.messages import body, events_of
from tests.support.policies import policy_text, write_policies
from tests.support.recorded import needs_recordings, recorded
from tests.support.world import InlineDetectors, World, world

OPEN = """pii: {default: {action: allow}}
attachments: allow
provider_features: [storage, routing, web_search, hosted_tools]
"""
"""A policy under which everything passes, so that bytes can be compared."""

pytestmark = needs_recordings


@dataclass(slots=True)
class Blind(InlineDetectors):
    """Detectors that find nothing: what stays as it was is the point here."""

    async def detect(
        self, segments: Sequence[Segment], *, countries: frozenset[str] = frozenset()
    ) -> list[tuple[Finding, ...]]:
        return [() for _ in segments]


@dataclass(slots=True)
class Replay:
    """A provider that answers as one was recorded, its bytes cut at random."""

    random: Random
    answer: dict[str, Any] = field(default_factory=dict)
    received: list[tuple[str, bytes]] = field(default_factory=list)
    base_url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.received.append((request.path_qs, await request.read()))
        text = self.answer.get("text")
        raw = text.encode() if text is not None else encoded(self.answer["body"])
        response = web.StreamResponse(
            status=self.answer["status"],
            headers={"Content-Type": self.answer["headers"]["content-type"]},
        )
        await response.prepare(request)
        at = 0
        while at < len(raw):
            size = self.random.randint(1, 2000)
            await response.write(raw[at : at + size])
            await asyncio.sleep(0)
            at += size
        await response.write_eof()
        return response


@asynccontextmanager
async def replaying() -> AsyncIterator[Replay]:
    """A provider that is listening."""
    replay = Replay(Random(5))  # noqa: S311 - cuts, repeatable
    app = web.Application(client_max_size=64 << 20)
    app.router.add_post("/{path:.*}", replay.handle)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    replay.base_url = f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    try:
        yield replay
    finally:
        await runner.cleanup()


@asynccontextmanager
async def replayed(folder: Path) -> AsyncIterator[tuple[World, Replay]]:
    """A gateway in front of the replay."""
    policies = folder / "policies"
    policies.mkdir()
    write_policies(policies, open=policy_text("open", OPEN))
    deployment = {"id": "replay", "provider": "anthropic-compatible", "model": "claude"}
    async with (
        replaying() as replay,
        world(
            folder,
            policies=policies,
            detectors=Blind(),
            deployments=[
                {**deployment, "base_url": replay.base_url, "inference": ["DE"], "storage": ["DE"]}
            ],
            models=[{"name": "claude", "deployments": ["replay"]}],
        ) as here,
    ):
        yield here, replay


async def test_every_recording_passes_through_the_gateway(tmp_path: Path) -> None:
    """The provider gets each request as it was sent, and the client each answer as it came."""
    count = 0
    async with replayed(tmp_path) as (here, replay):
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
    async with replayed(tmp_path) as (here, replay):
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
