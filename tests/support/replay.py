"""A gateway in front of a provider that answers as one was recorded."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random  # noqa: TID251 - cuts of bytes, seeded
from typing import Any

from aiohttp import web

from guardrail_gw.core.text import Finding, Segment
from tests.support.chat import encoded
from tests.support.policies import policy_text, write_policies
from tests.support.world import InlineDetectors, World, world

OPEN = """pii: {default: {action: allow}}
attachments: allow
provider_features: [storage, routing, web_search, hosted_tools]
provider_ids:
- fileSearchStores/testfilesearchgrounding-su9hjfq28i0f
- fileSearchStores/testfilesearchgroundingstre-p2hcv3cs2i69
- fileSearchStores/testfilesearchstore-q7prdj5dqu8p
- fileSearchStores/testfilesearchstream-lsy34id7fwk0
- vs_6931d72a43048191bbe7518b93c1d8ed
- file_011CcaGoMcMyMnhMwste6i8r
- file_011CcaGpPS2JA1AMya8VxEMh
- file_011Ccn6h59825RrtpAAPmrBv
- file_011Ccn6h7bTbXrEWQKoQZqF9
- file-7qh8AjzrjyRGiQ7kaFybfG
- file-BVTjj4CLd1Z7cgppk5sL45
- file-MDLqXZjNjNeLwwaRACNDNf
- file-U6Ke78qu8nkANsrCrjoYBr
- file_011CUJKUp367cjQUB9qr74Es
- file_011CUJNRcxM3JHxL8b5QGrNT
- gs://pydantic-ai-dev/Gemini_1_5_Pro_Technical_Report_Arxiv_1805.pdf
- gs://pydantic-ai-dev/openai-alloy.wav
- gs://pydantic-ai-test-files-vertex/test-files/dummy.pdf
- gs://pydantic-ai-test-files-vertex/test-files/kiwi.jpg
- gs://pydantic-ai-test-files-vertex/test-files/marcelo.mp3
- gs://pydantic-ai-test-files-vertex/test-files/small_video.mp4
- https://generativelanguage.googleapis.com/v1beta/files/3qswqtk02p7x
- https://generativelanguage.googleapis.com/v1beta/files/8b2bhnsluaai
- https://generativelanguage.googleapis.com/v1beta/files/k8plo4aq1e1w
- https://generativelanguage.googleapis.com/v1beta/files/nvp2l539zsmd
"""
"""A policy under which everything passes, so that bytes can be compared."""


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
    answer: dict[str, Any] | Callable[[bytes], dict[str, Any]] = field(default_factory=dict)
    """What was recorded, or how to answer a body."""
    received: list[tuple[str, bytes]] = field(default_factory=list)
    base_url: str = ""

    async def handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.received.append((request.path_qs, body))
        answer = self.answer(body) if callable(self.answer) else self.answer
        raw = _bytes_of(answer)
        media = answer["headers"].get("content-type")
        response = web.StreamResponse(
            status=answer["status"], headers={"Content-Type": media} if media else {}
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


def _bytes_of(answer: dict[str, Any]) -> bytes:
    """What was on the wire."""
    if "base64" in answer:
        return b64decode(answer["base64"])
    text = answer.get("text")
    return text.encode() if text is not None else encoded(answer["body"])


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
async def replayed(
    folder: Path, provider: str, *models: str, dialects: Sequence[str] = ()
) -> AsyncIterator[tuple[World, Replay]]:
    """A gateway in front of the replay, with these models of a server of one's own.

    Args:
        folder: for all files.
        provider: of the catalog.
        models: the virtual ones, each by its own name there.
        dialects: in which each of them is asked; none: in the provider's first.
    """
    spoken: Sequence[dict[str, str]] = [{"dialect": each} for each in dialects] or [{}]
    policies = folder / "policies"
    policies.mkdir()
    write_policies(policies, open=policy_text("open", OPEN))
    async with (
        replaying() as replay,
        world(
            folder,
            policies=policies,
            detectors=Blind(),
            deployments=[
                {
                    "id": f"replay-{n}-{m}",
                    "provider": provider,
                    "model": name,
                    "base_url": replay.base_url,
                    "inference": ["DE"],
                    "storage": ["DE"],
                    **spoken_,
                }
                for n, name in enumerate(models)
                for m, spoken_ in enumerate(spoken)
            ],
            models=[
                {"name": name, "deployments": [f"replay-{n}-{m}" for m, _ in enumerate(spoken)]}
                for n, name in enumerate(models)
            ],
        ) as here,
    ):
        yield here, replay
