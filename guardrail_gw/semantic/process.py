"""The gateway's end of the worker: starts it, asks it, ends it."""

import asyncio
import json
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import guardrail_gw
from guardrail_gw.errors import ConfigError
from guardrail_gw.semantic.classes import Classes
from guardrail_gw.semantic.excerpt import excerpt
from guardrail_gw.semantic.worker import PACKET

COMMAND: Final = (sys.executable, "-P", "-m", "guardrail_gw.semantic.worker")
"""`-P`: a module that lies in the working directory is not imported."""

_START_S: Final = 60.0
HANGS_S: Final = 5.0
"""A worker that is silent for so long is replaced."""
_PASSED: Final = ("PATH", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")
"""Nothing else of the environment: it may hold the providers' keys."""
_ONE_THREAD: Final = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
_HERE: Final = str(Path(guardrail_gw.__file__).resolve().parent.parent)
"""Where the package was imported from: the worker runs the same code."""


class WorkerProcess:
    """One worker; whoever uses it asks one thing at a time."""

    def __init__(
        self, classes: Classes, command: Sequence[str] = COMMAND, *, hangs_s: float = HANGS_S
    ) -> None:
        self._classes = classes
        self._hangs_s = hangs_s
        self._command = tuple(command)
        self._process: Process | None = None
        self._line: socket.socket | None = None

    @property
    def pid(self) -> int | None:
        """Its process id."""
        return None if self._process is None else self._process.pid

    async def start(self) -> None:
        """Start it and wait until it has read the examples.

        Raises:
            ConfigError: the model cannot be loaded.
            OSError: it ended.
            TimeoutError: it took too long.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(0)
        self._line = ours
        with theirs:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                str(theirs.fileno()),
                stdin=DEVNULL,
                stdout=DEVNULL,
                stderr=DEVNULL,
                pass_fds=(theirs.fileno(),),
                env=_environment(),
                start_new_session=True,
            )
        async with asyncio.timeout(_START_S):
            loop = asyncio.get_running_loop()
            for packet in _told(self._classes):
                await loop.sock_sendall(ours, packet)
            greeting = await _heard(ours)
        if not isinstance(greeting, dict) or "ready" not in greeting:
            what = greeting.get("error") if isinstance(greeting, dict) else None
            raise ConfigError(f"the model of the extra `semantic` cannot be loaded: {what}")

    async def similarities(self, text: str) -> list[float]:
        """How like each class a text is; nothing where that failed.

        Raises:
            OSError: it ended.
            TimeoutError: it hangs.
            ValueError: it says what no worker says.
        """
        if (line := self._line) is None:
            raise ConnectionResetError("the worker has not been started")
        async with asyncio.timeout(self._hangs_s):
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(line, text.encode("utf-8", "replace"))
            found = await _heard(line)
        if not isinstance(found, list) or len(found) not in {0, len(self._classes.examples)}:
            raise ValueError("the worker answered something else")
        return [float(each) for each in found]

    async def close(self) -> None:
        """End it, whatever it does: it has nothing to lose."""
        if self._line is not None:
            self._line.close()
            self._line = None
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _heard(line: socket.socket) -> Any:  # noqa: ANN401 - JSON
    packet = await asyncio.get_running_loop().sock_recv(line, PACKET)
    if not packet:
        raise ConnectionResetError("the worker ended")
    return json.loads(packet)


def _told(classes: Classes) -> Iterator[bytes]:
    """The examples as packets, each cut like a request."""
    for number, examples in enumerate(classes.examples.values()):
        for example in examples:
            yield json.dumps([number, excerpt(example)]).encode()
    yield b"null"


def _environment() -> dict[str, str]:
    passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
    return passed | _ONE_THREAD | {"PYTHONPATH": _HERE}
