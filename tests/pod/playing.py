"""What scenes are made of: a pod under load, what came of it, and who its processes are."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any, Final

from tests.pod.pod import PROBE, Pod, Process, pod
from tests.pod.spaces import Spaces

CUT_OFF: Final = frozenset({"down", "broke off"})
DETECTION: Final = frozenset({"detection.unavailable", "detection.timeout"})
WORKERS: Final[dict[str, Any]] = {"workers": 2, "probe": {"port": PROBE}}
"""Of gateway.yaml, where there are several."""
_SLACK: Final = 8
"""Descriptors that may come and go: kept connections, and files that are open for a moment."""
_WITHIN_S: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of it."""

    connections: int = 8
    swaps: int = 6
    streams: int = 50
    between: int = 40
    """Requests between two events."""
    rounds: int = 2
    """How often each kind of process is killed."""


@dataclass(slots=True, kw_only=True)
class Came:
    """What came of a scene."""

    requests: int
    problems: list[str]
    said: str


Play = Callable[[Path, Spaces, Size, Random], Awaitable[Came]]


@asynccontextmanager
async def under_load(
    folder: Path, spaces: Spaces, size: Size, **more: Any
) -> AsyncIterator[tuple[Pod, Process]]:
    """A pod whose application asks all the time; what it opened has to be closed in the end."""
    async with pod(folder, spaces, **more) as here:
        app = here.app("app", size.connections)
        await here.until_told("app", 2 * size.connections)
        before = open_files(here)
        yield here, app
        if here.starts == 1 and here.sidecar.running.poll() is None:
            await asyncio.sleep(0.5)
            kept(here, before)


def kept(here: Pod, before: int) -> None:
    """The sidecar has no more descriptors than before, but for what comes and goes."""
    after = open_files(here)
    assert after <= before + _SLACK, f"{after} descriptors, there were {before}"


async def more(here: Pod, requests: int, name: str = "app") -> None:
    """Wait until the application was told of so many more."""
    await here.until_told(name, len(here.told(name)) + requests)


async def until_received(here: Pod, requests: int) -> None:
    """Wait until the provider has received so many."""
    async with asyncio.timeout(_WITHIN_S):
        while len(here.received) < requests:  # noqa: ASYNC110 - a process tells nobody
            await asyncio.sleep(0.02)


async def all_serve(here: Pod) -> list[dict[str, Any]]:
    """Wait until every worker serves; they, as the probe port shows them."""
    async with asyncio.timeout(_WITHIN_S):
        while True:
            shown = await here.shown("/admin/workers")
            if shown and all(each.get("ready") for each in shown["workers"]):
                return list(shown["workers"])
            await asyncio.sleep(0.1)


async def until_empty(spaces: Spaces, pids: list[int]) -> list[int]:
    """Wait until these processes have ended; those that have not in time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(_WITHIN_S):
            while {*pids} & {*spaces.pids()}:  # noqa: ASYNC110 - a process tells nobody
                await asyncio.sleep(0.05)
    return sorted({*pids} & {*spaces.pids()})


async def stopped(here: Pod, app: Process) -> int:
    """Stop the application, then the sidecar; its exit code."""
    app.signal(signal.SIGTERM)
    await app.ended()
    here.sidecar.signal(signal.SIGTERM)
    return await here.sidecar.ended()


def served(here: Pod) -> int:
    """The sidecar's own process: `ip netns exec` becomes what it starts."""
    return here.sidecar.running.pid


def below(pid: int) -> list[int]:
    """Those that a process has started, and those that they have."""
    found = [pid]
    for each in found:
        with suppress(OSError):
            for task in Path(f"/proc/{each}/task").iterdir():
                found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found[1:]


def children(pid: int) -> list[int]:
    """Those that a process has started itself."""
    found = below(pid)
    grand = {each for child in found for each in below(child)}
    return [each for each in found if each not in grand]


def open_files(here: Pod) -> int:
    """Descriptors of the sidecar's own process."""
    return len(list(Path(f"/proc/{served(here)}/fd").iterdir()))
