"""Connections over real sockets: what is written, what is waited for, what is kept."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from aiohttp import ClientConnectionError
from yarl import URL

from guardrail_gw.upstreams.connections import Answer, Connections, Target
from guardrail_gw.upstreams.timeouts import Timeouts

Served = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
HEADERS = {"Content-Type": "application/json", "User-Agent": "test"}
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
SOON = Timeouts(connect_s=1.0, first_byte_s=5.0, idle_s=5.0)
LARGE = b"x" * (4 << 20)


@asynccontextmanager
async def serving(
    serve: Served, timeouts: Timeouts = SOON
) -> AsyncIterator[tuple[Connections, URL]]:
    """A server that does what `serve` says, and connections to it."""

    async def handled(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await serve(reader, writer)
        writer.close()

    server = await asyncio.start_server(handled, "127.0.0.1", 0)
    connections = Connections(timeouts)
    async with server:
        port = server.sockets[0].getsockname()[1]
        yield connections, URL(f"http://127.0.0.1:{port}/v1/chat")
        await connections.close()


async def body_of(answer: Answer) -> bytes:
    """Read an answer whole."""
    try:
        return await answer.content.read()
    finally:
        answer.close()


async def test_a_large_body_arrives_whole() -> None:
    """It goes out in pieces, and all of it is there."""
    got: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        got.append(await reader.readexactly(len(LARGE)))
        writer.write(OK)

    async with serving(serve) as (connections, url):
        answer = await connections.post(Target(url, HEADERS), LARGE)
        said = await body_of(answer)

    assert said == b"ok"
    assert got == [LARGE]


async def test_a_large_answer_waits_for_its_reader() -> None:
    """Reading stops while nobody takes what is there, goes on then, and all of it arrives."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(LARGE) + LARGE)
        await writer.drain()

    async with serving(serve) as (connections, url):
        answer = await connections.post(Target(url, HEADERS), b"{}")
        await asyncio.sleep(0.2)
        async with asyncio.timeout(9):
            said = await body_of(answer)

    assert said == LARGE


async def test_an_early_answer_is_not_missed() -> None:
    """A server that answers before it has read the body is heard; its connection is not kept."""
    ports: list[int] = []
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        ports.append(writer.get_extra_info("peername")[1])
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        await done.wait()

    async with serving(serve) as (connections, url):
        target = Target(url, HEADERS)
        async with asyncio.timeout(10):
            answers = [await connections.post(target, b"y" * (64 << 20)) for _ in range(2)]
            said = [await body_of(answer) for answer in answers]
        done.set()

    assert [answer.message.code for answer in answers] == [413, 413]
    assert said == [b"no", b"no"]
    assert len(set(ports)) == 2


async def test_no_answer_to_a_large_body_is_a_failure_like_any_other() -> None:
    """A server that hangs up while a large body is on its way is not wrapped in anything."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")

    async with serving(serve) as (connections, url):
        with pytest.raises(ClientConnectionError):
            await connections.post(Target(url, HEADERS), b"y" * (64 << 20))


async def test_silence_is_bounded_while_a_large_body_waits() -> None:
    """A server that neither reads nor answers runs out of time."""
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await done.wait()

    impatient = Timeouts(connect_s=1.0, first_byte_s=0.2, idle_s=5.0)
    async with serving(serve, impatient) as (connections, url):
        with pytest.raises(TimeoutError):
            await connections.post(Target(url, HEADERS), b"y" * (64 << 20))
        done.set()


async def test_interim_answers_are_passed_over() -> None:
    """103 Early Hints says nothing that is waited for."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + OK)

    async with serving(serve) as (connections, url):
        answer = await connections.post(Target(url, HEADERS), b"{}")
        said = await body_of(answer)

    assert answer.message.code == 200
    assert said == b"ok"


async def test_a_connection_left_early_is_not_kept() -> None:
    """What was not read of one answer never becomes part of the next."""
    ports: list[int] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ports.append(writer.get_extra_info("peername")[1])
        while await reader.readuntil(b"\r\n\r\n") and await reader.readexactly(2):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n" + b"ab")
            await asyncio.sleep(0.05)
            writer.write(b"cd")

    async with serving(serve) as (connections, url):
        target = Target(url, HEADERS)
        first = await connections.post(target, b"{}")
        first.close()
        second = await connections.post(target, b"{}")
        said = await body_of(second)

    assert said == b"abcd"
    assert len(ports) == 2


