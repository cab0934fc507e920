"""Connections to MCP servers as the gateway makes them, for tests."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar

from guardrail_gw.core.identity import Principal
from guardrail_gw.mcp.ports import Ask, Call, EarlyCall, Era, Message, Peer, Server
from guardrail_gw.mcp.servers.http import HttpTransport
from guardrail_gw.mcp.servers.limits import Limits
from guardrail_gw.mcp.servers.link import Transport
from guardrail_gw.mcp.servers.sealed import Seal
from guardrail_gw.mcp.servers.server import ConnectedServer, Parts
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.routing.breaker import Breaker
from guardrail_gw.state.seal import StateKey
from guardrail_gw.upstreams.servers import ServerHttp

S = TypeVar("S", bound=Server)
ALICE = Principal(tenant="acme", team="desk", user="alice", key_id="k-alice")
BOB = Principal(tenant="acme", team="desk", user="bob", key_id="k-bob")
ASKABLE: Mapping[str, Any] = {"elicitation": {"form": {}}, "sampling": {}, "roots": {}}
CLOCK = SystemClock()
REVISIONS = {Era.LEGACY: "2025-11-25", Era.MODERN: "2026-07-28"}


def peer(era: Era = Era.MODERN, **given: Any) -> Peer:
    """A client."""
    chosen: dict[str, Any] = {"principal": ALICE, "revision": REVISIONS[era], "capabilities": {}}
    return Peer(era=era, **(chosen | given))


def seal() -> Seal:
    """The gateway's seal."""
    return Seal(StateKey(bytes(32)), CLOCK)


def over_http(url: str, limits: Limits | None = None, speaks: Era | None = None) -> ConnectedServer:
    """A server at this address; `start` it."""
    chosen = limits or Limits()
    transport = HttpTransport("files", (url, {}), chosen, speaks, (CLOCK, ServerHttp))
    return connected(transport, chosen)


def connected(transport: Transport, limits: Limits) -> ConnectedServer:
    """A server with these ways to it; `start` it."""
    parts = Parts(clock=CLOCK, seal=seal(), breaker=Breaker())
    return ConnectedServer("files", transport, limits, parts)


@asynccontextmanager
async def started(server: S) -> AsyncIterator[S]:
    """The server, ready."""
    await server.start()
    try:
        yield server
    finally:
        await server.close()


@dataclass(slots=True)
class Answers:
    """What a client says when it is asked, by method; and what it was asked."""

    by_method: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[Message] = field(default_factory=list)


async def ask(server: Server, asked: Ask, answers: Answers | None = None) -> list[Message]:
    """Every message of a call, made as the chain makes it; what the server asks is answered."""
    said = []
    calling = server.call(asked)
    if isinstance(calling, EarlyCall):
        calling.make()
        await calling.begin()
    async with calling as call:
        async for message in call:
            said.append(message)
            await _answer(call, message, answers)
    return said


async def _answer(call: Call, message: Message, answers: Answers | None) -> None:
    if "method" not in message or "id" not in message or answers is None:
        return
    answers.asked.append(message)
    result = answers.by_method[message["method"]]
    await call.reply({"jsonrpc": "2.0", "id": message["id"], "result": result})


async def call_tool(
    server: Server, who: Peer, tool: str, arguments: Mapping[str, Any] | None = None, **more: Any
) -> list[Message]:
    """Every message of a call of a tool."""
    return await ask(server, tool_ask(who, tool, arguments), **more)


def tool_ask(who: Peer, tool: str, arguments: Mapping[str, Any] | None = None, **more: Any) -> Ask:
    """A request for a tool to be called."""
    params = {"name": tool, "arguments": dict(arguments or {}), **more}
    return Ask(peer=who, method="tools/call", params=params)


def said_text(messages: list[Message]) -> str:
    """The text of a result."""
    text: str = messages[-1]["result"]["content"][0]["text"]
    return text
