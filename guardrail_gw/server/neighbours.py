"""Workers of one gateway among each other: what one keeps, the others pass requests on for.

Each worker listens for the others on a socket that has no path. What comes in there is a client's
request, judged as any other is; a secret that only the workers have keeps everybody else out, since
whoever may not connect to a client's socket must not get in here.

Source: unix(7), autobind; RFC 9110, 7.6.1 (what concerns one connection alone).
"""

import asyncio
import os
import socket
import struct
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from hmac import compare_digest
from pathlib import Path
from typing import TYPE_CHECKING, Final

import aiohttp
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware
from multidict import CIMultiDict
from yarl import URL

from guardrail_gw.errors import ConfigError, HeaderRefused, Overloaded
from guardrail_gw.server.application import guarded
from guardrail_gw.server.chat import BEGUN, Load
from guardrail_gw.server.connection import Connection, half_closed
from guardrail_gw.server.listener import Address, Listener
from guardrail_gw.server.plain import error
from guardrail_gw.server.sockets import BACKLOG

if TYPE_CHECKING:
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.tracing import Trace

_CREDENTIALS: Final = struct.Struct("3i")
"""unix(7), SO_PEERCRED: process, user and group of who has connected."""
_SECRET: Final = "X-Guardrail-Neighbour"  # noqa: S105 - the header's name
_OF_ONE_CONNECTION: Final = frozenset(
    {
        *("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te"),
        *("trailer", "transfer-encoding", "upgrade", "content-length", "content-encoding"),
        "expect",
    }
)
_ADDED: Final = (hdrs.ACCEPT, hdrs.ACCEPT_ENCODING, hdrs.CONTENT_TYPE, hdrs.USER_AGENT)
"""What aiohttp would add, and the client did not say."""
_LAST_WORDS_S: Final = 1.0
_LOOK_S: Final = 1.0
_SILENT_S: Final = 45.0
"""Three times as long as an answer is silent (`mcp.front.outlet`)."""
_RETRY_AFTER_S: Final = 1.0


class NeighbourGone(Exception):  # noqa: N818 - a worker may end
    """The other worker does not answer: what it kept is lost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """All workers, as one of them knows them."""

    number: int
    """Its own."""
    places: tuple[bytes, ...]
    """Where each listens for the others, by its number."""
    listening: socket.socket
    secret: str = field(repr=False)


def hall() -> socket.socket:
    """A socket on which one worker listens for the others; it outlives the worker.

    Raises:
        ConfigError: the system has none without a path, or none at all.
    """
    made: socket.socket | None = None
    try:
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.bind("")  # the system chooses a name that is no path
        made.listen(BACKLOG)
    except OSError as error:
        if made is not None:
            made.close()
        raise ConfigError(
            f"workers: MCP needs a Unix socket without a path for each ({error.strerror});"
            " serve with one worker here"
        ) from None
    made.settimeout(0)
    return made


class Passing:
    """Has another worker answer requests, and answers theirs."""

    def __init__(
        self,
        neighbours: Neighbours,
        load: Load,
        write_timeout_s: float,
        silent_s: float = _SILENT_S,
    ) -> None:
        """Make it anywhere; `start` inside the event loop.

        Args:
            neighbours: all workers.
            load: what is in progress here, which what is passed on is part of.
            write_timeout_s: how long a client may take no bytes.
            silent_s: how long another worker may say nothing; it says something into a silence.
        """
        self._silent_s = silent_s
        self._neighbours = neighbours
        self._load = load
        self._write_timeout_s = write_timeout_s
        self._sessions: dict[int, aiohttp.ClientSession] = {}
        self._waiting = Counter[int]()
        """How many wait for each worker: one that hangs takes none of the others' places."""
        self._listener: Listener | None = None

    async def start(
        self,
        routes: Sequence[tuple[str, str, Handler]],
        defect: Callable[[BaseException], None],
    ) -> None:
        """Answer what the others pass on.

        Args:
            routes: methods, paths and handlers, the same that clients reach.
            defect: told of an exception that nothing foresaw.
        """
        own = self._neighbours
        app = web.Application(middlewares=[guarded(defect), _of_us(own.secret)])
        for method, path, handle in routes:
            app.router.add_route(method, path, handle)
        shown = Path(f"worker-{own.number}")
        self._listener = Listener(
            app, Address(unix=shown, made=own.listening), drain_s=_LAST_WORDS_S, connection=_OfOurs
        )
        await self._listener.start()

    async def close(self) -> None:
        """Answer nobody, and ask nobody."""
        if self._listener is not None:
            await self._listener.close()
        for session in self._sessions.values():
            await session.close()

    async def passed(self, worker: int, request: web.Request, body: bytes) -> web.StreamResponse:
        """Have a worker answer a request, and answer with what it says, as it comes.

        Args:
            worker: its number.
            request: as it came.
            body: decoded, where it has one.

        Raises:
            NeighbourGone: nothing came of it.
            Overloaded: it has not answered as many as may be in progress.
            HeaderRefused: a header cannot be passed on.
            ConnectionError: the client is gone, or the answer broke off.
        """
        if self._waiting[worker] >= self._load.limit:
            raise Overloaded(
                f"{self._load.limit} requests wait for another worker; try again shortly",
                retry_after_s=_RETRY_AFTER_S,
            )
        counts = request.method == hdrs.METH_POST  # a stream that only listens is not in progress
        self._waiting[worker] += 1
        self._load.passed_on += counts
        try:
            answer = await self._asked(worker, request, body)
            try:
                return await self._told(request, answer)
            finally:
                answer.close()
        finally:
            self._waiting[worker] -= 1
            self._load.passed_on -= counts

    async def _asked(
        self, worker: int, request: web.Request, body: bytes
    ) -> aiohttp.ClientResponse:
        headers = _passed_on(request.headers)
        headers[_SECRET] = self._neighbours.secret
        try:
            return await self._session(worker).request(
                request.method,
                URL(f"http://worker{request.rel_url.raw_path_qs}", encoded=True),
                headers=headers,
                data=body or None,
                skip_auto_headers=_ADDED,
                allow_redirects=False,
            )
        except (aiohttp.ClientError, OSError):
            raise NeighbourGone from None

    async def _told(
        self, request: web.Request, answer: aiohttp.ClientResponse
    ) -> web.StreamResponse:
        headers = _passed_on(answer.headers)
        if answer.content_length is not None:
            try:
                whole = await answer.read()
            except (aiohttp.ClientError, OSError):
                raise NeighbourGone from None
            return web.Response(status=answer.status, headers=headers, body=whole)
        stream = web.StreamResponse(status=answer.status, headers=headers)
        await stream.prepare(request)
        request[BEGUN] = True
        watching = _Watching(request, answer)
        try:
            async for piece in answer.content.iter_any():
                await self._bounded(request, stream.write(piece))
        except aiohttp.ClientError:
            raise ConnectionResetError("the worker ended within its answer") from None
        finally:
            watching.end()
        request[BEGUN] = False
        await self._bounded(request, stream.write_eof())
        return stream

    async def _bounded(self, request: web.Request, write: Awaitable[object]) -> None:
        """Await a write; a client that stops reading counts as gone."""
        try:
            async with asyncio.timeout(self._write_timeout_s):
                await write
        except TimeoutError:
            if request.transport is not None:
                request.transport.abort()
            raise ConnectionResetError("the client stopped reading") from None

    def _session(self, worker: int) -> aiohttp.ClientSession:
        found = self._sessions.get(worker)
        if found is None:
            found = self._sessions[worker] = aiohttp.ClientSession(
                connector=_Connector(self._neighbours.places[worker]),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_read=self._silent_s),
                auto_decompress=False,
            )
        return found