async def test_the_head_says_what_is_sent_and_no_more() -> None:
    """Method, path with query, host with port, length, and the headers that were given."""
    heads: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(OK)

    async with serving(serve) as (connections, url):
        answer = await connections.post(Target(url % {"v": "1 2"}, HEADERS), b"{}")
        await body_of(answer)

    lines = heads[0].decode().split("\r\n")
    assert lines[0] == "POST /v1/chat?v=1+2 HTTP/1.1"
    assert f"Host: 127.0.0.1:{url.port}" in lines
    assert "Content-Length: 2" in lines
    assert not any("keep-alive" in line.lower() for line in lines)


@pytest.mark.parametrize("value", ["key\r\nX-Other: 1", "key\x00", "key\x7f"])
async def test_a_header_cannot_become_two(value: str) -> None:
    """A key with a line end in it is refused before anything is sent."""
    with pytest.raises(ValueError, match="control character") as refused:
        Target(URL("http://127.0.0.1:1/"), {"Authorization": value})

    assert "key" not in str(refused.value)


async def test_headers_of_one_request_are_plain_lines() -> None:
    """What a dialect adds stands before the empty line; a value that could hide another is none."""
    target = Target(URL("http://127.0.0.1/v1"), HEADERS)

    head = target.head(7, [("anthropic-version", "2023-06-01")])

    assert head.endswith(b"Content-Length: 7\r\nanthropic-version: 2023-06-01\r\n\r\n")
    for name, value in (("a", "b\r\nc: d"), ("a", "b c"), ("a", ""), ("A b", "c"), ("a", "ż")):
        with pytest.raises(ValueError, match="not plain"):
            target.head(7, [(name, value)])


@pytest.mark.parametrize("value", ["a\r\nInjected: x", "a\nb", "a\x00b", "", " a", "a ", "ä"])
async def test_a_header_of_our_own_is_one_line(value: str) -> None:
    """A token or signature is printable and begins and ends with a sign, or nothing is sent."""
    target = Target(URL("http://127.0.0.1/"), HEADERS)

    good = target.head(2, (), (("authorization", "AWS4 Credential=a, Signature=b"),))

    assert good.endswith(b"\r\nauthorization: AWS4 Credential=a, Signature=b\r\n\r\n")
    with pytest.raises(ValueError, match="not plain"):
        target.head(2, (), (("authorization", value),))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("Mcp-Param-A", value) for value in ("a\r\nInjected: x", "a\nb", "a\x00b", " a", "ä")),
        *((name, "a") for name in ("", "a b", "a:", "a\r\nb", "ä")),
    ],
)
async def test_a_header_that_repeats_a_body_is_one_line(name: str, value: str) -> None:
    """Any name and value that HTTP has, also none at all; what would be two lines is not sent."""
    target = Target(URL("http://127.0.0.1/"), HEADERS)

    good = target.head(2, repeated=[("Mcp-Name", "get it"), ("Mcp-Param-a_b!", "")])

    assert good.endswith(b"\r\nMcp-Name: get it\r\nMcp-Param-a_b!: \r\n\r\n")
    with pytest.raises(ValueError, match="not plain"):
        target.head(2, repeated=[(name, value)])


async def test_a_target_has_its_method() -> None:
    """Requests are POSTs unless something else is said."""
    url = URL("http://127.0.0.1/a?b=c")

    heads = [Target(url, HEADERS).head(0), Target(url, HEADERS, "GET").head(0)]

    assert [head.partition(b"\r\n")[0] for head in heads] == [
        b"POST /a?b=c HTTP/1.1",
        b"GET /a?b=c HTTP/1.1",
    ]


async def test_what_is_begun_is_sent_before_anybody_waits() -> None:
    """Over the connection that is kept; the answer is there for whoever asks then."""
    got: list[bytes] = []
    second = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in range(2):
            got.append(await reader.readuntil(b"{}"))
            if len(got) == 2:
                second.set()
            writer.write(OK)

    async with serving(serve) as (connections, url):
        target = Target(url, HEADERS)
        await body_of(await connections.post(target, b"{}"))
        begun = connections.begun(target, target.head(2), b"{}")
        await asyncio.wait_for(second.wait(), 9)
        assert begun is not None
        said = await body_of(await begun.answer())

    assert said == b"ok"
    assert got[0] == got[1]


async def test_nothing_is_begun_that_has_to_wait() -> None:
    """Without a kept connection, or with a long body, nothing is sent."""
    got: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        got.append(await reader.readuntil(b"{}"))
        writer.write(OK)
        got.append(await reader.read(1))

    async with serving(serve) as (connections, url):
        target = Target(url, HEADERS)
        first = connections.begun(target, target.head(2), b"{}")
        await body_of(await connections.post(target, b"{}"))
        long = connections.begun(target, target.head(len(LARGE)), LARGE)
        await asyncio.sleep(0.05)

    assert (first, long) == (None, None)
    assert got[1:] in ([], [b""])
