"""One request and its answer on a kept connection, on aiohttp's connector and parser.

`ClientSession` adds cookies, redirects, proxies, header merging and a task per body, and costs more
than everything else that happens to a request here (docs/benchmarks.md). None of that is wanted
towards a provider, so its pool, DNS, TLS and HTTP parser are used without it (docs/adr/0009).
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import aiohttp
from aiohttp import ClientRequest, hdrs
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import RawResponseMessage, StreamWriter
from aiohttp.http_exceptions import HttpProcessingError
from yarl import URL

from guardrail_gw.upstreams.connector import Connector
from guardrail_gw.upstreams.names import NameBounds, Names
from guardrail_gw.upstreams.pooling import Pooling, Sizes
from guardrail_gw.upstreams.protocol import Protocol
from guardrail_gw.upstreams.sessions import ResumingContext
from guardrail_gw.upstreams.timeouts import Timeouts

_AT_ONCE: Final = 256 << 10
_PIECE: Final = 64 << 10
_UNSAFE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
"""RFC 9110, 5.5: what would end a header line, or be read differently by two parsers."""
_PLAIN_LINE: Final = re.compile(r"\r\n[a-z][a-z-]{0,63}: [\x21-\x7e]{1,4096}")
"""A header that a dialect may add to a request: no space in it that could hide another."""
_LINE: Final = re.compile(
    r"\r\n[a-z][a-z0-9-]{0,63}: [\x21-\x7e](?:[\x20-\x7e]{0,16383}[\x21-\x7e])?"
)
"""A header of the gateway's own: a token, a signature."""
_FIELD: Final = re.compile(
    r"\r\n[!#$%&'*+\-.^_`|~0-9A-Za-z]{1,256}: (?:[\x21-\x7e](?:[\x20-\x7e]{0,65533}[\x21-\x7e])?)?"
)
"""A header that repeats what a request to an MCP server says: whatever RFC 9110, 5.5 lets stand."""
_SWITCHING: Final = 101
_SOON_S: Final = 0.001

CONTEXT: Final = ResumingContext.made()
aiohttp.connector._SSL_CONTEXT_VERIFIED = CONTEXT  # noqa: SLF001 - one set of certificates is enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What the connections to all deployments have in common."""

    names: Names
    context: ResumingContext = CONTEXT


class Target:
    """Where requests go, with the head that all of them share but for their length."""

    __slots__ = ("_head", "identity")

    def __init__(self, url: URL, headers: Mapping[str, str], method: str = hdrs.METH_POST) -> None:
        """Make it inside the event loop, once.

        Raises:
            ValueError: a header holds a control character.
        """
        self.identity = ClientRequest(method, url, headers=headers, loop=asyncio.get_running_loop())
        """What the connector tells one kind of connection from another by; it is never sent."""
        lines = [f"{method} {url.raw_path_qs} HTTP/1.1"]
        lines += [f"{k}: {v}" for k, v in self.identity.headers.items() if k != hdrs.CONTENT_LENGTH]
        if any(_UNSAFE.search(line) for line in lines):
            raise ValueError("a header of a request to a provider holds a control character")
        self._head = "\r\n".join((*lines, f"{hdrs.CONTENT_LENGTH}: ")).encode()

    def head(
        self,
        length: int,
        more: Sequence[tuple[str, str]] = (),
        own: Sequence[tuple[str, str]] = (),
        repeated: Sequence[tuple[str, str]] = (),
    ) -> bytes:
        """The request line and headers for a body of so many bytes.

        Args:
            length: in bytes.
            more: of a request, as its dialect lets them pass.
            own: the gateway's, of this request alone.
            repeated: what the body of a request to an MCP server says, too.

        Raises:
            ValueError: one of `more` is not a plain header, or one of the others holds a control
                character.
        """
        lines = (_lines(more, _PLAIN_LINE) if more else b"") + (_lines(own, _LINE) if own else b"")
        if repeated:
            lines += _lines(repeated, _FIELD)
        return b"%b%d%b\r\n\r\n" % (self._head, length, lines)

    def __repr__(self) -> str:  # noqa: D105 - says nothing, by intent
        return "Target()"  # the headers hold a key


def _lines(headers: Sequence[tuple[str, str]], form: re.Pattern[str]) -> bytes:
    lines = [f"\r\n{name}: {value}" for name, value in headers]
    if not all(form.fullmatch(line) for line in lines):
        raise ValueError("a header of a request to a provider is not plain")
    return "".join(lines).encode()


