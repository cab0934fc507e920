"""The gateway's end of one detector: one request at a time, each with a deadline."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from guardrail_gw.core.text import Finding
from guardrail_gw.detection.frames import (
    HEAD,
    LONGEST,
    FrameBroken,
    parse_answer,
    parse_pid,
)
from guardrail_gw.errors import DetectionDown

Found = tuple[tuple[Finding, ...], ...]

RETRY_AFTER_S = 1.0
_OUT_OF_TIME = "PatternTimeout"


@dataclass(slots=True, kw_only=True, eq=False)
class Job:
    """One request to a detector and where its answer goes."""

    number: int
    frame: bytes = field(repr=False)
    lengths: Sequence[int]
    deadline: float
    """On the event loop's clock."""
    names: bool = False
    """Names alone are asked for."""
    again: "Callable[[Job], None] | None" = None
    """Has another detector do it, once, should the first end without an answer."""
    answer: "asyncio.Future[Found]"

    def fail(self, error: DetectionDown) -> None:
        """Nobody scanned it."""
        if not self.answer.done():
            self.answer.set_exception(error)


def unavailable(detail: str) -> DetectionDown:
    """What a request gets that no detector could serve."""
    return DetectionDown(detail, retry_after_s=RETRY_AFTER_S)


def late() -> DetectionDown:
    """What a request gets that was not scanned in time."""
    return DetectionDown(
        "the text was not scanned within the deadline",
        code="detection.timeout",
        retry_after_s=RETRY_AFTER_S,
    )


class Line(asyncio.Protocol):
    """Speaks to one detector; `free` is called whenever it can take the next job."""

    def __init__(self, free: Callable[["Line"], None]) -> None:
        loop = asyncio.get_running_loop()
        self.pid: asyncio.Future[int] = loop.create_future()
        self.lost: asyncio.Future[None] = loop.create_future()
        self.answers = 0
        self._loop = loop
        self._free = free
        self._job: Job | None = None
        self._alarm: asyncio.TimerHandle | None = None
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        # uvloop's transports are not asyncio's classes, so there is nothing to check here
        self._transport = cast("asyncio.Transport", transport)

    def ask(self, job: Job) -> None:
        """Send a job; the line must be free."""
        if self._transport is None or self._job is not None or self.lost.done():
            job.fail(unavailable("the detector is not ready"))
            return
        self._job = job
        self._alarm = self._loop.call_at(job.deadline, self._expire)
        self._transport.write(job.frame)

    def data_received(self, data: bytes) -> None:
        """Collect one frame; more than what was asked for ends the line."""
        self._received += data
        if len(self._received) < HEAD:
            return
        length = int.from_bytes(self._received[:HEAD], "big")
        if length > LONGEST or len(self._received) > HEAD + length:
            self._break(FrameBroken("too long"))
        elif len(self._received) == HEAD + length:
            body = bytes(self._received[HEAD:])
            self._received.clear()
            try:
                self._frame(body)
            except FrameBroken as error:
                self._break(error)

    def connection_lost(self, _error: Exception | None) -> None:
        """The detector is gone; what it was asked was not scanned."""
        self._end_without_answer()
        if not self.pid.done():
            self.pid.set_exception(ConnectionResetError("the detector ended before it was ready"))
            self.pid.exception()  # seen, should nobody wait
        if not self.lost.done():
            self.lost.set_result(None)

    def close(self) -> None:
        """Let go of the detector."""
        if self._transport is not None:
            self._transport.abort()

    def _frame(self, body: bytes) -> None:
        if not self.pid.done():
            self.pid.set_result(parse_pid(body))
            self._free(self)
            return
        job = self._job
        if job is None:
            raise FrameBroken("an answer to nothing")
        answer = parse_answer(body, number=job.number, lengths=job.lengths, names=job.names)
        self.answers += 1
        self._end_job(_refusal(answer.error), answer.findings)
        if answer.retire:
            self.close()
        else:
            self._free(self)

    def _end_without_answer(self) -> None:
        """Another detector gets what was asked, unless it has ended one before."""
        job = self._job
        if job is not None and not job.answer.done() and (again := job.again) is not None:
            job.again = None
            self._job = None
            if self._alarm is not None:
                self._alarm.cancel()
            again(job)
        else:
            self._end_job(unavailable("the detector ended while it scanned the text"))

    def _expire(self) -> None:
        self._end_job(late())
        self.close()

    def _break(self, error: FrameBroken) -> None:
        self._end_job(unavailable(f"the detector's answer is not one: {error}"))
        self.close()

    def _end_job(self, error: DetectionDown | None, found: Found = ()) -> None:
        job, self._job = self._job, None
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if job is None or job.answer.done():
            return
        if error is not None:
            job.fail(error)
        else:
            job.answer.set_result(found)


def _refusal(error: str | None) -> DetectionDown | None:
    if error is None:
        return None
    return late() if error == _OUT_OF_TIME else unavailable(f"the detector failed: {error}")
