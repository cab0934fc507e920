"""One surface: read a request, take it through the chain, write the answer back."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Protocol, TypedDict

from aiohttp import hdrs, web
from multidict import CIMultiDictProxy

from guardrail_gw.chain import Answer
from guardrail_gw.core.exchange import Arrival, Head, Inbound, Question
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.ports import Clock, Dialect, Offload
from guardrail_gw.core.request_id import RequestIds
from guardrail_gw.core.tags import Tag, Tags, tags_of
from guardrail_gw.core.trace import read
from guardrail_gw.dialects import unserved
from guardrail_gw.errors import GatewayDefect, Overloaded, Refusal, SurfaceNotServed
from guardrail_gw.server.access import Access
from guardrail_gw.server.connection import half_closed
from guardrail_gw.server.exchanges import Exchanges
from guardrail_gw.server.framing import EventLines, Events, Framing, JsonArray, Lines
from guardrail_gw.server.freshness import CACHE_STATUS, freshness, told
from guardrail_gw.server.intake import Intake
from guardrail_gw.server.plain import SERVER
from guardrail_gw.server.stops import stopping
from guardrail_gw.server.strangers import Strangers
from guardrail_gw.server.whole import Whole

REQUEST_ID = "x-request-id"
TRACEPARENT: Final = "traceparent"
BEGUN = web.RequestKey("guardrail_gw.begun", bool)
"""A request with it has part of its answer already, so that no other can be given."""
_RETRY_AFTER_S = 1.0
_SMALL_BYTES = 16 << 10
_MANY_BYTES = 4 << 10
"""A piece of so many bytes took a millisecond to make, and more may wait: others have their turn.
A provider that sends faster than answers can be restored would else keep the event loop."""
_EVENTS: Final[Framing] = Events()
_JSON = {"Content-Type": "application/json; charset=utf-8", "Server": SERVER}


class SurfaceDialect(Dialect, Protocol):
    """What a surface needs of its dialect besides parsing: errors in its own shape."""

    @property
    def served(self) -> tuple[str, ...]:
        """The paths, with queries, on which clients ask."""
        ...

    @property
    def patterns(self) -> tuple[str, ...]:
        """Regular expressions of further paths, without the slash they begin with."""
        ...

    @property
    def media(self) -> str:
        """The media type of bodies."""
        ...

    @property
    def event_lines(self) -> str:
        """The media type of a stream of lines; empty: streams are server-sent events."""
        ...

    @property
    def routes(self) -> tuple[tuple[str, str], ...]:
        """Methods and patterns of paths of what providers keep; none where nothing is kept."""
        ...

    def stored_head(self, method: str, target: str, headers: Mapping[str, str]) -> Head:
        """What of a request for that goes on to a provider; raises Refusal."""
        ...

    def is_asked(self, headers: Mapping[str, str]) -> bool:
        """Whether a request on a path of what is kept is one of this dialect."""
        ...

    def lines_media(self, target: str) -> str:
        """What an answer is that comes line by line; empty: none does."""
        ...

    @property
    def id_headers(self) -> tuple[str, ...]:
        """Where clients look for a request's id, besides `x-request-id`."""
        ...

    def query_key(self, target: str) -> str:
        """The caller's key in the query, where the dialect lets it stand there."""
        ...

    def is_array(self, target: str) -> bool:
        """Whether a stream is asked for as one JSON array instead of as events."""
        ...

    def head(self, target: str, headers: Mapping[str, str]) -> Head:
        """What of path, query and headers goes on to a provider; raises Refusal."""
        ...

    def status(self, refusal: Refusal) -> int:
        """The HTTP status of a refusal."""
        ...

    def error_body(self, refusal: Refusal, request_id: str) -> bytes:
        """The refusal as a whole answer."""
        ...

    def error_event(self, refusal: Refusal, request_id: str) -> bytes:
        """The refusal as an event of a stream that has begun."""
        ...


Recaller = Callable[[str, bytes, Head, Principal], Question | None]
"""Takes a dialect's name, a body, what came with it and who asks; gives the question of a body most
of which was seen before, or nothing, and then the body is parsed."""


def _unknown(dialect: str, body: bytes, head: Head, who: Principal) -> None:
    """Remember nothing."""


@dataclass(slots=True, kw_only=True)
class Load:
    """How many requests are in progress, on all surfaces together."""

    limit: int
    in_flight: int = 0
    passed_on: int = 0
    """Those that another worker answers, in whose progress they are."""
    is_over: bool = False
    """Nothing new begins: the gateway is stopping."""

    @property
    def is_idle(self) -> bool:
        """Whether nobody waits for an answer."""
        return not self.in_flight and not self.passed_on


