"""Connections to one deployment over real sockets: how many, how old, and what TLS takes up."""

import asyncio
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import aiohttp
import pytest
from aiohttp.abc import ResolveResult
from yarl import URL

from guardrail_gw.upstreams.connections import (
    CONTEXT,
    Connections,
    NoConnectionLeft,
    Shared,
    StaleConnection,
    Target,
)
from guardrail_gw.upstreams.names import NameBounds, Names
from guardrail_gw.upstreams.pooling import Pooling
from guardrail_gw.upstreams.sessions import LIFE_S, ResumingContext
from guardrail_gw.upstreams.timeouts import Timeouts
from tests.support.certificates import Authority
from tests.support.listening import Listening

SOON = Timeouts(connect_s=0.2, first_byte_s=5.0, idle_s=5.0)
TLS = pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])


@dataclass(frozen=True)
class Trusted:
    """A host with a certificate, and whoever verifies it."""

    authority: Path
    server: Callable[[ssl.TLSVersion], ssl.SSLContext] = field(repr=False)

    def client(self, now_s: Callable[[], float] = monotonic) -> ResumingContext:
        """Knows no session yet."""
        return ResumingContext.made(str(self.authority), now_s)


class Noting(ResumingContext):
    """Says where it was told to read certificates."""

    def load(self) -> None:
        """As ever."""
        self.loaded_in = [*getattr(self, "loaded_in", ()), threading.current_thread()]
        super().load()


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Trusted:
    """One authority for all cases."""
    authority = Authority(tmp_path_factory.mktemp("tls"))
    files = authority.issue("localhost", "127.0.0.1")

    def server(version: ssl.TLSVersion) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(files.certificate, files.private_key)
        context.minimum_version = context.maximum_version = version
        return context

    return Trusted(authority.certificate, server)


@dataclass
class To:
    """Connections to one server."""

    connections: Connections
    target: Target

    async def ask(self) -> None:
        """One request, its answer read whole."""
        answer = await self.connections.post(self.target, b"{}")
        try:
            assert await answer.content.read() == b"ok"
        finally:
            answer.close()


@asynccontextmanager
async def to(
    url: str,
    pooling: Pooling = Pooling(),  # noqa: B008 - frozen
    *,
    context: ResumingContext | None = None,
    addresses: list[str] | None = None,
    connected: Callable[[float], None] = lambda _: None,
) -> AsyncIterator[To]:
    """Connections to a server, whose name has these addresses."""

    async def ask(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=each, port=port, family=family, proto=0, flags=0)
            for each in addresses or ["127.0.0.1"]
        ]

    names = Names(NameBounds(), ask)
    shared = Shared(names=names) if context is None else Shared(names=names, context=context)
    connections = Connections(SOON, pooling, shared, connected)
    try:
        yield To(connections, Target(URL(f"{url}/v1/chat"), {}))
    finally:
        await connections.close()
        await names.close()


async def test_the_connection_that_was_used_last_is_used_next() -> None:
    """After two at once have ended, the later one has what follows; the other one rests."""
    async with Listening() as server, to(server.url) as there:
        server.go.clear()
        first, second = (asyncio.ensure_future(there.ask()) for _ in range(2))
        await server.met(2)
        server.go.set()
        await asyncio.gather(first, second)
        for _ in range(3):
            await there.ask()
        sizes = there.connections.sizes

    assert len(set(server.requests[2:])) == 1
    assert (sizes.busy, sizes.idle, sizes.made) == (0, 2, 2)


@pytest.mark.parametrize("pooling", [Pooling(max_age_s=0.0), Pooling(idle_s=1e-9)])
async def test_one_that_is_too_old_or_rested_too_long_is_not_used(pooling: Pooling) -> None:
    """It is closed, and the next request has a new one."""
    async with Listening() as server, to(server.url, pooling) as there:
        await there.ask()
        await there.ask()

        assert server.requests == [0, 1]
        assert there.connections.sizes.idle <= 1


async def test_nobody_waits_for_ever_when_all_connections_are_in_use() -> None:
    """Beyond the limit a request waits as long as connecting may take; then that is told apart."""
    async with Listening() as server, to(server.url, Pooling(limit=1)) as there:
        server.go.clear()
        first = asyncio.ensure_future(there.ask())
        await server.met(1)
        with pytest.raises(NoConnectionLeft):
            await there.ask()
        waiting = asyncio.ensure_future(there.ask())
        await asyncio.sleep(0)
        server.go.set()
        await asyncio.gather(first, waiting)

    assert server.requests == [0, 0]


async def test_a_connection_that_was_closed_while_it_rested_is_told_apart() -> None:
    """Its failure says nothing of the peer, and the others that rested are given up with it."""
    async with Listening() as server, to(server.url) as there:
        server.go.clear()
        both = [asyncio.ensure_future(there.ask()) for _ in range(2)]
        await server.met(2)
        server.go.set()
        await asyncio.gather(*both)
        server.answers = False
        with pytest.raises(StaleConnection):
            await there.ask()
        sizes = there.connections.sizes
        server.answers = True
        await there.ask()

    assert (sizes.stale, sizes.idle) == (1, 0)
    assert server.requests[-1] == 2


