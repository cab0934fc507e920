"""The queue between exchanges that are over and the thread that tells of them.

An exchange adds one line to a list and goes on. A thread takes what is there once a second, makes
spans of it and waits for the receiver; whatever goes wrong there is counted, and costs spans.
"""

import asyncio
import threading
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol

import structlog

from guardrail_gw.core.exchange import Arrival, Journal
from guardrail_gw.core.ports import Clock

Told = tuple[Arrival, Journal, int]
"""An exchange, and when it was over: microseconds since the epoch."""
BATCH: Final = 256
"""Exchanges of one delivery."""
_EVERY_S: Final = 1.0
_LAST_S: Final = 3.0
"""For what is left when the gateway stops."""
log = structlog.get_logger()


class Sender(Protocol):
    """Delivers what was made of exchanges."""

    def send(self, told: Iterable[Told]) -> str:
        """`exported`, `failed` or `unlawful`; may take its time."""
        ...

    def close(self) -> None:
        """Give up what is under way."""
        ...


@dataclass(slots=True, kw_only=True)
class SideFlow:
    """Takes exchanges that are over; `start`, use, `close`."""

    sender: Sender = field(repr=False)
    clock: Clock = field(repr=False)
    most: int
    """Exchanges that may wait."""
    tally: Counter[str] = field(default_factory=Counter)
    """Exchanges `exported`, `failed`, `unlawful`, `dropped` since the start."""
    every_s: float = _EVERY_S
    _waiting: deque[Told] = field(default_factory=deque)
    _wake: threading.Event = field(default_factory=threading.Event)
    _is_over: bool = False
    _thread: threading.Thread | None = None
    _last: str = "exported"

    def ended(self, arrival: Arrival, journal: Journal) -> None:
        """Have it told; never waits, and never raises."""
        if len(self._waiting) >= self.most:
            self.tally["dropped"] += 1
            return
        self._waiting.append((arrival, journal, self.clock.now_us()))

    async def start(self) -> None:
        """Begin to deliver."""
        thread = threading.Thread(target=self._deliver_on, name="telemetry", daemon=True)
        self._thread = thread
        thread.start()

    async def close(self) -> None:
        """Deliver what is left if that goes fast; twice is no fault."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._is_over = True
        self._wake.set()
        await asyncio.to_thread(thread.join, _LAST_S)
        await asyncio.to_thread(self.sender.close)
        self.tally["dropped"] += len(self._waiting)

    def _deliver_on(self) -> None:
        while not self._is_over:
            self._wake.wait(self.every_s)
            self._deliver()

    def _deliver(self) -> None:
        """All that waits; what comes meanwhile is for the next time."""
        for batch in self._batches():
            try:
                became = self.sender.send(batch)
            except Exception as error:  # noqa: BLE001 - a fault here must not end the thread
                became = "failed"
                log.warning("telemetry.failed", problem=type(error).__name__)
            self.tally[became] += len(batch)
            self._say(became)

    def _batches(self) -> Iterator[list[Told]]:
        left = len(self._waiting)
        while left > 0:
            size = min(left, BATCH)
            yield [self._waiting.popleft() for _ in range(size)]
            left -= size

    def _say(self, became: str) -> None:
        """Once for each change."""
        before, self._last = self._last, became
        if became == before:
            return
        if became == "exported":
            log.info("telemetry.back")
        else:
            log.warning("telemetry.failed", problem=became)