class SurfaceParts(TypedDict):
    """What all surfaces share."""

    chain: Exchanges
    access: Access
    strangers: Strangers
    intake: Intake
    clock: Clock
    offload: Offload
    load: Load
    write_timeout_s: float
    tags: Sequence[Tag]
    traces: bool


@dataclass(slots=True, kw_only=True)
class Surface:
    """A dialect served on its paths."""

    dialect: SurfaceDialect
    chain: Exchanges
    access: Access
    strangers: Strangers
    intake: Intake
    clock: Clock
    offload: Offload
    load: Load
    write_timeout_s: float
    tags: Sequence[Tag] = ()
    """What requests may be for."""
    traces: bool = False
    """Whether the trace that a client names is noted."""
    recall: Recaller = _unknown
    probe_s: float = 1.0
    """How often a client that stopped sending is asked, within a stream, whether it is there."""
    is_open: Callable[[Principal, str], bool] = lambda _, __: True
    """Whether this caller's policy opens the surface; asked before a body is read."""
    ids: RequestIds = field(default_factory=RequestIds)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request; every refusal becomes an error in the dialect's shape."""
        who = self._who(request)  # before a byte of the body is read
        now_us = self.clock.now_us()
        arrival = Arrival(
            id=self.ids.new(now_us),
            surface=self.dialect.name,
            received_us=now_us,
            trace=read(request.headers.getall(TRACEPARENT, ())) if self.traces else None,
        )
        writer = _Writer(
            request=request,
            arrival=arrival,
            dialect=self.dialect,
            timeout_s=self.write_timeout_s,
            probe_s=self.probe_s,
        )
        if isinstance(who, Refusal) and not self.strangers.has_own_record(
            request.remote, self.dialect.name
        ):
            return _refused(self.strangers.turned_away(), self.dialect, {}, "")  # it has no record
        self.load.in_flight += 1
        try:
            async with self.chain.exchange(
                arrival, lambda: self._admit(request, arrival, who)
            ) as answer:
                await writer.write(answer)
        except Refusal as refusal:
            await writer.refuse(refusal)
        except Exception:
            await writer.broken()
            raise
        finally:
            self.load.in_flight -= 1
        return await writer.finish()

    def _who(self, request: web.Request) -> Principal | Refusal:
        try:
            key = self.dialect.query_key(request.raw_path)
            return self.access.principal(request.headers, key)
        except Refusal as refusal:
            return refusal

    async def _admit(
        self, request: web.Request, arrival: Arrival, who: Principal | Refusal
    ) -> Inbound:
        if self.load.is_over:
            raise stopping()
        if self.load.in_flight > self.load.limit:
            raise Overloaded(
                f"more than {self.load.limit} requests are in progress; try again shortly",
                retry_after_s=_RETRY_AFTER_S,
            )
        if isinstance(who, Refusal):
            raise who
        if not self.is_open(who, self.dialect.name):
            raise not_served(self.dialect.name)
        head = self._head(request)
        body = await self._body(request, head)
        question = self.recall(self.dialect.name, body, head, who)
        if question is None:
            question = await self.offload(lambda: self.dialect.parse(body, head), size=len(body))
        tags = self._tags(request.headers, question, who) if self.tags else ()
        return Inbound(
            arrival=arrival,
            principal=who,
            question=question,
            tags=tags,
            body=body,
            freshness=freshness(request.headers.getall(hdrs.CACHE_CONTROL, ())),
        )

    def _tags(self, headers: CIMultiDictProxy[str], question: Question, who: Principal) -> Tags:
        """What the request is for, as its key or it itself says."""
        reads = any(tag.metadata is not None for tag in self.tags)
        said = {tag.header: headers.getall(tag.header, ()) for tag in self.tags if tag.header}
        metadata = self.dialect.members(question).get("metadata") if reads else None
        return tags_of(self.tags, who.tags, said, metadata)

    def _head(self, request: web.Request) -> Head:
        return self.dialect.head(request.raw_path, request.headers)

    async def _body(self, request: web.Request, head: Head) -> bytes:  # noqa: ARG002 - others read it
        return await self.intake.read(request, self.dialect.media)


@dataclass(slots=True, kw_only=True)
class Stored(Surface):
    """What providers keep of a dialect: found by method and path, mostly without a body."""

    def _head(self, request: web.Request) -> Head:
        return self.dialect.stored_head(request.method, request.raw_path, request.headers)

    async def _body(self, request: web.Request, head: Head) -> bytes:
        if head.method != hdrs.METH_POST or not request.body_exists:
            return b""
        return await self.intake.read(request, self.dialect.media)


