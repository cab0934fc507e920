"""Real sockets: what a provider can do to us, and what it gets to see."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from guardrail_gw.errors import UpstreamBroken, UpstreamFailed, UpstreamFault, UpstreamTimeout
from guardrail_gw.upstreams.credentials import Credentials, Secret
from guardrail_gw.upstreams.http import HttpUpstream, Timeouts
from tests.support.routing_world import deployment

Behaviour = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
TIMES = Timeouts(connect_s=1.0, first_byte_s=0.3, idle_s=0.3)
OK = b"HTTP/1.1 200 OK\r\n"


def writes(*pieces: bytes, stays_s: float = 0.0, seen: list[bytes] | None = None) -> Behaviour:
    """Read a request, write the pieces, stay, close."""

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if seen is not None:
            seen.append(head + await reader.readexactly(2))
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        await asyncio.sleep(stays_s)

    return behave


@asynccontextmanager
async def provider(behave: Behaviour) -> AsyncIterator[str]:
    """A server on loopback; gives its base URL."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await behave(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()


async def post(base_url: str, max_bytes: int = 1 << 20) -> tuple[int, dict[str, str], bytes]:
    """Send `{}` and read the answer."""
    keys = Credentials({"k": Secret("sk-1")})
    async with HttpUpstream(TIMES, keys, max_bytes) as upstream:
        to = replace(deployment("eu-1"), base_url=base_url, credential="k")
        async with upstream.send(to, "/chat/completions", b"{}") as response:
            body = b"".join([chunk async for chunk in response.chunks])
            return response.status, dict(response.headers), body


async def test_only_our_headers_are_sent_and_few_come_back() -> None:
    """The provider sees path, body, key and our name; cookies and server names stay outside."""
    seen: list[bytes] = []
    head = b"Content-Length: 2\r\nX-Request-Id: r1\r\nSet-Cookie: a=b\r\nServer: x\r\n\r\n"
    async with provider(writes(OK + head + b"hi", seen=seen)) as url:
        status, headers, body = await post(url)

    lines = seen[0].decode().split("\r\n")
    names = {line.split(":")[0].lower() for line in lines[1:] if ":" in line}
    assert lines[0] == "POST /v1/chat/completions HTTP/1.1"
    assert "Authorization: Bearer sk-1" in lines
    assert names == {
        "host", "content-type", "accept", "accept-encoding", "user-agent", "authorization",
        "content-length",
    }  # fmt: skip
    assert seen[0].endswith(b"\r\n\r\n{}")
    assert (status, headers, body) == (200, {"x-request-id": "r1"}, b"hi")


@pytest.mark.parametrize(
    ("behave", "fault"),
    [
        (writes(OK + b"Content-Length: 99\r\n\r\n", b"CANARY"), UpstreamBroken),
        (writes(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"6\r\nCANARY\r\n"), UpstreamBroken),
        (writes(OK + b"Transfer-Encoding: chunked\r\n\r\n", b"CANARY\r\n"), UpstreamBroken),
        (writes(OK + b"Content-Length: 99\r\n\r\nCANARY", stays_s=2), UpstreamTimeout),
        (writes(stays_s=2), UpstreamTimeout),
        (writes(), UpstreamFailed),
        (writes(b"CANARY\r\n\r\n"), UpstreamBroken),
        (writes(OK + b"Content-Length: 2000000\r\n\r\n", b"x" * 2_000_000), UpstreamBroken),
        (writes(OK + b"Content-Encoding: br\r\nContent-Length: 2\r\n\r\nhi"), UpstreamBroken),
        (
            writes(OK + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"\0" * 5_000_000)),
            UpstreamBroken,
        ),
    ],
    ids=[
        "cut",
        "cut-chunk",
        "bad-chunk",
        "stall",
        "silent",
        "closed",
        "garbage",
        "huge",
        "br",
        "bomb",
    ],
)
async def test_what_goes_wrong_has_a_name(behave: Behaviour, fault: type[UpstreamFault]) -> None:
    """Cut, stalled, closed, garbled, huge or oddly coded: one of three errors, no wire text."""
    async with provider(behave) as url:
        with pytest.raises(fault) as caught:
            await post(url)

    assert "CANARY" not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert type(caught.value) is fault


async def test_nobody_there_is_a_failure() -> None:
    """A closed port is no connection."""
    async with provider(writes()) as url:
        pass

    with pytest.raises(UpstreamFailed):
        await post(url)


async def test_redirects_are_not_followed() -> None:
    """A redirect is an answer with that status; where it points to is not asked."""
    seen: list[bytes] = []
    async with provider(writes(OK, seen=seen)) as elsewhere:
        location = f"HTTP/1.1 307 X\r\nLocation: {elsewhere}\r\nContent-Length: 0\r\n\r\n".encode()
        async with provider(writes(location)) as url:
            status, headers, _ = await post(url)

    assert (status, headers, seen) == (307, {}, [])


async def test_leaving_early_closes_the_connection() -> None:
    """The provider sees the connection end as soon as the context is left."""
    closed = asyncio.Event()

    async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"{}")
        writer.write(OK + b"Content-Length: 9\r\n\r\nx")
        await reader.read()
        closed.set()

    async with provider(behave) as url, HttpUpstream(TIMES, Credentials({})) as upstream:
        async with upstream.send(replace(deployment("eu-1"), base_url=url), "", b"{}") as response:
            assert await anext(response.chunks) == b"x"
        async with asyncio.timeout(1):
            await closed.wait()
