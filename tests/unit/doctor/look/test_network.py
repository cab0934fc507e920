"""Real listeners that count what they are sent."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from guardrail_gw.doctor.look.network import tried
from guardrail_gw.doctor.reach import Chosen
from tests.support.certificates import Authority
from tests.support.redis import free_port


class Listening:
    """Takes connections and keeps what comes over them."""

    def __init__(self) -> None:
        self.connections = 0
        self.got = b""
        self.port = 0

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            self.got += await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def listening(context: ssl.SSLContext | None = None) -> AsyncIterator[Listening]:
    """A listener on loopback."""
    here = Listening()
    server = await asyncio.start_server(here.take, "127.0.0.1", 0, ssl=context)
    here.port = server.sockets[0].getsockname()[1]
    async with server:
        yield here


def chosen(port: int, *, refused: str = "", scheme: str = "http") -> Chosen:
    """One at this port."""
    url = f"{scheme}://127.0.0.1:{port}/v1"
    return Chosen(deployment="eu", base_url=url, refused=refused)


async def test_a_host_is_connected_to_and_told_nothing() -> None:
    """One connection, no byte."""
    async with listening() as here:
        found = await tried([chosen(here.port)], 5)

    assert found["eu"].problem == ""
    assert found["eu"].took_ms > 0
    assert (here.connections, here.got) == (1, b"")


async def test_a_host_that_is_refused_is_not_contacted() -> None:
    """No connection at all, and nothing is said of it."""
    async with listening() as here:
        found = await tried([chosen(here.port, refused="outside")], 5)

    assert found == {}
    assert here.connections == 0


async def test_what_stands_in_the_way_is_told() -> None:
    """A closed port, a host that is silent within TLS."""
    closed = await tried([chosen(free_port())], 5)
    async with listening() as here:
        silent = await tried([chosen(here.port, scheme="https")], 0.2)

    assert closed["eu"].problem == "connection refused"
    assert silent["eu"].problem == "no answer within 0.2 s"


@pytest.mark.allow_blocking
async def test_a_certificate_of_nobody_is_told(tmp_path: Path) -> None:
    """TLS is verified as it is when requests are sent."""
    made = Authority(tmp_path).issue("nobody", "127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.certificate, made.private_key)

    async with listening(context) as here:
        found = await tried([chosen(here.port, scheme="https")], 5)

    assert found["eu"].problem.startswith("certificate: ")
    assert here.got == b""
