"""The HTTP edge over real sockets: what is sent, what is kept, and how each failure is named."""

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from guardrail_gw.errors import UpstreamBroken, UpstreamFailed, UpstreamFault, UpstreamTimeout
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.standin.server import StandIn
from guardrail_gw.upstreams.credentials import Credentials, Secret
from guardrail_gw.upstreams.http import HttpUpstream
from guardrail_gw.upstreams.signing import Keyed
from guardrail_gw.upstreams.timeouts import Timeouts
from tests.support.routing_world import deployment

PATH = "/chat/completions"
SOON = Timeouts(connect_s=1.0, first_byte_s=0.15, idle_s=0.15)
KEYS = Credentials({"main": Secret("sk-test")})
OK = b"HTTP/1.1 200 OK\r\n"
CLOCK = SystemClock()


def body(model: str, *, stream: bool = False) -> bytes:
    """A request for a behaviour of the stand-in."""
    message = {"role": "user", "content": "hello there"}
    return json.dumps({"model": model, "stream": stream, "messages": [message]}).encode()


async def read(upstream: HttpUpstream, base_url: str, model: str, *, stream: bool = False) -> bytes:
    """Send one request and read the whole answer."""
    to = replace(deployment("d"), base_url=base_url, credential="main")
    async with upstream.send(to, PATH, body(model, stream=stream)) as response:
        return b"".join([chunk async for chunk in response.chunks])


@asynccontextmanager
async def raw(answer: bytes, *, hold: bool = False) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that answers with exactly these bytes; yields its base URL and the heads it got."""
    heads: list[bytes] = []
    go = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        if hold:
            await go.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heads
        go.set()


async def test_only_our_headers_are_sent_and_the_body_as_it_is() -> None:
    """The key, what HTTP needs, our name; and the body byte by byte."""
    async with StandIn() as provider, HttpUpstream(SOON, KEYS, CLOCK) as upstream:
        answer = await read(upstream, provider.base_url, "echo")

        assert json.loads(answer)["choices"][0]["message"]["content"] == "hello there"
        got = provider.received[0]
        assert got.body == body("echo")
        assert got.headers["authorization"] == "Bearer sk-test"
        assert set(got.headers) == {
            "host",
            "authorization",
            "content-type",
            "content-length",
            "accept",
            "accept-encoding",
            "user-agent",
        }


async def test_connections_are_kept() -> None:
    """Two requests after each other, streamed and whole, use one connection."""
    ports: set[object] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ports.add(writer.get_extra_info("peername"))
        for _ in range(2):
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
            await reader.readexactly(length)
            writer.write(OK + b"Content-Length: 2\r\n\r\nhi")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, HttpUpstream(SOON, KEYS, CLOCK) as upstream:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        assert await read(upstream, url, "m") == await read(upstream, url, "m") == b"hi"

    assert len(ports) == 1


async def test_a_large_body_arrives_as_it_is() -> None:
    """Megabytes leave in pieces, with their length, byte by byte the same."""
    large = body("echo")[:-1] + b',"pad":"' + b"x" * (3 << 20) + b'"}'
    async with StandIn() as provider, HttpUpstream(SOON, KEYS, CLOCK) as upstream:
        to = replace(deployment("d"), base_url=provider.base_url)
        async with upstream.send(to, PATH, large) as response:
            assert response.status == 200

        assert provider.received[0].body == large
        assert provider.received[0].headers["content-length"] == str(len(large))


async def test_few_headers_come_back() -> None:
    """Only what routing reads is kept, by lower-case name; cookies are not."""
    head = b"X-Request-Id: r1\r\nRetry-After: 3\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    async with raw(OK + head) as (url, _), HttpUpstream(SOON, KEYS, CLOCK) as upstream:
        to = replace(deployment("d"), base_url=url)
        async with upstream.send(to, PATH, b"{}") as response:
            assert dict(response.headers) == {"x-request-id": "r1", "retry-after": "3"}


async def test_a_redirect_is_an_answer_not_an_order() -> None:
    """The host that is connected to is the deployment's own, whatever the provider says."""
    async with StandIn() as elsewhere, HttpUpstream(SOON, KEYS, CLOCK) as upstream:
        to = f"{elsewhere.base_url}{PATH}".encode()
        moved = b"HTTP/1.1 307 Moved\r\nLocation: " + to + b"\r\nContent-Length: 0\r\n\r\n"
        async with raw(moved) as (url, heads):
            target = replace(deployment("d"), base_url=url)
            async with upstream.send(target, PATH, b"{}") as response:
                assert response.status == 307

        assert len(heads) == 1
        assert elsewhere.received == []


