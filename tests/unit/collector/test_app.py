"""The collector's listeners, asked as gateways, strangers and probes ask them."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from guardrail_gw.audit.courier import (
    Address,
    CollectorDownError,
    CollectorRefusesError,
    HttpsCourier,
    OtherPlaceError,
)
from guardrail_gw.audit.parcel import Parcel
from guardrail_gw.collector.serving import Collector
from guardrail_gw.errors import ConfigError
from tests.support.audit_world import SteadyClock, World, pair, redacted_content, world
from tests.support.certificates import Authority, Files
from tests.support.collecting import GATEWAY, Place, Site, site
from tests.support.parcels import lived, parcels, singly

pytestmark = pytest.mark.allow_blocking  # the driver reads its password files as it connects


@pytest.fixture
async def here(tmp_path: Path, keyed: World, where: Place) -> Site:
    """A collector that knows one gateway."""
    return await site(tmp_path / "collector", where, keyed.public.origin)


@asynccontextmanager
async def courier(here: Site, files: Files | None = None) -> AsyncIterator[HttpsCourier]:
    """The way from a gateway with that certificate."""
    known = files or here.gateway
    made = HttpsCourier.prepared(
        Address(
            url=f"https://127.0.0.1:{here.port}",
            authority=here.authority.certificate,
            certificate=known.certificate,
            private_key=known.private_key,
            key=here.key,
            timeout_s=5,
        )
    )
    yield made
    await made.close()


async def watched(collector: Collector, path: str) -> tuple[int, str]:
    """What probes see."""
    url = f"http://127.0.0.1:{collector.watch_port}{path}"
    async with aiohttp.ClientSession() as client, client.get(url) as response:
        return response.status, await response.text()


async def test_a_log_is_brought_and_the_collector_knows_how_far(
    here: Site, keyed: World, tmp_path: Path
) -> None:
    """Parcels are cosigned, one that was sent already counts as delivered, metrics tell of it."""
    sent = await asyncio.to_thread(lambda: singly(lived(keyed, tmp_path)))
    origin, first = sent[0].last.checkpoint.origin, sent[0].last.checkpoint.size
    async with here.running() as collector, courier(here) as way:
        assert await way.standing(origin) == 0
        await way.deliver(sent[0])
        assert await way.standing(origin) == first
        await way.deliver(sent[0])  # as when the answer was lost
        with pytest.raises(OtherPlaceError) as told:
            await way.deliver(sent[2])
        assert told.value.size == first
        ready, metrics = await watched(collector, "/readyz"), await watched(collector, "/metrics")

    assert ready[0] == 200
    assert f'guardrail_gw_collector_records_total{{gateway="{GATEWAY}"}} {first}.0' in metrics[1]
    assert f'parcels_total{{gateway="{GATEWAY}",result="out_of_step"}} 2.0' in metrics[1]


async def test_large_parcels_travel_in_pieces(here: Site, keyed: World, tmp_path: Path) -> None:
    """Records of several MiB arrive as they are; if they begin elsewhere that is still said."""

    def large() -> Parcel:
        made = replace(keyed, home=tmp_path)
        ledger = made.ledger(SteadyClock())
        ledger.open()
        ledger.append([pair(n, redacted_content(bytes(3_000_000))) for n in range(2)])
        ledger.close()
        return next(parcels(made.log))

    parcel = await asyncio.to_thread(large)
    async with here.running(), courier(here) as way:
        with pytest.raises(OtherPlaceError):
            await way.deliver(replace(parcel, start=7))
        await way.deliver(parcel)
        assert await way.standing(parcel.last.checkpoint.origin) == parcel.last.checkpoint.size

    assert parcel.size > 6_000_000


async def test_many_gateways_send_at_once(tmp_path: Path, keyed: World, where: Place) -> None:
    """Each brings its own log with its own certificate, and each is acknowledged to its end."""
    names = ("gw-1.example", "gw-2.example", "gw-3.example")
    made = [await asyncio.to_thread(world, tmp_path / name, f"guardrail/{name}") for name in names]
    here = await site(tmp_path / "collector", where, keyed.public.origin)
    here.config["gateways"] = [
        {"certificate": name, "origin": each.public.origin.vkey()}
        for name, each in zip(names, made, strict=True)
    ]

    async def send(name: str, gateway: World) -> tuple[int, int]:
        sent = await asyncio.to_thread(lambda: singly(lived(gateway, gateway.home)))
        async with courier(here, here.authority.issue(name)) as way:
            for parcel in sent:
                await way.deliver(parcel)
            point = sent[-1].last.checkpoint
            return await way.standing(point.origin), point.size

    async with here.running():
        told = await asyncio.gather(*map(send, names, made))

    assert all(stands == size for stands, size in told)


async def test_a_certificate_sends_its_own_logs_only(
    here: Site, keyed: World, tmp_path: Path
) -> None:
    """Another name of the same authority may neither ask about a log nor send it."""
    sent = await asyncio.to_thread(lambda: singly(lived(keyed, tmp_path)))
    origin = sent[0].last.checkpoint.origin
    async with here.running():
        other = here.authority.issue("gw-2.example")
        async with courier(here, other) as way:
            for attempt in (way.standing(origin), way.deliver(sent[0])):
                with pytest.raises(CollectorRefusesError, match="unknown_log"):
                    await attempt
        async with courier(here) as way:
            with pytest.raises(CollectorRefusesError, match="unknown_log"):
                await way.standing("other.example/0011223344556677")


async def test_without_a_certificate_nobody_gets_in(here: Site, tmp_path: Path) -> None:
    """No certificate, one of another authority, or one that vouches for itself: no answer."""
    strangers = tmp_path / "strangers"
    strangers.mkdir()
    other = Authority(strangers, "other").issue(GATEWAY)
    async with here.running():
        async with courier(here, other) as way:
            with pytest.raises(CollectorDownError):
                await way.standing("log.example/0011223344556677")
        context = ssl.create_default_context(cafile=str(here.authority.certificate))
        connector = aiohttp.TCPConnector(ssl=context)
        async with aiohttp.ClientSession(connector=connector) as client:
            with pytest.raises((aiohttp.ClientError, OSError)):
                await client.get(f"https://127.0.0.1:{here.port}/v1/standing?origin=a/b")


async def test_an_answer_that_is_not_cosigned_counts_for_nothing(
    here: Site, keyed: World, tmp_path: Path
) -> None:
    """A collector with another key than the gateway knows acknowledges nothing."""
    sent = await asyncio.to_thread(lambda: singly(lived(keyed, tmp_path)))
    here.key = keyed.public.origin
    async with here.running(), courier(here) as way:
        with pytest.raises(CollectorRefusesError, match="not cosigned"):
            await way.deliver(sent[0])


async def test_another_server_is_no_collector(here: Site, tmp_path: Path) -> None:
    """Whoever has no certificate of the named authority is not sent anything."""
    strangers = tmp_path / "strangers"
    strangers.mkdir()
    other = Authority(strangers, "other").issue("collector.example", "127.0.0.1")
    here.config["listen"]["tls"]["certificate"] = str(other.certificate)
    here.config["listen"]["tls"]["private_key"] = str(other.private_key)
    async with here.running(), courier(here) as way:
        with pytest.raises(CollectorDownError, match="certificate"):
            await way.standing("log.example/0011223344556677")


async def test_silence_in_a_parcel_has_an_end(here: Site, keyed: World) -> None:
    """A gateway that stops in the middle of a parcel is told so, and keeps no connection busy."""
    here.config["read_timeout_s"] = 0.2

    async def slow() -> AsyncIterator[bytes]:
        yield b"\0\0"
        await asyncio.sleep(5)

    context = ssl.create_default_context(cafile=str(here.authority.certificate))
    context.load_cert_chain(here.gateway.certificate, here.gateway.private_key)
    async with (
        here.running(),
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as client,
    ):
        origin = f"{keyed.keys.name}/0011223344556677"
        url = f"https://127.0.0.1:{here.port}/v1/parcels?origin={origin}&start=0"
        async with client.post(url, data=slow()) as response:
            told = await response.json()

    assert (response.status, told["error"]["code"]) == (400, "collector.broken_off")


@pytest.mark.parametrize("query", ["", "start=1", "start=x", "start=-1", "start=" + "9" * 30])
async def test_what_is_not_asked_rightly(here: Site, keyed: World, query: str) -> None:
    """A request without a log or with no index is told so with a code."""
    origin = f"{keyed.keys.name}/0011223344556677" if query.startswith("start") else ""
    context = ssl.create_default_context(cafile=str(here.authority.certificate))
    context.load_cert_chain(here.gateway.certificate, here.gateway.private_key)
    async with (
        here.running(),
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=context)) as client,
    ):
        url = f"https://127.0.0.1:{here.port}/v1/parcels?origin={origin}&{query}"
        async with client.post(url, data=b"\0\0\0\0") as response:
            told: Any = await response.json()

    expected = (422, "collector.refused") if origin else (403, "collector.unknown_log")
    assert (response.status, told["error"]["code"]) == expected


@pytest.mark.parametrize("field", ["certificate", "clients"])
async def test_a_certificate_that_is_missing(here: Site, field: str) -> None:
    """It is said before anything listens."""
    here.config["listen"]["tls"][field] = "none.pem"

    with pytest.raises(ConfigError, match=r"listen\.tls"):
        async with here.running():
            pass
