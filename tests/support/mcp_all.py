"""The endpoint of all servers over servers behind their port, without a chain between them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.core.tool import ToolName
from guardrail_gw.dialects.mcp.methods import DISCOVER
from guardrail_gw.errors import Refusal
from guardrail_gw.mcp.aggregate.kinds import BY_METHOD
from guardrail_gw.mcp.all_servers import AllServers
from guardrail_gw.mcp.control.pins import Pin
from guardrail_gw.mcp.front.endpoint import Posted, Running, introduction
from guardrail_gw.mcp.governed import Governed, governed
from guardrail_gw.mcp.kept import KeptLists
from guardrail_gw.mcp.pin_file import PinFile
from guardrail_gw.mcp.ports import (
    LISTEN,
    Ask,
    Call,
    Described,
    Era,
    Introduction,
    Message,
    Peer,
    Server,
    Told,
)
from guardrail_gw.mcp_servers import McpConfig
from guardrail_gw.policy.tools import ToolRules
from tests.support.mcp_offers import Offers
from tests.support.routing_world import OwnClock

ME = Peer(
    principal=Principal(tenant="acme", team="care", user="erika", key_id="k1"),
    era=Era.LEGACY,
    revision="2025-11-25",
    session="s1",
)


@dataclass(frozen=True)
class Direct:
    """A server's own endpoint: what its chain does with tools, and nothing else of it."""

    server: Server
    governed: Governed
    rules: ToolRules

    @property
    def name(self) -> str:
        """The server's id."""
        return self.server.id

    async def described(self, peer: Peer) -> Described:
        """What the server says of itself."""
        return await self.server.described(peer)

    async def introduced(self, peer: Peer, posted: Posted) -> Introduction:
        """What a client is told of it."""
        async with self.call(Ask(peer=peer, method=DISCOVER, params={}), posted) as running:
            return await introduction(running.messages)

    @asynccontextmanager
    async def call(self, ask: Ask, posted: Posted) -> AsyncIterator[Running]:
        """Ask, where the rules let it."""
        exchange = RequestId(f"to {self.name}")
        posted.begun(exchange)
        if ask.method == LISTEN:
            wanted = frozenset(ask.params["notifications"]["resourceSubscriptions"])
            async with self.server.listen(ask.peer, frozenset(), wanted) as said:
                yield Running(exchange=exchange, messages=said)
            return
        if ask.method == "tools/call":
            tool = ToolName(server=self.name, name=ask.params["name"])
            await self.governed.tools.admit(self.rules, tool)
        async with self.server.call(ask) as call:
            yield Running(exchange=exchange, messages=self._said(ask, call))

    async def _said(self, ask: Ask, call: Call) -> AsyncIterator[Message]:
        async for message in call:
            if ask.method in BY_METHOD and "result" in message:
                result = message["result"]
                tools = self.governed.tools
                yield {"result": await tools.filtered(self.rules, self.name, ask.method, result)}
            else:
                yield message

    async def tell(self, told: Told, posted: Posted) -> None:
        """Tell the server."""
        del posted
        await self.server.notify(told.peer, told.method, told.message)

    async def notify(self, peer: Peer, method: str, params: Mapping[str, Any]) -> None:
        """Tell the server."""
        await self.server.notify(peer, method, params)

    async def left(self, session: str) -> None:
        """Tell the server."""
        await self.server.left(session)


@dataclass(frozen=True)
class World:
    """What a test looks at."""

    governed: Governed
    servers: Mapping[str, Server]
    refused: list[str] = field(default_factory=list)

    def all(self, rules: ToolRules) -> AllServers:
        """The endpoint, for callers with these rules."""
        singles = {
            id_: Direct(server, self.governed, rules) for id_, server in self.servers.items()
        }
        return AllServers(
            singles=singles,
            tools=self.governed.tools,
            rules=lambda _: rules,
            refuse=self._refuse,
        )

    async def _refuse(self, asked: Ask | Told, posted: Posted, why: Refusal) -> None:
        """Note it, as a record does."""
        del asked, posted
        self.refused.append(why.code)
        raise why

    async def asked(
        self, rules: ToolRules, method: str, params: Mapping[str, Any]
    ) -> list[Message]:
        """The messages of an answer."""
        ask = Ask(peer=ME, method=method, params=params)
        async with self.all(rules).call(ask, Posted()) as running:
            return [message async for message in running.messages]

    async def result(
        self, rules: ToolRules, method: str, params: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The result of a request."""
        found: dict[str, Any] = (await self.asked(rules, method, params or {}))[-1]["result"]
        return found


async def recorded(server: str, pin: Pin) -> None:
    """Nobody looks."""
    del server, pin


@asynccontextmanager
async def world(path: Path, *servers: Offers, **config: Any) -> AsyncIterator[World]:
    """Governed servers, nobody listening; `server` is said of each of them."""
    said = {"url": "http://127.0.0.1:1", "timeouts": {"list_s": 0.2}, **config.pop("server", {})}
    text = orjson.dumps({"servers": [{**said, "id": each.id} for each in servers], **config})
    made = governed(
        McpConfig.model_validate_json(text),
        {each.id: each for each in servers},
        PinFile(path / "pins.json"),
        clock=OwnClock(),
        record=recorded,
    )
    kept = {each.id: KeptLists(each, made.catalogue) for each in servers}
    try:
        yield World(governed=made, servers=kept)
    finally:
        await made.close()
