"""Workers among each other."""

import asyncio
import os
import socket
import struct
import sys
import textwrap
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from guardrail_gw.errors import Refusal
from guardrail_gw.server.chat import Load
from guardrail_gw.server.connection import half_closed
from guardrail_gw.server.listener import Address, Listener
from guardrail_gw.server.neighbours import NeighbourGone, Neighbours, Passing, hall

SECRET = "a-secret-of-the-workers"


def _fail(error: BaseException) -> None:
    raise AssertionError(repr(error))


class Pair:
    """Two workers, of which the second answers, and a port where clients reach the first."""

    def __init__(self, routes: Sequence[Any]) -> None:
        self.routes = routes
        self.halls = [hall(), hall()]
        self.load = Load(limit=2)
        self.passing = [self._one(number) for number in range(2)]
        self.url = ""

    def _one(self, number: int) -> Passing:
        places = tuple(each.getsockname() for each in self.halls)
        own = Neighbours(number=number, places=places, listening=self.halls[number], secret=SECRET)
        return Passing(own, self.load, 5.0, 0.5)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """What the first worker does with a request: it is the other's."""
        try:
            return await self.passing[0].passed(1, request, await request.read())
        except NeighbourGone:
            return web.Response(status=404)
        except Refusal as why:
            return web.Response(status=why.status)


@asynccontextmanager
async def pair(*routes: Any, begins: bool = True) -> AsyncIterator[Pair]:
    """Both of them; the second may hang before it takes anything."""
    made = Pair(routes)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", made.handle)
    listener = Listener(app, Address(host="127.0.0.1"), drain_s=1)
    await listener.start()
    made.url = f"http://{listener.place}/"
    if begins:
        await made.passing[1].start(routes, _fail)
    try:
        yield made
    finally:
        await listener.close()
        for passing in made.passing:
            await passing.close()
        for listening in made.halls:
            listening.close()


async def test_a_request_and_its_answer_pass_whole() -> None:
    """Path, query, body and headers; not what concerns one connection alone.

    What a client names as such passes, too: both workers judge it by the same.
    """
    seen: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append((request.method, request.raw_path, await request.read(), request.headers))
        return web.Response(status=418, body=b"short", headers={"Mcp-Session-Id": "abc"})

    async with pair(("*", "/mcp/{server}", answer)) as there, aiohttp.ClientSession() as client:
        headers = {"X-Own": "1", "Connection": "keep-alive, x-own", "Host": "a.test"}
        async with client.put(f"{there.url}mcp/a%2Fb?c=%20d", data=b"{}", headers=headers) as got:
            said = got.status, await got.read(), got.headers["Mcp-Session-Id"]

    assert said == (418, b"short", "abc")
    ((method, path, body, passed),) = seen
    assert (method, path, body) == ("PUT", "/mcp/a%2Fb?c=%20d", b"{}")
    assert (passed["X-Own"], passed["Host"]) == ("1", "a.test")
    assert "Connection" not in passed
    assert there.load.is_idle


@pytest.mark.parametrize(("method", "passed_on"), [("POST", 1), ("GET", 0)])
async def test_a_stream_passes_as_it_comes(method: str, passed_on: int) -> None:
    """No event waits for the next one; who stops waits for one that does not only listen."""
    go_on = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await stream.prepare(request)
        await stream.write(b"data: 1\n\n")
        await go_on.wait()
        await stream.write(b"data: 2\n\n")
        return stream

    async with (
        pair((method, "/mcp", answer)) as there,
        aiohttp.ClientSession() as client,
        client.request(method, f"{there.url}mcp") as got,
    ):
        first = await got.content.readuntil(b"\n\n")
        assert (there.load.in_flight, there.load.passed_on) == (0, passed_on)
        go_on.set()
        rest = await got.read()

    assert (first, rest) == (b"data: 1\n\n", b"data: 2\n\n")
    assert there.load.is_idle


async def test_a_client_that_leaves_has_stopped_sending_at_the_other_worker() -> None:
    """The one that answers learns it at once, and asks whether anybody is there."""
    ended, begun = asyncio.Event(), asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        begun.set()
        await _until_half_closed(request)
        ended.set()
        return web.Response()

    async with pair(("GET", "/mcp", answer)) as there:
        client = await _connected(there)
        await asyncio.wait_for(begun.wait(), 5)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
        await asyncio.wait_for(ended.wait(), 5)
        await asyncio.sleep(0)

    assert there.load.is_idle


async def test_a_client_that_stops_sending_is_known_to_the_other_worker() -> None:
    """It may be reading still, or be gone: the one that answers asks it."""
    told = asyncio.Event()

    async def answer(request: web.Request) -> web.StreamResponse:
        stream = web.StreamResponse()
        await stream.prepare(request)
        await stream.write(b"begun")
        await _until_half_closed(request)
        told.set()
        await stream.write(b"and over")
        return stream

    async with pair(("GET", "/mcp", answer)) as there:
        client = await _connected(there)
        client.shutdown(socket.SHUT_WR)
        await asyncio.wait_for(told.wait(), 5)
        reader, writer = await asyncio.open_connection(sock=client)
        said = await asyncio.wait_for(reader.read(), 5)
        writer.close()

    assert b"and over" in said


async def _until_half_closed(request: web.Request) -> None:
    async with asyncio.timeout(10):
        while not half_closed(request):  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.05)