class _Watching:
    """Looks whether a client has stopped sending, and tells the worker so that it can ask it."""

    def __init__(self, request: web.Request, answer: aiohttp.ClientResponse) -> None:
        self._request = request
        self._answer = answer
        self._timer: asyncio.TimerHandle | None = None
        self._look()

    def end(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _look(self) -> None:
        connection = self._answer.connection
        transport = None if connection is None else connection.transport
        if not half_closed(self._request):
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(_LOOK_S, self._look)
        elif transport is not None and transport.can_write_eof():
            transport.write_eof()


class _Connector(aiohttp.BaseConnector):
    """Connects to a socket without a path, which event loops cannot name."""

    allowed_protocol_schema_set = frozenset({"http"})

    def __init__(self, place: bytes) -> None:
        super().__init__(limit=0)
        self._place = place

    async def _create_connection(
        self,
        req: aiohttp.ClientRequest,  # noqa: ARG002 - aiohttp's signature
        traces: list["Trace"],  # noqa: ARG002 - ditto
        timeout: aiohttp.ClientTimeout,  # noqa: ARG002, ASYNC109 - ditto
    ) -> "ResponseHandler":
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        made.settimeout(0)
        try:
            made.connect(self._place)  # at once, or not at all
            _, protocol = await self._loop.create_unix_connection(self._factory, sock=made)
        except BaseException as failed:
            with suppress(OSError):
                made.close()
            if isinstance(failed, OSError):
                raise aiohttp.ClientConnectionError from None
            raise
        return protocol


def _of_us(secret: str) -> Middleware:
    expected = secret.encode()

    @web.middleware
    async def asked(request: web.Request, handler: Handler) -> web.StreamResponse:
        said = request.headers.get(_SECRET, "").encode("utf-8", "surrogateescape")
        if not compare_digest(said, expected):
            return error(404, "server.unknown_path", "nothing is served on this path")
        return await handler(request)

    return asked


class _OfOurs(Connection):
    """One that a process of this user has begun: others could fill it with silent ones."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take it, or end it."""
        super().connection_made(transport)
        asking = transport.get_extra_info("socket")
        said = asking.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        _, user, _ = _CREDENTIALS.unpack(said)
        if user != os.geteuid():
            self.force_close()


def _passed_on(headers: Mapping[str, str]) -> CIMultiDict[str]:
    """All but those of one connection; what a client names as such is judged by both workers.

    Raises:
        HeaderRefused: one is no UTF-8, and would not arrive as it came.
    """
    kept = CIMultiDict[str]()
    for name, value in headers.items():
        if name.lower() in _OF_ONE_CONNECTION:
            continue
        try:
            value.encode()
        except UnicodeEncodeError:
            raise HeaderRefused("a header is not UTF-8") from None
        kept.add(name, value)
    return kept
