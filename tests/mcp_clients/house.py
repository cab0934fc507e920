"""The gateway with both its sides, a model's stand-in and MCP servers, each of which is watched.

One server is of the legacy era and one of the modern; each can be asked alone, and at the endpoint
of all. The model's stand-in has the tool `echo` of a server called with the last line of a prompt;
the server gives back what it got. None may see a person's data: all lie outside of what is trusted.
"""

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
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
ERAS: Final = ("legacy", "modern")
"""Of the servers, which are called so, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A way to the tool."""

    server: str
    path: str
    tool: str
    """What it is called there."""


ROUTES: Final = (
    *(Route(server=era, path=f"/mcp/{era}", tool="echo") for era in ERAS),
    *(Route(server=era, path="/mcp", tool=f"{era}__echo") for era in ERAS),
)
_ARGUMENTS: Final = quote('{"text": {line}}')
_CALLED: Final = {"claude": "__", "codex": "/"}
"""How an agent joins a server's name and a tool's."""
_HOPS: Final = frozenset({"transfer-encoding", "content-length", "connection", "host", "date"})


@dataclass(slots=True, kw_only=True)
class House:
    """What clients are tried against."""

    url: str
    """Without a path."""
    key: str = field(repr=False)
    model: StandIn
    asked: dict[str, list[bytes]] = field(default_factory=lambda: {era: [] for era in ERAS})
    """Server -> head and body of every request that reached it."""

    @property
    def leaked(self) -> list[str]:
        """What of a person reached the model's provider or the server."""
        heads = [each for every in self.asked.values() for each in every]
        seen = b"".join(heads) + b"".join(each.body for each in self.model.received)
        return [value for value in PERSON if value.encode() in seen]

    def calls(self, server: str) -> int:
        """How often a tool was called there."""
        return sum(b'"tools/call"' in each for each in self.asked[server])


@asynccontextmanager
async def house(folder: Path) -> AsyncIterator[House]:
    """Start it in an empty folder."""
    key = f"ggw-{secrets.token_hex(16)}"
    async with AsyncExitStack() as stack:
        model = await stack.enter_async_context(StandIn())
        session = await stack.enter_async_context(aiohttp.ClientSession())
        at = House(url="", key=key, model=model)
        servers = {
            era: await stack.enter_async_context(
                _watched(await stack.enter_async_context(served(era)), session, at.asked[era])
            )
            for era in ERAS
        }
        settings = await asyncio.to_thread(_written, folder, key, model, servers)
        gateway = Gateway(settings, detectors=InlineDetectors())
        await stack.enter_async_context(gateway)
        at.url = f"http://127.0.0.1:{gateway.port}"
        yield at


def _written(folder: Path, key: str, model: StandIn, servers: Mapping[str, str]) -> Settings:
    init(folder / "keys", name="guardrail-gw/clients")
    (folder / "policies").mkdir()
    write_policies(folder / "policies", base=policy_text("base", REDACTING))
    (folder / "gateway.yaml").write_text(json.dumps(_configuration(key, model, servers)), "utf-8")
    return Settings.load(folder / "gateway.yaml")


def _configuration(key: str, model: StandIn, servers: Mapping[str, str]) -> dict[str, Any]:
    places = {"inference": ["DE"], "storage": ["DE"]}
    speaks: dict[str, dict[str, str]] = {
        "claude": {"provider": "anthropic-compatible"},
        "codex": {"provider": "openai-compatible", "dialect": "openai_responses"},
    }
    deployments = [
        {
            "id": f"{agent}-{tool}",
            "model": f"work?chars=3&pick=mcp__gw{_CALLED[agent]}{tool}&arguments={_ARGUMENTS}",
            "base_url": model.base_url,
            **speaks[agent],
            **places,
        }
        for agent in speaks
        for tool in sorted({each.tool for each in ROUTES})
    ]
    who = {"id": "app", "sha256": digest(key), "tenant": "acme", "team": "crm", "user": "app"}
    return {
        "apiVersion": "guardrail-gw/v1",
        "kind": "Gateway",
        "listen": {"port": 0},
        "access": {"keys": [who]},
        "policies": "policies",
        "audit": {"directory": "audit", "keys": "keys/gateway", "public": "keys/audit-public"},
        "models": [{"name": each["id"], "deployments": [each["id"]]} for each in deployments],
        "deployments": deployments,
        "mcp": {"servers": [{"id": era, "url": url, **places} for era, url in servers.items()]},
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
