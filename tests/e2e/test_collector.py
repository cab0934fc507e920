"""The collector as a process: started, killed in the middle, started again, ended in order."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from guardrail_gw.audit.courier import Address, CollectorDownError, HttpsCourier
from guardrail_gw.audit.parcel import Parcel
from tests.support.audit_world import world
from tests.support.collecting import Place, Site, site
from tests.support.parcels import lived, singly

pytestmark = [pytest.mark.e2e, pytest.mark.allow_blocking]


@asynccontextmanager
async def running(here: Site) -> AsyncIterator[asyncio.subprocess.Process]:
    """`guardrail-gw collect run`, killed at the end if it still runs."""
    here.config["listen"]["port"] = 0
    await asyncio.to_thread(lambda: here.settings)  # writes the file
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "guardrail_gw", "collect", "run"),
        *("--config", str(here.folder / "collector.yaml")),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def ready(process: asyncio.subprocess.Process) -> int:
    """Wait until it listens; the port is in its log."""
    assert process.stderr is not None
    async with asyncio.timeout(30):
        line = await process.stderr.readline()
    assert b'"collector.ready"' in line, line
    return int(line.split(b"127.0.0.1:")[1].split(b'"')[0])


def courier(here: Site, port: int) -> HttpsCourier:
    """The gateway's way to it."""
    return HttpsCourier.prepared(
        Address(
            url=f"https://127.0.0.1:{port}",
            authority=here.authority.certificate,
            certificate=here.gateway.certificate,
            private_key=here.gateway.private_key,
            key=here.key,
            timeout_s=5,
        )
    )


async def delivered(way: HttpsCourier, sent: list[Parcel], size: int = 0) -> int:
    """Deliver what is behind a size until nobody answers; how far it was acknowledged."""
    for parcel in sent:
        if parcel.start >= size:
            try:
                await way.deliver(parcel)
            except CollectorDownError:
                break
            size = parcel.last.checkpoint.size
    await way.close()
    return size


async def test_a_killed_collector_keeps_what_it_acknowledged(
    tmp_path: Path, shared_place: Place
) -> None:
    """After SIGKILL everything that was cosigned is there; after SIGTERM it ends with 0."""
    made = await asyncio.to_thread(world, tmp_path / "gateway")
    here = await site(tmp_path / "collector", shared_place, made.public.origin)
    sent = await asyncio.to_thread(lambda: singly(lived(made, tmp_path)))
    sizes = [parcel.last.checkpoint.size for parcel in sent]

    async with running(here) as process:
        way = courier(here, await ready(process))
        asyncio.get_running_loop().call_later(0.1, process.kill)
        acknowledged = await delivered(way, sent)
        await process.wait()
    async with running(here) as process:
        way = courier(here, await ready(process))
        size = await way.standing(sent[0].last.checkpoint.origin)
        end = await delivered(way, sent, size)
        process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(process.wait(), 20)

    assert size in {0, *sizes}
    assert acknowledged <= size <= end == sizes[-1]
    assert code == 0