@dataclass(slots=True, kw_only=True)
class Answer:
    """The head of an answer; its body comes through `content`."""

    message: RawResponseMessage
    content: aiohttp.StreamReader
    _connection: Connection
    _protocol: ResponseHandler

    def wait_at_most(self, seconds: float) -> None:
        """Bound the silence between two pieces of the body from here on."""
        self._protocol.read_timeout = seconds
        if not self.content.is_eof():
            self._protocol.start_timeout()

    def close(self) -> None:
        """Close the connection, unless the body was read whole: then it went back to the pool."""
        self._connection.close()


@dataclass(slots=True)
class Begun:
    """A request on its way, of `Connections.begun`; either is called, once."""

    _connections: "Connections"
    _connection: Connection
    _protocol: Protocol

    async def answer(self) -> Answer:
        """The head of the answer; raises as `Connections.post`, and is closed then."""
        return await self._connections.answered(self._connection, self._protocol)

    def close(self) -> None:
        """Nobody waits for it: close the connection."""
        self._connection.close()


class StaleConnection(aiohttp.ClientConnectionError):
    """A kept connection was closed before a byte of an answer came over it."""


class NoConnectionLeft(aiohttp.ConnectionTimeoutError):
    """As many connections as there may be were in use for too long."""


class Connections:
    """The kept connections to one deployment, in one event loop."""

    def __init__(
        self,
        timeouts: Timeouts,
        pooling: Pooling = Pooling(),  # noqa: B008 - frozen
        shared: Shared | None = None,
        connected: Callable[[float], None] = lambda _: None,
    ) -> None:
        """Make it inside the event loop.

        Args:
            timeouts: how long an exchange may take.
            pooling: how many connections, for how long.
            shared: what it has in common with others; None: nothing.
            connected: told of each connection how long TCP and TLS took, in seconds.
        """
        self._timeouts = timeouts
        self._own = None if shared is not None else Names(NameBounds())
        names = shared.names if shared is not None else self._own
        assert names is not None  # noqa: S101 - for mypy: one of both is there
        context = CONTEXT if shared is None else shared.context
        self._connector = Connector(pooling, names, context, connected)
        self._connecting = aiohttp.ClientTimeout(
            total=None, connect=min(timeouts.connect_s, timeouts.first_byte_s)
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._connector.close()
        if self._own is not None:
            await self._own.close()

    @property
    def sizes(self) -> Sizes:
        """How many there are."""
        return self._connector.sizes

    async def warm(self, target: Target, count: int, within_s: float) -> bool:
        """Make as many as are lacking for so many to be usable so many seconds from now.

        Nothing is sent over them.

        Returns:
            Whether they are there.
        """
        lacking = count - self._connector.usable(target.identity.connection_key, within_s)
        if lacking <= 0:
            return True
        made = await asyncio.gather(
            *(self._connector.warmed(target.identity, self._connecting) for _ in range(lacking)),
            return_exceptions=True,
        )
        return not any(isinstance(each, BaseException) for each in made)

    async def post(
        self,
        target: Target,
        body: bytes,
        headers: Sequence[tuple[str, str]] = (),
        own: Sequence[tuple[str, str]] = (),
        repeated: Sequence[tuple[str, str]] = (),
    ) -> Answer:
        """Send `body`, and wait for the head of the answer.

        Args:
            target: where to.
            body: as it is.
            headers: as a dialect lets them pass.
            own: the gateway's.
            repeated: what the body of a request to an MCP server says, too.

        Raises:
            ValueError: one of `headers` is not a plain header, or one of the others is none.
            NoConnectionLeft: all were in use.
            aiohttp.ConnectionTimeoutError: no connection in time.
            TimeoutError: no head in time. `content` raises it too, when a body goes silent.
            StaleConnection: one that was kept was closed before anything came.
            aiohttp.ClientConnectionError, OSError: no connection, or it was closed before the head.
            aiohttp.http_exceptions.HttpProcessingError: what came back is not HTTP.
        """
        head = target.head(len(body), headers, own, repeated)
        loop = asyncio.get_running_loop()
        due_s = loop.time() + self._timeouts.first_byte_s
        connection = await self._connection(target)
        try:
            protocol = self._prepared(connection, due_s - loop.time())
        except BaseException:
            connection.close()
            raise
        return await self._answered(connection, protocol, _talk(protocol, head, body))

    def begun(self, target: Target, head: bytes, body: bytes) -> "Begun | None":
        """Send a request now, over a connection that is kept.

        Args:
            target: where to.
            head: its own, as `Target.head` makes it for this body.
            body: as it is.

        Returns:
            What is on its way; None: nothing was sent, for there is no such connection, or the body
            is so long that sending it takes waiting.

        Raises:
            aiohttp.ClientConnectionError: the connection is closed.
        """
        connection = None if len(body) > _AT_ONCE else self._connector.kept(target.identity)
        if connection is None:
            return None
        try:
            protocol = self._prepared(connection, self._timeouts.first_byte_s)
            _write_at_once(protocol, head, body)
        except BaseException:
            connection.close()
            raise
        return Begun(self, connection, protocol)

    async def answered(self, connection: Connection, protocol: Protocol) -> Answer:
        """The head of the answer to what `begun` sent; raises as `post`."""
        return await self._answered(connection, protocol, _answer(protocol))

    async def _answered(
        self, connection: Connection, protocol: Protocol, talk: Awaitable["_Head"]
    ) -> Answer:
        """What is said over it; the connection is closed if that fails."""
        try:
            message, content = await talk
        except BaseException as failed:
            connection.close()
            if _is_stale(protocol, failed):
                self._connector.drop_idle()
                raise StaleConnection from None
            raise
        content.on_eof(connection.release)
        return Answer(message=message, content=content, _connection=connection, _protocol=protocol)

    async def _connection(self, target: Target) -> Connection:
        connector = self._connector
        try:
            return await connector.connect(target.identity, traces=[], timeout=self._connecting)
        except TimeoutError:
            if connector.is_full:
                raise NoConnectionLeft from None
            raise aiohttp.ConnectionTimeoutError from None

    def _prepared(self, connection: Connection, left_s: float) -> Protocol:
        """The connection's protocol, its clock running: one timer, moved by each piece."""
        protocol = connection.protocol
        if not isinstance(protocol, Protocol):
            raise aiohttp.ClientConnectionResetError
        protocol.set_response_params(read_until_eof=True, auto_decompress=False)
        protocol.asking(max(left_s, _SOON_S), self._timeouts.body_s)
        return protocol


def _is_stale(protocol: Protocol, failed: BaseException) -> bool:
    """Whether a kept connection failed before anything came: its peer had closed it, or just did.

    Silence says nothing of the kind, and whoever gave up waiting neither.
    """
    is_lost = isinstance(failed, (aiohttp.ClientConnectionError, OSError))
    is_late = isinstance(failed, TimeoutError)
    return is_lost and not is_late and protocol.is_kept and not protocol.has_heard


_Head = tuple[RawResponseMessage, aiohttp.StreamReader]


async def _talk(protocol: ResponseHandler, head: bytes, body: bytes) -> _Head:
    if len(body) > _AT_ONCE:
        return await _talk_long(protocol, head, body)
    _write_at_once(protocol, head, body)
    return await _answer(protocol)


def _write_at_once(protocol: ResponseHandler, head: bytes, body: bytes) -> None:
    if protocol.transport is None:
        raise aiohttp.ClientConnectionResetError
    protocol.transport.writelines((head, body))


async def _talk_long(protocol: ResponseHandler, head: bytes, body: bytes) -> _Head:
    """Write beside waiting: a server may answer before it has read all, and read no more."""
    answer: _Head | Exception
    async with asyncio.TaskGroup() as tasks:
        writing = tasks.create_task(_write(protocol, head, body))
        try:
            answer = await _answer(protocol)
        except (aiohttp.ClientError, HttpProcessingError, OSError) as failed:
            answer = failed  # raised outside the group, which would wrap it
        if not writing.done():
            protocol.force_close()  # what follows on this connection is nobody's
            writing.cancel()
    if isinstance(answer, Exception):
        raise answer
    return answer


async def _answer(protocol: ResponseHandler) -> _Head:
    """The final head; interim ones (RFC 9110, 15.2) say nothing that is waited for."""
    while True:
        message, content = await protocol.read()
        if not 100 <= message.code < 200 or message.code == _SWITCHING:  # noqa: PLR2004 - the class 1xx
            return message, content


async def _write(protocol: ResponseHandler, head: bytes, body: bytes) -> None:
    """A large body goes out in pieces, as fast as they are taken, so that the loop goes on."""
    writer = StreamWriter(protocol, asyncio.get_running_loop())
    try:
        await writer.write(head)
        for piece in _pieces(body):
            await writer.write(piece)
    except (aiohttp.ClientConnectionError, OSError):
        return  # whoever waits for the answer learns it from the connection itself


def _pieces(body: bytes) -> Iterator[memoryview]:
    view = memoryview(body)
    for start in range(0, len(body), _PIECE):
        yield view[start : start + _PIECE]
