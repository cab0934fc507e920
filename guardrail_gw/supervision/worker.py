"""One worker: what a process does that the supervisor has forked."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import uvloop

from guardrail_gw.app import Gateway
from guardrail_gw.detection.arranged import detection_settings
from guardrail_gw.detection.pool import DetectorPool
from guardrail_gw.errors import GuardrailError
from guardrail_gw.forking import die_with_parent
from guardrail_gw.observability.across import told
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.observability.log import configure
from guardrail_gw.server.neighbours import Neighbours
from guardrail_gw.settings import Settings
from guardrail_gw.supervision.lending import Borrower
from guardrail_gw.supervision.link import READY, answering, packed
from guardrail_gw.supervision.serving import serve

_INTERRUPTED = 130


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """What a worker is given."""

    settings: Settings
    """`worker` says which it is."""
    log_level: str
    asked: socket.socket = field(repr=False)
    """On which the supervisor asks."""
    borrowing: socket.socket = field(repr=False)
    """On which it lends sockets to the detectors' host."""
    listening: socket.socket | None = None
    """A Unix socket that all workers share."""
    neighbours: Neighbours | None = None
    """What it passes MCP requests on to the others by."""

    @property
    def descriptors(self) -> list[int]:
        """What the worker keeps of its parent's."""
        hall = None if self.neighbours is None else self.neighbours.listening
        kept = (self.asked, self.borrowing, self.listening, hall)
        return [each.fileno() for each in kept if each is not None]


def work(seat: Seat) -> int:
    """Serve until told to stop; the exit code."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until it is heard: what is new is loaded anyway
    os.setsid()  # what a terminal sends to all is for the supervisor
    die_with_parent(signal.SIGTERM)  # a supervisor that was killed: end in order
    worker = seat.settings.worker
    configure(level=seat.log_level, worker=worker)
    try:
        uvloop.run(_work(seat))
    except GuardrailError as error:
        sys.stderr.write(f"guardrail-gw: worker {worker}: {error}\n")
        sys.stderr.flush()
        return error.exit_code
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


async def _work(seat: Seat) -> None:
    borrower = Borrower(seat.borrowing)
    seat.borrowing.settimeout(0)
    detectors = DetectorPool(detection_settings(seat.settings), SystemClock(), lend=borrower.lend)
    gateway = Gateway(
        seat.settings,
        detectors=detectors,
        listening=seat.listening,
        neighbours=seat.neighbours,
    )
    stop = asyncio.Event()
    reader, writer = await asyncio.open_unix_connection(sock=seat.asked)

    async def answer() -> None:
        try:
            await answering(reader, writer, _answers(gateway))
        finally:
            stop.set()  # whoever started us is gone, or would not hear from us again

    def started() -> None:
        writer.write(packed({"event": READY}))

    answers = asyncio.get_running_loop().create_task(answer(), name="answers")
    try:
        await serve(gateway, stop, started)
    finally:
        answers.cancel()


def _answers(gateway: Gateway) -> dict[str, Callable[[], Awaitable[Any]]]:
    async def readiness() -> dict[str, Any]:
        well, said = await gateway.reporting.readiness()
        return {"ready": well, **said}

    async def live() -> bool:
        return await gateway.reporting.live()

    async def metrics() -> Any:  # noqa: ANN401 - any JSON
        return told(await gateway.reporting.families())

    async def routing() -> Any:  # noqa: ANN401 - any JSON
        return await gateway.reporting.routing()

    async def process() -> dict[str, Any]:
        return gateway.reporting.process()

    every = {
        "live": live,
        "readiness": readiness,
        "metrics": metrics,
        "routing": routing,
        "process": process,
    }
    return {name: _once_started(gateway, each) for name, each in every.items()}


def _once_started(
    gateway: Gateway, answer: Callable[[], Awaitable[Any]]
) -> Callable[[], Awaitable[Any]]:
    """Before it serves there is nothing to say."""

    async def said() -> Any:  # noqa: ANN401 - any JSON
        return await answer() if hasattr(gateway, "reporting") else None

    return said