async def _connected(there: Pair) -> socket.socket:
    """A client that has asked."""
    host, port = there.url.removeprefix("http://").removesuffix("/").split(":")
    client = socket.socket()
    client.settimeout(0)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(client, (host, int(port)))
    await loop.sock_sendall(client, b"GET /mcp HTTP/1.1\r\nHost: a\r\n\r\n")
    return client


async def test_nobody_without_the_secret_is_answered() -> None:
    """The socket has no path, so no permissions keep others away."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="inside")

    async with pair(("GET", "/mcp", answer)) as there:
        for line in ("", "X-Guardrail-Neighbour: \r\n", f"X-Guardrail-Neighbour: {SECRET}x\r\n"):
            said = await _raw(there.halls[1].getsockname(), line)
            assert said.startswith(b"HTTP/1.1 404 ")
            assert b"inside" not in said
        known = await _raw(there.halls[1].getsockname(), f"X-Guardrail-Neighbour: {SECRET}\r\n")

    assert known.endswith(b"inside")


async def _raw(place: bytes, line: str) -> bytes:
    with socket.socket(socket.AF_UNIX) as made:
        made.settimeout(0)
        made.connect(place)
        reader, writer = await asyncio.open_unix_connection(sock=made)
        writer.write(f"GET /mcp HTTP/1.1\r\nHost: a\r\n{line}Connection: close\r\n\r\n".encode())
        said = await asyncio.wait_for(reader.read(), 5)
        writer.close()
    return said


async def test_a_worker_that_ends_is_gone() -> None:
    """Before it answers; within an answer the client's connection breaks off."""

    async def answer(request: web.Request) -> web.StreamResponse:
        if request.path == "/mcp/stream":
            stream = web.StreamResponse()
            await stream.prepare(request)
            await stream.write(b"some")
        assert request.transport is not None
        request.transport.abort()
        await asyncio.sleep(5)
        return web.Response()

    async with (
        pair(("GET", "/mcp", answer), ("GET", "/mcp/stream", answer)) as there,
        aiohttp.ClientSession() as client,
    ):
        async with client.get(f"{there.url}mcp") as got:
            assert got.status == 404
        async with client.get(f"{there.url}mcp/stream") as got:
            with pytest.raises(aiohttp.ClientError):
                await got.read()


async def test_a_socket_that_nobody_listens_on_any_more_is_gone() -> None:
    """The supervisor has ended, and every worker with it."""
    async with pair() as there, aiohttp.ClientSession() as client:
        await there.passing[1].close()
        there.halls[1].close()
        async with client.get(f"{there.url}mcp") as got:
            assert got.status == 404


async def test_a_worker_that_hangs_is_not_waited_for_and_takes_nobodys_place() -> None:
    """As many wait for it as may be in progress, apart from those; then it is gone."""
    async with pair(begins=False) as there, aiohttp.ClientSession() as client:

        async def status() -> int:
            async with client.post(f"{there.url}mcp", data=b"{}") as got:
                return got.status

        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(status()) for _ in range(5)]
            await asyncio.sleep(0.2)
            assert (there.load.in_flight, there.load.passed_on) == (0, 2)

    assert sorted(task.result() for task in asked) == [404, 404, 503, 503, 503]
    assert there.load.is_idle


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("GET http://a.test/mcp/one?x HTTP/1.1", 200),
        ("GET /mcp/one?x HTTP/1.1", 200),
        ("GET /mcp/one?x HTTP/1.1\r\nX-Own: \xff\xfe", 400),
    ],
    ids=["whole address", "path", "no UTF-8"],
)
async def test_every_form_of_a_request_arrives_as_it_came(head: str, status: int) -> None:
    """Or is refused here, where it is judged first."""
    seen: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        seen.append(request.path_qs)
        return web.Response(text="inside")

    async with pair(("GET", "/mcp/{server}", answer)) as there:
        host, port = there.url.removeprefix("http://").removesuffix("/").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"{head}\r\nHost: a.test\r\nConnection: close\r\n\r\n".encode("latin-1"))
        said = await asyncio.wait_for(reader.read(), 5)
        writer.close()

    assert said.startswith(f"HTTP/1.1 {status} ".encode())
    assert seen == (["/mcp/one?x"] if status == 200 else [])


async def test_a_system_without_such_sockets_is_told_of() -> None:
    """What to do, and no traceback: here there are no descriptors left."""
    code = """
        import resource
        from guardrail_gw.errors import ConfigError
        from guardrail_gw.server.neighbours import hall
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
        try: hall()
        except ConfigError as why: print(why)
    """
    words = (sys.executable, "-c", textwrap.dedent(code))
    program = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    said, _ = await asyncio.wait_for(program.communicate(), 20)

    assert b"serve with one worker here" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
async def test_nobody_elses_process_is_let_in() -> None:
    """What it opens and leaves silent would fill the worker's descriptors."""
    code = "import socket, sys; s = socket.socket(socket.AF_UNIX); s.settimeout(5); "
    code += "s.connect(bytes.fromhex(sys.argv[1])); sys.stdout.write(repr(s.recv(1)))"
    async with pair() as there:
        place = there.halls[1].getsockname().hex()
        words = ("/usr/bin/env", "python3", "-c", code, place)
        program = await asyncio.create_subprocess_exec(
            *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL, user=65534
        )
        said, _ = await asyncio.wait_for(program.communicate(), 20)

    assert said == b"b''"