async def test_a_new_connection_that_fails_is_no_stale_one() -> None:
    """Whoever hangs up on a connection that was made for the request has failed."""
    async with Listening() as server, to(server.url) as there:
        server.answers = False
        with pytest.raises(aiohttp.ClientConnectionError) as failed:
            await there.ask()

    assert not isinstance(failed.value, StaleConnection)


async def test_half_an_answer_is_no_stale_connection() -> None:
    """Once a byte has come, the peer had the request: it must not be sent again."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for said in (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", b"HTTP/1.1 200"):
            await reader.readuntil(b"{}")
            writer.write(said)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server, to(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}") as there:
        await there.ask()
        with pytest.raises(aiohttp.ClientConnectionError) as failed:
            await there.ask()

    assert not isinstance(failed.value, StaleConnection)


async def test_every_address_of_a_name_is_tried() -> None:
    """Where nobody listens at the first one, the second one is asked; how long it took is told."""
    took: list[float] = []
    async with Listening() as server:
        url = f"http://llm.example:{server.port}"
        async with to(url, addresses=["127.0.0.9", "127.0.0.1"], connected=took.append) as there:
            await there.ask()

    assert server.requests == [0]
    assert len(took) == 1
    assert took[0] > 0.0


@TLS
async def test_tls_takes_up_an_earlier_session(trusted: Trusted, version: ssl.TLSVersion) -> None:
    """Every connection but the first spares both sides the certificate."""
    context = trusted.client()
    async with (
        Listening(context=trusted.server(version), host="localhost") as server,
        to(server.url, Pooling(max_age_s=0.0), context=context) as there,
    ):
        for _ in range(4):
            await there.ask()
        sizes = there.connections.sizes

    assert (sizes.made, sizes.resumed) == (4, 3)


@TLS
async def test_a_host_shows_its_certificate_again_after_an_hour(
    trusted: Trusted, version: ssl.TLSVersion
) -> None:
    """New sessions that come with a resumed one do not put that off."""
    times = [0.0]
    context = trusted.client(lambda: times[-1])
    async with (
        Listening(context=trusted.server(version), host="localhost") as server,
        to(server.url, Pooling(max_age_s=0.0), context=context) as there,
    ):
        for time_s in (0.0, 0.6 * LIFE_S, 1.1 * LIFE_S, 1.2 * LIFE_S):
            times.append(time_s)
            await there.ask()
        sizes = there.connections.sizes

    assert (sizes.made, sizes.resumed) == (4, 2)


async def test_a_session_is_no_proof_of_another_name(trusted: Trusted) -> None:
    """Who is reached under a name that its certificate does not hold is not spoken to."""
    context = trusted.client()
    async with Listening(context=trusted.server(ssl.TLSVersion.TLSv1_3), host="localhost") as own:
        async with to(own.url, context=context) as there:
            await there.ask()
        async with to(f"https://llm.example:{own.port}", context=context) as there:
            with pytest.raises(aiohttp.ClientConnectorCertificateError):
                await there.ask()

    assert own.requests == [0]


async def test_whoever_nobody_vouches_for_is_not_spoken_to(trusted: Trusted) -> None:
    """The system's authorities do not know the one of the test."""
    async with (
        Listening(context=trusted.server(ssl.TLSVersion.TLSv1_3), host="localhost") as own,
        to(own.url) as there,
    ):
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await there.ask()

    assert own.requests == []


async def test_certificates_are_read_before_a_host_is_spoken_to_and_beside_the_loop(
    monkeypatch: pytest.MonkeyPatch, trusted: Trusted
) -> None:
    """Who has none yet reads the system's in a thread; what they vouch for is decided after."""
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted.authority))
    context = Noting.made()
    async with (
        Listening(context=trusted.server(ssl.TLSVersion.TLSv1_3), host="localhost") as own,
        to(own.url, context=context) as there,
    ):
        await there.ask()

    assert own.requests == [0]
    assert [each is threading.main_thread() for each in context.loaded_in] == [False]


async def test_aiohttps_own_sessions_verify_with_the_same_certificates(trusted: Trusted) -> None:
    """Its context, which is ours in place of its own, vouches for nobody whom ours does not."""
    async with (
        Listening(context=trusted.server(ssl.TLSVersion.TLSv1_3), host="localhost") as own,
        aiohttp.ClientSession() as session,
    ):
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(own.url)

    assert CONTEXT.verify_mode is ssl.CERT_REQUIRED
    assert CONTEXT.check_hostname
    assert aiohttp.TCPConnector()._get_ssl_context(_https()) is CONTEXT  # noqa: SLF001 - where it asks
    assert own.requests == []


def _https() -> aiohttp.ClientRequest:
    loop = asyncio.get_running_loop()
    return aiohttp.ClientRequest("GET", URL("https://llm.example"), loop=loop)
