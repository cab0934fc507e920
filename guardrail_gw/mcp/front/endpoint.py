"""One endpoint: whom requests are for, and how they get there through the chain."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Protocol, Self

from guardrail_gw.chain import Answer
from guardrail_gw.core.exchange import Arrival, Inbound, Question
from guardrail_gw.core.identity import RequestId
from guardrail_gw.core.ports import Clock, Offload
from guardrail_gw.core.request_id import RequestIds
from guardrail_gw.core.tags import Tags
from guardrail_gw.dialects.mcp.exact import parsed
from guardrail_gw.dialects.mcp.methods import DISCOVER
from guardrail_gw.errors import Overloaded
from guardrail_gw.mcp.ports import (
    LISTEN,
    Ask,
    Described,
    Introduction,
    Message,
    Peer,
    Server,
    Told,
    Words,
)
from guardrail_gw.mcp_errors import ServerFailed
from guardrail_gw.server.chat import Load
from guardrail_gw.server.exchanges import Exchanges
from guardrail_gw.server.stops import stopping

SURFACE: Final = "mcp"
_RETRY_AFTER_S: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What came with a request besides what it asks."""

    body: bytes = field(default=b"", repr=False)
    tags: Tags = ()
    begun: Callable[[RequestId], None] = lambda _: None
    """Told of the exchange's name as soon as it has one."""

    def told(self, begun: Callable[[RequestId], None]) -> "Posted":
        """The same, and who is told of the name."""
        return Posted(body=self.body, tags=self.tags, begun=begun)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A request that is under way."""

    exchange: RequestId
    """Empty where nothing can be answered in the middle of it."""
    messages: AsyncIterator[Message] = field(repr=False)
    """Notifications, what the server asks, and last the response, as `ports.Call` says."""


class Endpoint(Protocol):
    """What stands behind one path."""

    @property
    def name(self) -> str:
        """The server's id; empty for the endpoint of all."""
        ...

    async def described(self, peer: Peer) -> Described:
        """What it says of itself, for nobody but the gateway; raises Refusal."""
        ...

    async def introduced(self, peer: Peer, posted: Posted) -> Introduction:
        """What it says of itself, as this client may see it; an exchange; raises Refusal."""
        ...

    def call(self, ask: Ask, posted: Posted) -> AbstractAsyncContextManager[Running]:
        """Ask; raises Refusal, while the messages are iterated, too."""
        ...

    async def tell(self, told: Told, posted: Posted) -> None:
        """Answer what a server asked in the middle of a call; raises Refusal."""
        ...

    async def notify(self, peer: Peer, method: str, params: Mapping[str, Any]) -> None:
        """Tell what has no answer and holds nothing that anybody wrote; raises Refusal."""
        ...

    async def left(self, session: str) -> None:
        """A session is over."""
        ...


@dataclass(slots=True, kw_only=True)
class Single:
    """One server, in its own names, each request through the chain."""

    server: Server
    chain: Exchanges
    words: Words
    clock: Clock
    load: Load
    offload: Offload
    ids: RequestIds = field(default_factory=RequestIds)

    @property
    def name(self) -> str:
        """The server's id."""
        return self.server.id

    async def described(self, peer: Peer) -> Described:
        """What the server says of itself."""
        return await self.server.described(peer)

    async def introduced(self, peer: Peer, posted: Posted) -> Introduction:
        """What the server says of itself, through the chain."""
        async with self.call(Ask(peer=peer, method=DISCOVER, params={}), posted) as running:
            return await introduction(running.messages)

    def call(self, ask: Ask, posted: Posted) -> AbstractAsyncContextManager[Running]:
        """Take a request through the chain.

        One that only listens is in progress until it has begun: clients listen for hours.
        """

        def question() -> Question:
            return self.words.ask(self.server.id, ask)

        return self._exchange(ask.peer, posted, question, listens=ask.method == LISTEN)

    async def tell(self, told: Told, posted: Posted) -> None:
        """Take an answer through the chain, as an exchange of its own."""

        def question() -> Question:
            return self.words.told(self.server.id, told)

        async with self._exchange(told.peer, posted, question) as running:
            async for _ in running.messages:
                pass

    async def notify(self, peer: Peer, method: str, params: Mapping[str, Any]) -> None:
        """Tell the server; there is nothing in it that the chain would look at."""
        await self.server.notify(peer, method, params)

    async def left(self, session: str) -> None:
        """Tell the server."""
        await self.server.left(session)

    def _exchange(
        self, peer: Peer, posted: Posted, question: Callable[[], Question], *, listens: bool = False
    ) -> "_Exchange":
        now_us = self.clock.now_us()
        arrival = Arrival(id=self.ids.new(now_us), surface=SURFACE, received_us=now_us)

        async def admit() -> Inbound:
            if self.load.is_over:
                raise stopping()
            if self.load.in_flight > self.load.limit:
                raise Overloaded(
                    f"more than {self.load.limit} requests are in progress; try again shortly",
                    retry_after_s=_RETRY_AFTER_S,
                )
            return Inbound(
                arrival=arrival,
                principal=peer.principal,
                question=await self.offload(question, size=len(posted.body)),
                tags=posted.tags,
                body=posted.body,
            )

        return _Exchange(
            name=arrival.id,
            begun=posted.begun,
            through=self.chain.exchange(arrival, admit),
            load=self.load,
            listens=listens,
        )


@dataclass(slots=True, kw_only=True)
class _Exchange:
    """One request in progress; no generator, which the event loop would register."""

    name: RequestId
    begun: Callable[[RequestId], None]
    through: AbstractAsyncContextManager[Answer]
    load: Load
    listens: bool
    """Whether it is in progress only until it has begun."""

    async def __aenter__(self) -> Running:
        """Take it through the chain."""
        self.begun(self.name)
        self.load.in_flight += 1
        try:
            answer = await self.through.__aenter__()
        except BaseException:
            self.load.in_flight -= 1
            raise
        self.load.in_flight -= self.listens
        return Running(exchange=self.name, messages=_Messages(answer.pieces))

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        """End it."""
        self.load.in_flight += self.listens
        try:
            return await self.through.__aexit__(kind, error, trace)
        finally:
            self.load.in_flight -= 1


class _Messages:
    """The pieces of an answer as messages; no generator, which the event loop would register."""

    __slots__ = ("_pieces",)

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Message:
        message: Message = parsed(await anext(self._pieces))
        return message


async def introduction(messages: AsyncIterator[Message]) -> Introduction:
    """Read an answer to `server/discover`, as it is given inside; raises Refusal."""
    async for message in messages:
        result = message.get("result")
        if isinstance(result, Mapping):
            return Introduction(
                capabilities=result["capabilities"],
                info=result["serverInfo"],
                instructions=result.get("instructions"),
            )
    raise ServerFailed("the server does not say what it is")
