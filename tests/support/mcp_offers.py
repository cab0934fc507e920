"""An MCP server behind its port, for tests: it offers what it is told to, and fails as told."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from guardrail_gw.mcp.ports import Ask, Call, Described, Era, Message, Peer
from guardrail_gw.mcp_errors import ServerFailed

CAPABILITIES = {"tools": {"listChanged": True}, "prompts": {}, "resources": {}}


@dataclass
class Answering:
    """Implements `ports.Call`: a list of messages."""

    messages: list[Message]
    replies: list[Message] = field(default_factory=list)

    async def __aiter__(self) -> AsyncIterator[Message]:
        """Iterate over them."""
        for message in self.messages:
            yield message

    async def reply(self, message: Message) -> None:
        self.replies.append(message)


@dataclass
class Offers:
    """Implements `ports.Server`."""

    id: str
    lists: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """Method -> pages."""
    capabilities: Mapping[str, Any] = field(default_factory=lambda: CAPABILITIES)
    instructions: str | None = None
    is_down: bool = False
    before: list[Message] = field(default_factory=list)
    """What it says before each answer."""
    asked: list[Ask] = field(default_factory=list)
    calls: list[Answering] = field(default_factory=list)
    answers: Mapping[str, Message] = field(default_factory=dict)
    """Method -> the response."""
    told: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    sessions_left: list[str] = field(default_factory=list)
    wanted: list[frozenset[str]] = field(default_factory=list)
    """Resources that it is listened to for."""

    def __post_init__(self) -> None:
        """What else it has, of its own."""
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.says: asyncio.Queue[Message | None] = asyncio.Queue()
        self.listened = 0

    def offer(self, *tools: Mapping[str, Any]) -> None:
        """Offer these tools from now on, on one page."""
        self.lists["tools/list"] = [{"tools": [*tools]}]

    async def start(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Nothing to do."""

    async def described(self, peer: Peer) -> Described:
        del peer
        if self.is_down:
            raise ServerFailed("down")
        return Described(
            era=Era.LEGACY,
            revision="2025-11-25",
            capabilities=self.capabilities,
            info={},
            instructions=self.instructions,
        )

    @asynccontextmanager
    async def call(self, ask: Ask) -> AsyncIterator[Call]:
        self.asked.append(ask)
        await self.may_answer.wait()
        if self.is_down:
            raise ServerFailed("down")
        pages = self.lists.get(ask.method)
        answer = self.answers.get(ask.method, {"error": {"code": -32601, "message": "no"}})
        if pages is not None:
            answer = {"result": pages[int(ask.params.get("cursor", 0))]}
        call = Answering([*self.before, answer])
        self.calls.append(call)
        yield call

    async def notify(self, peer: Peer, method: str, params: Mapping[str, Any]) -> None:
        del peer
        self.told.append((method, params))

    @asynccontextmanager
    async def listen(
        self, peer: Peer, kinds: frozenset[str], resources: frozenset[str]
    ) -> AsyncIterator[AsyncIterator[Message]]:
        del peer, kinds
        self.wanted.append(resources)
        if self.is_down:
            raise ServerFailed("down")
        self.listened += 1
        yield self._said()

    async def _said(self) -> AsyncIterator[Message]:
        while (message := await self.says.get()) is not None:
            yield message

    async def left(self, session: str) -> None:
        self.sessions_left.append(session)
