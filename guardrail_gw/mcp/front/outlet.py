"""The answer to one HTTP request: one JSON message, or a stream of events once there are more."""

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from typing import Final, Self

from aiohttp import web

from guardrail_gw.mcp.front.tasks import PROBE_S, Tasks
from guardrail_gw.server.chat import BEGUN
from guardrail_gw.server.connection import half_closed
from guardrail_gw.server.plain import SERVER
from guardrail_gw.server.whole import Whole

QUIET_S: Final = 15.0
"""After so long a silence something is sent, so that nobody between closes the connection."""
RETRY_S: Final = 1.0
"""After which a client comes back whose connection broke."""
_AT_ONCE: Final = 32 << 10
"""Bytes that a connection takes at once, when nothing waits to be sent over it."""
_PING: Final = b": ping\n\n"
_EVENTS: Final = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache, no-transform",
    "X-Accel-Buffering": "no",
    "Server": SERVER,
}
_JSON: Final = {"Content-Type": "application/json", "Server": SERVER}


class Outlet:
    """Writes one answer. Use it as a context: it keeps a silent connection alive meanwhile."""

    def __init__(
        self,
        request: web.Request,
        tasks: Tasks,
        *,
        timeout_s: float,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """`headers` are those that every form of the answer has."""
        self._request = request
        self._tasks = tasks
        self._timeout_s = timeout_s
        self.headers = dict(headers or {})
        self._stream: web.StreamResponse | None = None
        self._whole: web.StreamResponse | None = None
        self._last: bytes | None = None
        self._lock = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None
        self._quiet_s = 0.0

    def __enter__(self) -> Self:
        """Begin to keep the connection alive."""
        self._tasks.silence.begin(self)
        return self

    def __exit__(self, *error: object) -> None:
        """Stop keeping it alive; the answer is written by `finished`."""
        self._tasks.silence.end(self)
        keeper, self._keeper = self._keeper, None  # its end refers to this: no circle is left
        if keeper is not None:
            keeper.cancel()

    @property
    def has_begun(self) -> bool:
        """Whether a stream has begun, so that there is no status to choose any more."""
        return self._stream is not None

    def named(self, exchange: str) -> None:
        """The exchange has a name, which the client is told while there is a head to say it in."""
        self.headers["x-request-id"] = exchange

    async def event(self, data: bytes, event_id: str | None = None) -> None:
        """Write one event."""
        await self._write(_event(data, event_id))

    async def prime(self, event_id: str, wait_s: float = RETRY_S) -> None:
        """Write an event without data, from which on a client can come back, after so long."""
        retry_ms = max(0, round(wait_s * 1000))
        await self._write(f"id: {event_id}\nretry: {retry_ms}\ndata: \n\n".encode())

    async def begin(self) -> None:
        """Begin the stream before there is an event."""
        async with self._lock:
            await self._begun()

    def last(
        self, data: bytes, *, status: int = 200, more: Mapping[str, str] | None = None
    ) -> None:
        """Take the last message: it will be the whole answer, or the stream's last event.

        Args:
            data: the message.
            status: of a whole answer.
            more: headers of one.
        """
        self._last = data
        headers = {**_JSON, **self.headers, **(more or {})}
        self._whole = Whole(body=data, headers=headers, status=status)

    async def leave(self) -> None:
        """Have the whole answer leave now, before what its exchange still has to tidy up.

        Only if that takes no waiting: a client that reads slowly holds up nobody, and an answer
        that is not written here is written when the handler is done.
        """
        whole = self._whole
        if whole is None or self._stream is not None or self._lock.locked():
            return
        if self._last is not None and len(self._last) <= _AT_ONCE and _takes_more(self._request):
            with suppress(ConnectionError):  # nobody is there any more: found out once more then
                await whole.prepare(self._request)
                await whole.write_eof()

    async def finished(self) -> web.StreamResponse:
        """End the answer; what the handler returns."""
        async with self._lock:
            stream = self._stream
            if stream is None:
                return self._whole or web.Response(status=202, headers=self.headers)
            if self._last is not None:
                await self._bounded(stream.write(_event(self._last, None)))
            self._request[BEGUN] = False
            await self._bounded(stream.write_eof())
            return stream

    async def _write(self, data: bytes) -> None:
        async with self._lock:
            if self._whole is None:  # else it is about to leave, and nothing follows it
                stream = await self._begun()
                self._quiet_s = 0.0
                await self._bounded(stream.write(data))

    async def _begun(self) -> web.StreamResponse:
        if self._stream is None:
            stream = web.StreamResponse(headers={**_EVENTS, **self.headers})
            await self._bounded(stream.prepare(self._request))
            self._stream = stream
            self._request[BEGUN] = True
        return self._stream

    def kept_waiting(self) -> None:
        """Nothing has left for a while: begin to look whether the client is there."""
        with suppress(RuntimeError):  # nothing is kept alive that is about to end
            self._keeper = self._tasks.run(self._kept, "keeping alive")

    async def _kept(self) -> None:
        """Write something into a silence; a client that is gone cannot receive it."""
        while True:
            self._quiet_s += PROBE_S
            if half_closed(self._request) or self._quiet_s >= QUIET_S:
                await self._write(_PING)
            await asyncio.sleep(PROBE_S)

    async def _bounded(self, write: Awaitable[object]) -> None:
        """Await a write; a client that stops reading counts as gone."""
        try:
            async with asyncio.timeout(self._timeout_s):
                await write
        except TimeoutError:
            if self._request.transport is not None:
                self._request.transport.abort()
            raise ConnectionResetError("the client stopped reading") from None


def _takes_more(request: web.Request) -> bool:
    """Whether the client has taken all that it was sent."""
    transport = request.transport
    return transport is not None and transport.get_write_buffer_size() == 0


def _event(data: bytes, event_id: str | None) -> bytes:
    name = f"id: {event_id}\n".encode() if event_id is not None else b""
    return b"event: message\n" + name + b"data: " + data + b"\n\n"
