"""The gateway with both its sides, a model's stand-in and an MCP server, each of which is watched.

The model's stand-in has the tool `echo` of the server called with the last line of the prompt; the
server gives back what it got. Neither may see a person's data: both lie outside of what is trusted.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import aiohttp
from aiohttp import web

from guardrail_gw.app import Gateway
from guardrail_gw.keys.generate import init
from guardrail_gw.server.access import digest
from guardrail_gw.settings import Settings
from guardrail_gw.standin.server import StandIn
from tests.support.mcp_gateway import REDACTING
from tests.support.mcp_served import served
from tests.support.policies import policy_text, write_policies
from tests.support.world import InlineDetectors

PERSON: Final = ("Katharina Hoffmann", "katharina.hoffmann@example.org", "DE89370400440532013000")
TEXT: Final = f"Please write to {PERSON[0]}, {PERSON[1]}, IBAN {PERSON[2]}."
_ARGUMENTS: Final = quote('{"text": {line}}')
_HOPS: Final = frozenset({"transfer-encoding", "content-length", "connection", "host", "date"})


@dataclass(slots=True, kw_only=True)
class House:
    """What clients are tried against."""

    url: str
    """Without a path."""
    key: str = field(repr=False)
    model: StandIn
    asked: list[bytes] = field(default_factory=list)
    """Head and body of every request that reached the server."""

    @property
    def leaked(self) -> list[str]:
        """What of a person reached the model's provider or the server."""
        seen = b"".join(self.asked) + b"".join(each.body for each in self.model.received)
        return [value for value in PERSON if value.encode() in seen]

    @property
    def calls(self) -> int:
        """How often a tool was called at the server."""
        return sum(b'"tools/call"' in each for each in self.asked)


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    """Start it in an empty folder."""
    key = f"ggw-{secrets.token_hex(16)}"
    async with StandIn() as model, served() as server, aiohttp.ClientSession() as session:
        at = House(url="", key=key, model=model)
        async with _watched(server, session, at.asked) as watched:
            settings = await asyncio.to_thread(_written, folder, key, model, watched)
            async with Gateway(settings, detectors=InlineDetectors()) as gateway:
                at.url = f"http://127.0.0.1:{gateway.port}"
                yield at


def _written(folder: Path, key: str, model: StandIn, server: str) -> Settings:
    init(folder / "keys", name="guardrail-gw/clients")
    (folder / "policies").mkdir()
    write_policies(folder / "policies", base=policy_text("base", REDACTING))
    (folder / "gateway.yaml").write_text(json.dumps(_configuration(key, model, server)), "utf-8")
    return Settings.load(folder / "gateway.yaml")


def _configuration(key: str, model: StandIn, server: str) -> dict[str, Any]:
    places = {"inference": ["DE"], "storage": ["DE"]}
    told = {
        "claude": f"work?chars=3&pick=mcp__gw__echo&arguments={_ARGUMENTS}",
        "codex": f"work?chars=3&pick=mcp__gw/echo&arguments={_ARGUMENTS}",
    }
    speaks = {"claude": "anthropic-compatible", "codex": "openai-compatible"}
    deployments = [
        {
            "id": name,
            "provider": speaks[name],
            "model": behaviour,
            "base_url": model.base_url,
            **({"dialect": "openai_responses"} if name == "codex" else {}),
            **places,
        }
        for name, behaviour in told.items()
    ]
    who = {"id": "app", "sha256": digest(key), "tenant": "acme", "team": "crm", "user": "app"}
    return {
        "apiVersion": "guardrail-gw/v1",
        "kind": "Gateway",
        "listen": {"port": 0},
        "access": {"keys": [who]},
        "policies": "policies",
        "audit": {"directory": "audit", "keys": "keys/gateway", "public": "keys/audit-public"},
        "models": [{"name": name, "deployments": [name]} for name in told],
        "deployments": deployments,
        "mcp": {"servers": [{"id": "one", "url": server, **places}]},
    }


@asynccontextmanager
async def _watched(
    server: str, session: aiohttp.ClientSession, seen: list[bytes]
) -> AsyncIterator[str]:
    """The server, behind a proxy that notes every request as it came."""

    async def handle(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        seen.append(repr(dict(request.headers)).encode() + body)
        headers = {n: v for n, v in request.headers.items() if n.lower() not in _HOPS}
        async with session.request(
            request.method, server, data=body or None, headers=headers, timeout=_FOR_EVER
        ) as answer:
            own = {n: v for n, v in answer.headers.items() if n.lower() not in _HOPS}
            stream = web.StreamResponse(status=answer.status, headers=own)
            await stream.prepare(request)
            async for chunk in answer.content.iter_any():
                await stream.write(chunk)
            await stream.write_eof()
            return stream

    app = web.Application()
    app.router.add_route("*", "/mcp", handle)
    runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/mcp"
    finally:
        await runner.cleanup()


_FOR_EVER: Final = aiohttp.ClientTimeout(total=None)
