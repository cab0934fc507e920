"""The queue between exchanges and whoever tells of them."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from guardrail_gw.core.exchange import Journal
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.observability.telemetry.side_flow import BATCH, SideFlow, Told
from tests.unit.observability.telemetry.test_told import ARRIVAL


@dataclass
class Slow:
    """Takes its time until it is let go; then says what it is told to."""

    became: str = "exported"
    raises: bool = False
    going: threading.Event = field(default_factory=threading.Event)
    sizes: list[int] = field(default_factory=list)
    closed: bool = False

    def send(self, told: Iterable[Told]) -> str:
        self.sizes.append(len(list(told)))
        self.going.wait(20)
        if self.raises:
            raise RuntimeError("a person's words")
        return self.became

    def close(self) -> None:
        self.closed = True


def flow(sender: Slow, most: int = 64) -> SideFlow:
    """One that looks all the time."""
    return SideFlow(sender=sender, clock=SystemClock(), most=most, every_s=0.01)


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for the thread."""
    async with asyncio.timeout(20):
        while not is_so():  # noqa: ASYNC110 - a thread tells nobody
            await asyncio.sleep(0.01)


async def test_a_receiver_that_hangs_holds_nobody_up() -> None:
    """What is too much is dropped and counted; the rest goes out in batches when it answers."""
    sender = Slow()
    side = flow(sender, most=1000)
    await side.start()
    side.ended(ARRIVAL, Journal())
    await until(lambda: bool(sender.sizes))

    for _ in range(1500):
        side.ended(ARRIVAL, Journal())

    assert side.tally["dropped"] == 500
    sender.going.set()
    await until(lambda: side.tally["exported"] == 1001)
    assert max(sender.sizes) == BATCH
    await side.close()
    assert sender.closed


async def test_a_fault_of_the_sender_ends_nothing() -> None:
    """It is counted, and the next exchange is told of."""
    sender = Slow(raises=True)
    sender.going.set()
    side = flow(sender)
    await side.start()
    side.ended(ARRIVAL, Journal())
    await until(lambda: side.tally["failed"] == 1)
    sender.raises = False

    side.ended(ARRIVAL, Journal())
    await until(lambda: side.tally["exported"] == 1)

    await side.close()
    await side.close()


async def test_closing_does_not_wait_for_ever() -> None:
    """What could not be delivered by then is counted as dropped."""
    sender = Slow()
    side = flow(sender)
    await side.start()
    side.ended(ARRIVAL, Journal())
    await until(lambda: bool(sender.sizes))
    side.ended(ARRIVAL, Journal())

    async with asyncio.timeout(10):
        await side.close()

    assert side.tally["dropped"] == 1
    sender.going.set()
