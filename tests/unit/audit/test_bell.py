"""A thread that is heard on an event loop."""

import asyncio
import errno
import threading
from collections.abc import Callable

import pytest
import uvloop

from guardrail_gw.audit.bell import Bell


async def _rung(times: int) -> list[int]:
    """On which threads it is heard when one has rung so often before the loop looked."""
    heard: list[int] = []
    there = asyncio.Event()

    def hear() -> None:
        heard.append(threading.get_ident())
        there.set()

    bell = Bell(hear)
    bell.listen(asyncio.get_running_loop())

    def ring() -> None:
        for _ in range(times):
            bell.ring()

    ringer = threading.Thread(target=ring)
    ringer.start()
    ringer.join()
    async with asyncio.timeout(20):
        await there.wait()
        for _ in range(3):  # it is quiet again
            await asyncio.sleep(0)
    bell.close()
    return heard


@pytest.mark.parametrize(
    "loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"]
)
def test_it_is_heard_on_the_loop(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """Once for all rings until then, on the loop's own thread, whichever loop it is."""
    with asyncio.Runner(loop_factory=loop) as runner:
        heard = runner.run(_rung(3))

    assert heard == [threading.get_ident()]


async def test_what_was_rung_before_anybody_listened_is_heard() -> None:
    """Nothing that was said is lost because the loop came later."""
    there = asyncio.Event()
    bell = Bell(there.set)
    bell.ring()

    bell.listen(asyncio.get_running_loop())
    async with asyncio.timeout(20):
        await there.wait()
    bell.close()
    bell.close()


def test_a_loop_that_is_gone_hears_nothing() -> None:
    """Ringing and closing behind the end of the loop do no harm."""
    heard: list[int] = []
    bell = Bell(lambda: heard.append(1))

    async def listen() -> None:
        bell.listen(asyncio.get_running_loop())

    asyncio.run(listen())
    bell.ring()
    bell.close()

    assert heard == []


async def test_a_ring_that_fails_is_heard(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the system call says: who waits for a word gets it."""

    def failing(*_: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    there = asyncio.Event()
    bell = Bell(there.set)
    bell.listen(asyncio.get_running_loop())
    monkeypatch.setattr("guardrail_gw.audit.bell.os.eventfd_write", failing)

    await asyncio.to_thread(bell.ring)
    async with asyncio.timeout(20):
        await there.wait()
    bell.close()
