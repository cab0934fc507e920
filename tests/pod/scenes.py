"""What happens to a pod under load, one thing after another."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Final

from tests.pod import judging
from tests.pod.pod import KEY, SIDECAR, Pod, Process, keys, pod, policy, start
from tests.pod.spaces import Spaces

CUT_OFF: Final = frozenset({"down", "broke off"})
DETECTION: Final = frozenset({"detection.unavailable", "detection.timeout"})
_REFUSED: Final = """
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5)
except ConnectionRefusedError:
    raise SystemExit(7)
"""
NOT_HERE: Final = "not played: keys are read at the start only"
_SLACK: Final = 8
"""Descriptors that may come and go: kept connections, and files that are open for a moment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How much of it."""

    connections: int = 8
    swaps: int = 6
    streams: int = 50
    between: int = 40
    """Requests between two events."""
    kills: int = 4


@dataclass(slots=True, kw_only=True)
class Came:
    """What came of a scene."""

    requests: int
    problems: list[str]
    said: str


Play = Callable[[Path, Spaces, Size, Random], Awaitable[Came]]


async def isolated(folder: Path, spaces: Spaces, size: Size, _: Random) -> Came:
    """Another pod is refused at the sidecar's port while the application is served."""
    async with pod(folder, spaces) as here:
        app = here.app("app", size.connections, requests=size.between)
        probe = [sys.executable, "-c", _REFUSED, spaces.address, f"{SIDECAR}"]
        refused = await start(spaces.beside(probe), folder / "probe.log").ended()
        code = await app.ended()
        problems = list(judging.of_app(here.told("app")))
    if refused != 7:
        problems.append(f"another pod was not refused: exit code {refused}")
    if code:
        problems.append(f"the application ended with {code}")
    problems += [*judging.of_log(here), *judging.of_provider(here)]
    return Came(requests=len(here.told("app")), problems=problems, said="refused")


async def swapped(folder: Path, spaces: Spaces, size: Size, dice: Random) -> Came:
    """Policies are swapped as a kubelet does it: every request sees one digest, none fails."""
    async with under_load(folder, spaces, size) as (here, app):
        for number in range(1, size.swaps + 1):
            text = policy("mask" if number % 2 else "token")
            here.swap("policies", {"policy.yaml": text})
            await here.logged('"policy.loaded"', number + 1)
            await more(here, size.between + dice.randrange(10))
        app.signal(signal.SIGTERM)
        await app.ended()
        problems = list(judging.of_app(here.told("app")))
    problems += [*judging.of_log(here), *judging.of_provider(here)]
    problems += judging.of_policies(here, size.swaps)
    return Came(requests=len(here.told("app")), problems=problems, said=f"{size.swaps} swaps")