async def test_proxies_from_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment variable cannot send requests through somebody else."""
    async with StandIn() as provider, raw(b"") as (proxy, heads):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy)
        async with HttpUpstream(SOON, KEYS, CLOCK) as upstream:
            await read(upstream, provider.base_url, "echo")

        assert heads == []


@pytest.mark.parametrize(
    ("model", "stream", "fault"),
    [
        ("stall", False, UpstreamTimeout),
        ("stall?after=1", False, UpstreamTimeout),
        ("stall?after=1", True, UpstreamTimeout),
        ("cut", False, UpstreamFailed),
        ("cut?after=1", False, UpstreamBroken),
        ("cut?after=1", True, UpstreamBroken),
    ],
)
async def test_failures_have_three_names_and_no_foreign_text(
    model: str,
    stream: bool,  # noqa: FBT001 - a table
    fault: type[UpstreamFault],
) -> None:
    """No head, a silence, a cut: each is one of three errors, without cause or provider text."""
    async with StandIn() as provider, HttpUpstream(SOON, KEYS, CLOCK) as upstream:
        with pytest.raises(fault) as caught:
            await read(upstream, provider.base_url, model, stream=stream)

    assert type(caught.value) is fault
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert "127.0.0.1" not in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        b"SSH-2.0-hello\r\n\r\n",
        OK + b"Content-Length: 99\r\n\r\nshort",
        OK + b"Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx",
        OK + b"Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
        OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        OK + b"Content-Length: 2000\r\n\r\n" + bytes(2000),
    ],
)
async def test_what_is_not_an_answer_is_broken(answer: bytes) -> None:
    """Not HTTP, cut short, coded unknown or wrongly, or larger than the bound."""
    small = HttpUpstream(SOON, KEYS, CLOCK, max_answer_bytes=1000)
    async with raw(answer) as (url, _), small as upstream:
        with pytest.raises(UpstreamFault) as caught:
            await read(upstream, url, "m")

    assert type(caught.value) in (UpstreamBroken, UpstreamFailed)


async def test_silence_within_a_body_has_its_own_bound() -> None:
    """After its first piece an answer is cut off by the idle timeout, not by the longer first."""
    patient = Timeouts(connect_s=1.0, first_byte_s=30.0, idle_s=0.15)
    answer = OK + b"Content-Length: 9\r\n\r\nhalf"
    async with raw(answer, hold=True) as (url, _), HttpUpstream(patient, KEYS, CLOCK) as upstream:
        async with asyncio.timeout(10):
            with pytest.raises(UpstreamTimeout, match="mid-answer"):
                await read(upstream, url, "m")


async def test_a_compressed_answer_is_undone() -> None:
    """It was not asked for, but some proxies compress all the same."""
    packed = gzip.compress(b"hello")
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    async with raw(head + packed) as (url, heads), HttpUpstream(SOON, KEYS, CLOCK) as upstream:
        assert await read(upstream, url, "m") == b"hello"

    assert b"accept-encoding: identity" in heads[0].lower()


async def test_nobody_there_is_a_failure() -> None:
    """A closed port, a stopped upstream, and a key that is not loaded send nothing."""
    async with raw(b"") as (url, _):
        pass
    async with HttpUpstream(SOON, KEYS, CLOCK) as upstream:
        with pytest.raises(UpstreamFailed):
            await read(upstream, url, "m")
        to = replace(deployment("d"), base_url=url, credential="other")
        with pytest.raises(UpstreamFailed):
            async with upstream.send(to, PATH, b"{}"):
                raise AssertionError("nothing is sent")
    with pytest.raises(UpstreamFailed):
        await read(upstream, url, "m")


async def test_a_path_cannot_leave_the_host() -> None:
    """A path that would turn the base URL into another host is refused before connecting."""
    async with StandIn() as provider, HttpUpstream(SOON, KEYS, CLOCK) as upstream:
        host = provider.base_url.removeprefix("http://")
        to = replace(deployment("d"), base_url="http://127.0.0.2:9")
        with pytest.raises(UpstreamFailed):
            async with upstream.send(to, f"@{host}{PATH}", b"{}"):
                raise AssertionError("nothing is sent")

        assert provider.received == []


async def test_leaving_early_closes_the_connection() -> None:
    """An answer that nobody reads on costs the provider no more tokens."""
    gone = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n")
        while await reader.read(1024):
            pass
        gone.set()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, HttpUpstream(SOON, KEYS, CLOCK) as upstream:
        port = server.sockets[0].getsockname()[1]
        to = replace(deployment("d"), base_url=f"http://127.0.0.1:{port}")
        async with upstream.send(to, PATH, b"{}") as response:
            assert await anext(response.chunks) == b"hi"

        await asyncio.wait_for(gone.wait(), 2.0)


async def test_reprs_hide_keys() -> None:
    """Neither the upstream nor what it prepared shows a key."""
    upstream = HttpUpstream(SOON, KEYS, CLOCK)
    prepare: Callable[..., object] = upstream._target  # noqa: SLF001 - the one place that holds it
    signing = Keyed(Secret("sk-test"))

    to = replace(deployment("d"), credential="main")
    request = upstream.send(to, PATH, b"canary", (("x", "canary"),))._request  # noqa: SLF001 - ditto

    target = prepare(to, request, signing)

    assert "sk-test" not in f"{target!r} {upstream!r} {signing!r}"
    assert "canary" not in repr(request)


async def test_a_key_is_sent_where_the_provider_reads_it() -> None:
    """Which headers hold the key is the deployment's; a request's own headers come beside."""
    async with StandIn() as provider, HttpUpstream(SOON, KEYS, CLOCK) as upstream:
        to = replace(
            deployment("d"),
            base_url=provider.base_url,
            credential="main",
            key_headers=(("x-api-key", "{key}"),),
        )
        async with upstream.send(to, PATH, body("echo"), (("anthropic-version", "2026-10-21"),)):
            got = provider.received[0].headers

    assert got["x-api-key"] == "sk-test"
    assert got["anthropic-version"] == "2026-10-21"
    assert "authorization" not in got
