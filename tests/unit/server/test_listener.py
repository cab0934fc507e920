"""What clients may do with their connection, told by real sockets on both event loops."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvloop
from aiohttp import web

from guardrail_gw.errors import BodyRefused, EncodingRefused
from guardrail_gw.server.intake import Intake
from guardrail_gw.server.listener import Address, Listener

LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}
GET = b"GET /whole HTTP/1.1\r\nHost: localhost\r\n\r\n"
STREAM = b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n"
CHUNKED = (
    b"POST /body HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


@dataclass(slots=True)
class Served:
    """A listener and what its handlers saw."""

    port: int = 0
    cancelled: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    pause_s: float = 0.05

    async def whole(self, _: web.Request) -> web.StreamResponse:
        await asyncio.sleep(self.pause_s)
        return web.Response(text="the whole answer")

    async def stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            for number in range(5):
                await asyncio.sleep(self.pause_s)
                await response.write(b"piece %d\n" % number)
                self.begun.set()
        except (asyncio.CancelledError, ConnectionError):
            self.cancelled.set()
            raise
        return response

    async def body(self, request: web.Request) -> web.StreamResponse:
        self.begun.set()
        try:
            read = await Intake(max_bytes=1000, timeout_s=9).read(request)
        except EncodingRefused:
            return web.Response(status=415, text="the body was not read")
        except BodyRefused as refusal:
            return web.Response(status=refusal.status, text=refusal.code)
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
        return web.Response(body=read)


@asynccontextmanager
async def served(**more: Any) -> AsyncIterator[Served]:
    """Serve on loopback."""
    there = Served(**more)
    app = web.Application()
    app.router.add_get("/whole", there.whole)
    app.router.add_get("/stream", there.stream)
    app.router.add_post("/body", there.body)
    listener = Listener(app, Address(host="127.0.0.1", port=0), drain_s=1)
    await listener.start()
    there.port = listener.port
    try:
        yield there
    finally:
        await listener.close()


async def spoken(there: Served, *parts: bytes, stop: bool = False) -> bytes:
    """Send parts in packets of their own; perhaps stop sending; read until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", there.port)
    for part in parts:
        writer.write(part)
        await asyncio.sleep(0.02)
    if stop:
        writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return answer


@pytest.fixture(params=LOOPS)
def on_loop(request: pytest.FixtureRequest) -> Iterator[Callable[[Coroutine[Any, Any, Any]], Any]]:
    """Run a coroutine on either event loop."""
    with asyncio.Runner(loop_factory=LOOPS[request.param]) as runner:
        yield runner.run


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        pytest.param(b"zz\r\n", b"body.malformed", id="no size"),
        pytest.param(b"3\r\nabcdef\r\n", b"body.malformed", id="longer than it says"),
        pytest.param(b"-1\r\n", b"body.malformed", id="negative"),
        pytest.param(b"ffffffffffffffffff\r\n", b"body.malformed", id="beyond 64 bits"),
    ],
)
def test_a_body_that_breaks_off_its_coding_is_refused_at_once(
    on_loop: Callable[[Coroutine[Any, Any, Any]], Any], fault: bytes, code: bytes
) -> None:
    """A fault in a later packet is answered when it comes, and the connection is closed."""

    async def story() -> bytes:
        async with served() as there:
            return await spoken(there, CHUNKED, b'5\r\n{"a":\r\n', fault)

    answer = on_loop(story())

    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.endswith(code)
    assert answer.count(b"HTTP/1.1") == 1


def test_what_came_before_a_broken_body_is_answered_too(
    on_loop: Callable[[Coroutine[Any, Any, Any]], Any],
) -> None:
    """A pipelined request is answered though the body of the next one is broken."""

    async def story() -> bytes:
        async with served() as there:
            return await spoken(there, GET + CHUNKED, b"zz\r\n")

    answer = on_loop(story())

    assert b"the whole answer" in answer


