"""What the gateway makes of a collector's answers, and of those of somebody who is none."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from guardrail_gw.audit.courier import (
    Address,
    CollectorDownError,
    CollectorForkedError,
    CollectorRefusesError,
    HttpsCourier,
    OtherPlaceError,
)
from guardrail_gw.keys.vkey import COSIGNS, Verifier
from tests.support.certificates import Authority

KEY = Verifier(name="collector.example", public=bytes(32), kind=COSIGNS)
ORIGIN = "log.example/0011223344556677"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who issues certificates to both sides."""
    return Authority(tmp_path_factory.mktemp("authority"))


@asynccontextmanager
async def answering(
    authority: Authority, status: int, body: bytes, *, silent_s: float = 0
) -> AsyncIterator[HttpsCourier]:
    """A server that always answers so, and the way to it."""

    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(silent_s)
        return web.Response(status=status, body=body, headers={"Location": "/elsewhere"})

    files = await asyncio.to_thread(authority.issue, "collector.example", "127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.private_key)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    address = Address(
        url=f"https://127.0.0.1:{runner.addresses[0][1]}",
        authority=authority.certificate,
        certificate=files.certificate,
        private_key=files.private_key,
        key=KEY,
        timeout_s=0.5,
    )
    courier = await asyncio.to_thread(HttpsCourier.prepared, address)
    try:
        yield courier
    finally:
        await courier.close()
        await runner.cleanup()


def error(code: str, more: str = "") -> bytes:
    """What a collector answers when it does not accept."""
    return b'{"error":{"code":"%b","message":"no"%b}}' % (code.encode(), more.encode())


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, b"<html>welcome</html>", CollectorDownError),
        (200, b"[]", CollectorDownError),
        (200, b"{}", CollectorDownError),
        (200, b'{"size": -1}', CollectorDownError),
        (200, b'{"size": "7"}', CollectorDownError),
        (200, b'{"size": 7' + b" " * 100_000 + b"}", CollectorDownError),
        (302, b'{"size": 7}', CollectorDownError),
        (500, b'{"size": 7}', CollectorDownError),
        (503, error("collector.unavailable"), CollectorDownError),
        (409, error("collector.out_of_step", ',"size":7'), OtherPlaceError),
        (409, error("collector.out_of_step", ',"size":"7"'), CollectorDownError),
        (409, error("collector.forked"), CollectorForkedError),
        (403, error("collector.unknown_log"), CollectorRefusesError),
        (422, error("collector.refused"), CollectorRefusesError),
        (409, b'{"error":"collector.forked"}', CollectorDownError),
    ],
)
async def test_an_answer_is_what_it_says_or_none(
    authority: Authority, status: int, body: bytes, expected: type[Exception]
) -> None:
    """Each code has its meaning; everything else is a collector that is down."""
    async with answering(authority, status, body) as courier:
        with pytest.raises(expected) as told:
            await courier.standing(ORIGIN)

    assert type(told.value) is expected


async def test_a_collector_says_where_it_stands(authority: Authority) -> None:
    """The number of records of a log that it has."""
    async with answering(authority, 200, b'{"size": 7, "cosignature": null}') as courier:
        assert await courier.standing(ORIGIN) == 7


async def test_silence_has_an_end(authority: Authority) -> None:
    """A collector that takes the connection and says nothing is down before long."""
    async with answering(authority, 200, b'{"size": 7}', silent_s=5) as courier:
        with pytest.raises(CollectorDownError, match="in time"):
            await courier.standing(ORIGIN)


async def test_nobody_listens(authority: Authority, tmp_path: Path) -> None:
    """A port where nothing is, is a collector that is down."""
    async with answering(authority, 200, b"{}") as courier:
        pass
    again = await asyncio.to_thread(HttpsCourier.prepared, courier._address)  # noqa: SLF001 - the same place, once it is closed

    with pytest.raises(CollectorDownError, match="cannot be reached"):
        await again.standing(ORIGIN)
    await again.close()