async def rotated(folder: Path, spaces: Spaces, size: Size, dice: Random) -> Came:
    """Keys of clients are changed: first both count, then the application has the new one."""
    if find_spec("guardrail_gw.rotation") is None:
        return Came(requests=0, problems=[], said=NOT_HERE)
    async with under_load(folder, spaces, size) as (here, app):
        old = KEY
        for number in range(1, size.swaps // 2 + 1):
            new = f"{KEY}-{number}"
            here.swap("clients", {"keys.yaml": keys(old, new)})
            await asyncio.sleep(1.5)  # as operators do: the old one counts until the new one does
            (folder / "app.key.new").write_text(new, encoding="utf-8")
            (folder / "app.key.new").rename(folder / "app.key")
            await more(here, size.between + dice.randrange(10))
            here.swap("clients", {"keys.yaml": keys(new)})
            old = new
        await asyncio.sleep(1.5)
        app.signal(signal.SIGTERM)
        await app.ended()
        told = here.told("app")
        problems = list(judging.of_app(told))
        (folder / "app.key").write_text(KEY, encoding="utf-8")
        await here.app("late", 1, requests=3).ended()
        if {line["came"] for line in here.told("late")} != {"auth.unknown_key"}:
            problems.append("a key that was taken away still counts")
    problems += [*judging.of_log(here), *judging.of_provider(here)]
    return Came(requests=len(told), problems=problems, said=f"{size.swaps // 2} changes of keys")


async def drained(folder: Path, spaces: Spaces, size: Size, _: Random) -> Came:
    """SIGTERM while so many streams run: each ends whole, then the sidecar does, with 0."""
    async with pod(folder, spaces) as here:
        app = here.app("app", size.streams, "dripping", requests=size.streams)
        async with asyncio.timeout(60):
            while len(here.received) < size.streams:  # noqa: ASYNC110 - a process tells nobody
                await asyncio.sleep(0.02)
        here.sidecar.signal(signal.SIGTERM)
        code = await here.sidecar.ended()
        await app.ended()
        told = here.told("app")
        problems = list(judging.of_app(told))
    if code:
        problems.append(f"the sidecar ended with {code}")
    problems += [*judging.of_log(here), *judging.of_provider(here)]
    problems += judging.of_answers(here, "app")
    return Came(requests=len(told), problems=problems, said=f"exit code {code}")


async def killed(folder: Path, spaces: Spaces, size: Size, dice: Random) -> Came:
    """`kill -9` of sidecar, detector host and detector in turn: nothing on record is lost."""
    sidecars = 0
    async with under_load(folder, spaces, size) as (here, app):
        for number in range(size.kills):
            await more(here, size.between + dice.randrange(20))
            if number % 2 == 0:
                sidecars += 1
                await _kill_sidecar(here)
            else:
                _kill_detectors(here)
        await more(here, size.between)
        app.signal(signal.SIGTERM)
        await app.ended()
        told = here.told("app")
        problems = list(judging.of_app(told, CUT_OFF | DETECTION))
        here.sidecar.signal(signal.SIGTERM)
        code = await here.sidecar.ended()
    if code:
        problems.append(f"the sidecar ended with {code}")
    problems += [*judging.of_log(here, killed=sidecars)]
    problems += [*judging.of_provider(here, killed=sidecars), *judging.of_answers(here, "app")]
    spent, recorded = await judging.of_budget(here)
    if spent < recorded:
        problems.append(f"the budget has {spent} USD, the records {recorded}")
    return Came(
        requests=len(told),
        problems=problems,
        said=f"{sidecars} sidecars, {size.kills - sidecars} times its detectors",
    )


async def _kill_sidecar(here: Pod) -> None:
    """And start it again, as a kubelet does."""
    here.sidecar.signal(signal.SIGKILL)
    code = await here.sidecar.ended()
    assert code == -signal.SIGKILL, code
    await here.restart()


def _kill_detectors(here: Pod) -> None:
    """Their host, and each of them."""
    below = _below(_served(here))
    assert below, "the sidecar has no detectors"
    for pid in below:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@asynccontextmanager
async def under_load(
    folder: Path, spaces: Spaces, size: Size
) -> AsyncIterator[tuple[Pod, Process]]:
    """A pod whose application asks all the time; what it opened has to be closed in the end."""
    async with pod(folder, spaces) as here:
        app = here.app("app", size.connections)
        await here.until_told("app", 2 * size.connections)
        before = _open_files(_served(here))
        yield here, app
        if here.starts == 1 and here.sidecar.running.poll() is None:
            await asyncio.sleep(0.5)
            after = _open_files(_served(here))
            assert after <= before + _SLACK, f"{after} descriptors, there were {before}"


async def more(here: Pod, requests: int) -> None:
    """Wait until the application was told of so many more."""
    await here.until_told("app", len(here.told("app")) + requests)


def _served(here: Pod) -> int:
    """The sidecar's own process: `ip netns exec` becomes what it starts."""
    return here.sidecar.running.pid


def _below(pid: int) -> list[int]:
    """Its detectors and their host."""
    found = [pid]
    for each in found:
        with suppress(OSError):
            for task in Path(f"/proc/{each}/task").iterdir():
                found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found[1:]


def _open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


SCENES: Final[dict[str, Play]] = {
    "another pod is refused": isolated,
    "policies swapped": swapped,
    "keys rotated": rotated,
    "SIGTERM during streams": drained,
    "kill -9 of each": killed,
}