@pytest.mark.parametrize(
    ("asked", "ends"),
    [
        pytest.param(GET, b"the whole answer", id="whole"),
        pytest.param(STREAM, b"piece 4\n\r\n0\r\n\r\n", id="streamed"),
        pytest.param(CHUNKED + b"2\r\n{}\r\n0\r\n\r\n", b"{}", id="with a body"),
        pytest.param(GET + STREAM, b"piece 4\n\r\n0\r\n\r\n", id="pipelined"),
    ],
)
def test_who_only_stopped_sending_gets_the_answer(
    on_loop: Callable[[Coroutine[Any, Any, Any]], Any], asked: bytes, ends: bytes
) -> None:
    """After a whole request the client may close its side; the answer comes, then the end."""

    async def story() -> bytes:
        async with served() as there:
            return await spoken(there, asked, stop=True)

    answer = on_loop(story())

    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(ends)
    assert answer.count(b"HTTP/1.1 200") == (2 if asked == GET + STREAM else 1)


def test_who_stops_at_once_gets_the_answer_too(
    on_loop: Callable[[Coroutine[Any, Any, Any]], Any],
) -> None:
    """The end may come in the packet of the request, before any handler has begun."""

    async def story() -> list[bytes]:
        async with served(pause_s=0.001) as there:
            return [await _at_once(there.port) for _ in range(50)]

    answers = on_loop(story())

    assert all(answer.endswith(b"the whole answer") for answer in answers)


async def _at_once(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(GET)
    writer.write_eof()
    answer = await asyncio.wait_for(reader.read(), 5)
    writer.close()
    return answer


def test_who_stops_within_a_body_is_gone(
    on_loop: Callable[[Coroutine[Any, Any, Any]], Any],
) -> None:
    """A body that ends before its end is never answered: its handler is cancelled at once."""

    async def story() -> bytes:
        async with served() as there:
            answer = await spoken(there, CHUNKED, b"5\r\nab", stop=True)
            await asyncio.wait_for(there.cancelled.wait(), 2)
            return answer

    answer = on_loop(story())

    assert answer == b""


def test_who_really_leaves_is_noticed_when_written_to(
    on_loop: Callable[[Coroutine[Any, Any, Any]], Any],
) -> None:
    """A client that closes both sides ends its handler with the next pieces of the stream."""

    async def story() -> bool:
        async with served() as there:
            _, writer = await asyncio.open_connection("127.0.0.1", there.port)
            writer.write(STREAM)
            await there.begun.wait()
            writer.close()
            await asyncio.wait_for(there.cancelled.wait(), 2)
            return there.cancelled.is_set()

    assert on_loop(story())


def test_an_idle_connection_ends_with_its_client(
    on_loop: Callable[[Coroutine[Any, Any, Any]], Any],
) -> None:
    """Between two requests, a client that stops sending is let go at once."""

    async def story() -> bytes:
        async with served() as there:
            reader, writer = await asyncio.open_connection("127.0.0.1", there.port)
            writer.write(GET)
            await reader.readuntil(b"the whole answer")
            writer.write_eof()
            rest = await asyncio.wait_for(reader.read(), 2)
            writer.close()
            return rest

    assert on_loop(story()) == b""


def test_a_body_that_nobody_reads_may_be_broken(
    on_loop: Callable[[Coroutine[Any, Any, Any]], Any], caplog: pytest.LogCaptureFixture
) -> None:
    """A refusal that came before the body was read stands alone, and nothing is logged."""
    unread = CHUNKED.replace(b"application/json", b"text/plain")

    async def story() -> bytes:
        async with served() as there:
            return await spoken(there, unread, b"zz\r\n")

    answer = on_loop(story())

    assert answer.endswith(b"the body was not read")
    assert answer.count(b"HTTP/1.1") == 1
    assert caplog.text == ""


@pytest.mark.parametrize("packets", [1, 2])
def test_a_chunked_body_is_bounded_however_it_arrives(
    on_loop: Callable[[Coroutine[Any, Any, Any]], Any], packets: int
) -> None:
    """Without a length in its head, a body above the bound is refused, also when all is here."""
    body = b"4b0\r\n" + b"x" * 0x4B0 + b"\r\n0\r\n\r\n"
    parts = [CHUNKED + body] if packets == 1 else [CHUNKED, body]

    async def told() -> bytes:
        async with served() as there:
            return await spoken(there, *parts, stop=True)

    answer = on_loop(told())

    assert answer.startswith(b"HTTP/1.1 413")
