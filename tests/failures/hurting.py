"""Ways to hurt a running gateway's surroundings for a while."""

import asyncio
import errno
import os
import signal
import socket
import sqlite3
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.standin.server import StandIn
from tests.failures.place import Place

LYING = """
import os, runpy, sys
from guardrail_gw.detection import frames
truth = frames.answered
def lying(number, findings, *, retire):
    if not os.path.exists({flag!r}):
        return truth(number, findings, retire=retire)
    rows = [[[0, 10**6, "PERSON", 1.0, "liar"]] for _ in findings]
    return frames.frame({{"number": number, "findings": rows, "retire": retire}})
frames.answered = lying
runpy.run_module("guardrail_gw.detection.host", run_name="__main__")
"""
"""A detector host that tells places which its texts do not have, while a file is there."""
BLIND = """
import runpy
from guardrail_gw.detection.engine import Engine
Engine.scan = lambda self, texts, *_, **__: [() for _ in texts]
runpy.run_module("guardrail_gw.detection.host", run_name="__main__")
"""
"""One that says of everything that nothing is in it."""


class ShiftedClock(SystemClock):
    """The machine's time, set by somebody else."""

    def __init__(self) -> None:
        self.shift_s = self.steady_s = 0.0

    def now_us(self) -> int:
        """With what it was set by."""
        return super().now_us() + round(self.shift_s * 1e6)

    def monotonic_s(self) -> float:
        """With what has passed unseen."""
        return super().monotonic_s() + self.steady_s


@asynccontextmanager
async def detectors_killed(there: Place) -> AsyncIterator[None]:
    """Detectors and their host are killed, again and again."""

    async def kill_on() -> None:
        while True:
            for pid in (there.detectors.host_pid, *_pids(there)):
                if pid is not None:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            await asyncio.sleep(0.05)

    killing = asyncio.ensure_future(kill_on())
    try:
        yield
    finally:
        killing.cancel()
        await asyncio.gather(killing, return_exceptions=True)


@asynccontextmanager
async def detectors_stopped(there: Place) -> AsyncIterator[None]:
    """Every detector stands still, also those that come in its place."""
    stopped = set[int]()

    async def stop_on() -> None:
        while True:
            for pid in _pids(there):
                if pid not in stopped:
                    with suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGSTOP)
                        stopped.add(pid)
            await asyncio.sleep(0.02)

    stopping = asyncio.ensure_future(stop_on())
    try:
        yield
    finally:
        stopping.cancel()
        await asyncio.gather(stopping, return_exceptions=True)
        for pid in stopped:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)


def _pids(there: Place) -> tuple[int, ...]:
    """Of the detectors whose ids are known already."""
    try:
        return there.detectors.pids
    except asyncio.InvalidStateError:
        return ()


@contextmanager
def file_calls(folder: Path, name: str, instead: Callable[..., Any]) -> Iterator[None]:
    """Calls of `os.<name>` on files below `folder` do something else, as the kernel might.

    Args:
        folder: whose files are meant.
        name: `write`, `fdatasync`.
        instead: takes the true call and its arguments.
    """
    true = getattr(os, name)

    def call(handle: int, *arguments: Any) -> Any:
        try:
            path = Path(f"/proc/self/fd/{handle}").readlink()
        except OSError:
            return true(handle, *arguments)
        if path.is_relative_to(folder):
            return instead(true, handle, *arguments)
        return true(handle, *arguments)

    setattr(os, name, call)
    try:
        yield
    finally:
        setattr(os, name, true)


def failing(number: int) -> Callable[..., Any]:
    """A call that fails with this error number."""

    def call(_true: Callable[..., Any], *_: Any) -> Any:
        raise OSError(number, os.strerror(number))

    return call


def late(seconds: float) -> Callable[..., Any]:
    """A call that takes so long more; the thread that made it waits."""

    def call(true: Callable[..., Any], *arguments: Any) -> Any:
        time.sleep(seconds)
        return true(*arguments)

    return call


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of its own for the log, of 24 MiB; skips where none may be made."""
    folder.mkdir()
    mount = ("mount", "-t", "tmpfs", "-o", "size=24m,mode=700", "tmpfs", str(folder))
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("no file system may be mounted here")
    try:
        yield
    finally:
        subprocess.run(("umount", "--lazy", str(folder)), check=True)  # noqa: S607 - the system's


@asynccontextmanager
async def disk_full(there: Place) -> AsyncIterator[None]:
    """Somebody else writes until nothing fits any more, and takes it away in the end."""
    filler = there.folder / "audit" / ".somebody-elses"
    await asyncio.to_thread(_fill, filler)
    yield
    filler.unlink()


def _fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


@asynccontextmanager
async def disk_read_only(there: Place) -> AsyncIterator[None]:
    """As the kernel does with a disk that has errors."""
    await asyncio.sleep(0.1)  # what was told is synced: else see ADR 39
    with file_calls(there.folder / "audit", "write", failing(errno.EROFS)):
        yield


@asynccontextmanager
async def disk_slow(there: Place) -> AsyncIterator[None]:
    """Half a second for each sync."""
    with file_calls(there.folder / "audit", "fdatasync", late(0.5)):
        yield


@asynccontextmanager
async def register_locked(there: Place) -> AsyncIterator[None]:
    """Somebody else keeps the file of the key register for himself."""
    path = there.folder / "audit-register" / "register.db"
    other = sqlite3.connect(path, isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")
    finally:
        other.close()


@asynccontextmanager
async def provider_gone(there: Place) -> AsyncIterator[None]:
    """Its port is closed; then another one listens there."""
    port = int(there.eu.base_url.split(":")[2].partition("/")[0])
    received = there.eu.received
    await there.eu.close()
    yield
    there.eu = StandIn(port=port)
    there.eu.received = received
    await there.eu.start()


@asynccontextmanager
async def names_gone(_: Place) -> AsyncIterator[None]:
    """Nobody answers who knows names."""
    true = socket.getaddrinfo

    def nobody(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    socket.getaddrinfo = nobody
    try:
        yield
    finally:
        socket.getaddrinfo = true


@asynccontextmanager
async def policy_broken(there: Place) -> AsyncIterator[None]:
    """A typing error is saved."""
    path = there.folder / "policies" / "policy.yaml"
    good = path.read_text(encoding="utf-8")
    path.write_text(good.replace("action: token", "action: tokn"), encoding="utf-8")
    await there.gateway.activation.refresh()  # as SIGHUP and the watch do
    assert (await there.ready())["policy_refused"]
    yield
    path.write_text(good, encoding="utf-8")
    await there.gateway.activation.refresh()
    assert not (await there.ready())["policy_refused"]