@dataclass(slots=True, kw_only=True)
class _Writer:
    """Writes one answer to the client; knows whether the head has left."""

    request: web.Request
    arrival: Arrival
    dialect: SurfaceDialect
    timeout_s: float
    probe_s: float
    framing: Framing = _EVENTS
    """Of a stream, once it has begun."""
    streaming: web.StreamResponse | None = None
    whole: Whole | None = None

    async def write(self, answer: Answer) -> None:
        pieces = answer.pieces
        if not answer.stream:
            body = b"".join([piece async for piece in pieces])
            headers = {**_JSON, "Content-Type": answer.media} if answer.media else _JSON
            self.whole = Whole(body=body, headers=self._named(headers, answer))
            if self._flows(body):  # it leaves now, and not when all that has an end has ended
                await self.whole.prepare(self.request)
                await self.whole.write_eof()
            return
        self.framing = framing = _framing(self.dialect, self.request.raw_path)
        self.streaming = web.StreamResponse(headers=self._named(framing.headers, answer))
        await self._bounded(self.streaming.prepare(self.request))
        probing = asyncio.create_task(  # noqa: TID251 - it records nothing, and ends with the pieces
            self._probe(self.streaming)
        )
        begun = False
        try:
            async for events in pieces:
                piece = framing.piece(events)
                if self._flows(piece):
                    await self.streaming.write(piece)
                else:
                    await self._bounded(self.streaming.write(piece))
                if not begun or len(piece) > _MANY_BYTES:
                    begun = True  # it leaves now, and not when those that came with it are restored
                    await asyncio.sleep(0)
        finally:
            probing.cancel()

    def _named(self, headers: Mapping[str, str], answer: Answer | None = None) -> dict[str, str]:
        """Headers with the request's id, and what the cache had to do with its answer."""
        named = {REQUEST_ID: self.arrival.id, **headers}
        if answer is not None and answer.cache is not None:
            named[CACHE_STATUS] = told(answer.cache)
        for name in self.dialect.id_headers:
            named.setdefault(name, self.arrival.id)
        return named

    async def _probe(self, stream: web.StreamResponse) -> None:
        """Find out in a silent stream that the client is gone; the connection then cancels us."""
        with suppress(ConnectionError):
            while True:
                await asyncio.sleep(self.probe_s)
                if half_closed(self.request):
                    await stream.write(self.framing.probe)

    def _flows(self, piece: bytes) -> bool:
        """A small piece into an empty buffer never waits, so it needs no timer."""
        transport = self.request.transport
        return (
            transport is not None
            and len(piece) <= _SMALL_BYTES
            and transport.get_write_buffer_size() == 0
        )

    async def refuse(self, refusal: Refusal) -> None:
        name = self.arrival.id
        if self.streaming is not None and not self.framing.tells:
            if self.request.transport is not None:
                self.request.transport.close()
            raise ConnectionResetError("a part of a file was sent")
        if self.streaming is not None:
            event = self.dialect.error_event(refusal, name)
            await self._bounded(self.streaming.write(self.framing.piece(event)))
            return
        self.whole = _refused(refusal, self.dialect, self._named(_JSON), name)

    async def broken(self) -> None:
        """Nobody foresaw this: a stream that has begun must not look whole, nor be gone on with."""
        if self.streaming is not None:
            self.request[BEGUN] = True
            await self.refuse(GatewayDefect("the gateway failed; this answer is not complete"))

    async def finish(self) -> web.StreamResponse:
        if self.streaming is not None:
            await self._bounded(self.streaming.write_eof(self.framing.end()))
            return self.streaming
        return web.Response(status=500) if self.whole is None else self.whole

    async def _bounded(self, write: Awaitable[object]) -> None:
        """Await a write; a client that stops reading counts as gone."""
        try:
            async with asyncio.timeout(self.timeout_s):
                await write
        except TimeoutError:
            if self.request.transport is not None:
                self.request.transport.abort()
            raise ConnectionResetError("the client stopped reading") from None


def _framing(dialect: SurfaceDialect, target: str) -> Framing:
    if media := dialect.lines_media(target):
        return Lines(media)
    if media := dialect.event_lines:
        return EventLines(media)
    return JsonArray() if dialect.is_array(target) else Events()


def not_served(surface: str) -> SurfaceNotServed:
    """What is told of a surface that providers have and that is not passed on."""
    why = unserved.WHY.get(surface, "nothing here scans what it carries")
    return SurfaceNotServed(
        f"{surface} is not passed on by this gateway: {why}; "
        "docs/compatibility.md lists what is served, and what a policy can open"
    )


def _refused(
    refusal: Refusal, dialect: SurfaceDialect, headers: dict[str, str], name: str
) -> Whole:
    """A refusal as a whole answer; `name` is the request's id, if it has one."""
    if refusal.wait_s is not None:
        headers["Retry-After"] = str(refusal.wait_s)
    if refusal.outcome in ("provider_error", "timeout"):
        headers["x-should-retry"] = "false"  # we have retried and failed over already
    return Whole(
        status=dialect.status(refusal),
        body=dialect.error_body(refusal, name),
        headers={**headers, **_JSON},
    )
