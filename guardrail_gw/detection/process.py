"""The gateway's end of the detector host: starts it, hands it sockets, ends it."""

import asyncio
import os
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson

import guardrail_gw
from guardrail_gw.core.text import Entity
from guardrail_gw.detection.line import Line
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.errors import ConfigError

COMMAND = (sys.executable, "-P", "-m", "guardrail_gw.detection.host")
"""`-P`: a module that lies in the working directory is not imported."""

_PACKET = 64 * 1024
_PASSED = ("PATH", "LANG", "LC_ALL", "HOME", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV", "TZ")
"""Nothing else of the environment: it may hold the providers' keys."""
_ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
_HERE = str(Path(guardrail_gw.__file__).resolve().parent.parent)
"""Where the package was imported from: a host runs the same code."""
_END_TIMEOUT_S = 5.0


class HostProcess:
    """A running host; once it has ended, `connect` starts another."""

    def __init__(self, settings: DetectionSettings, command: Sequence[str] = COMMAND) -> None:
        self._settings = settings
        self._command = tuple(command)
        self._process: Process | None = None
        self._control: socket.socket | None = None
        self._starting = asyncio.Lock()
        self.entities: frozenset[Entity] = frozenset()
        self.digest = ""

    @property
    def pid(self) -> int | None:
        """The host's process id."""
        return None if self._process is None else self._process.pid

    async def connect(self, slot: int, free: Callable[[Line], None]) -> Line:
        """Let the host fork a detector for `slot`; wait until it is ready.

        Raises:
            ConfigError: the host cannot load what is configured.
            OSError: the host or the detector ended.
            TimeoutError: it took too long.
        """
        async with asyncio.timeout(self._settings.start_timeout_s):
            control = await self._running()
            ours, theirs = socket.socketpair()
            ours.settimeout(0)
            with theirs:
                try:
                    socket.send_fds(control, [str(slot).encode()], [theirs.fileno()])
                except OSError:
                    ours.close()
                    raise
            _, line = await asyncio.get_running_loop().create_unix_connection(
                lambda: Line(free), sock=ours
            )
            try:
                await line.pid
            except BaseException:
                line.close()
                raise
        return line

    async def close(self) -> None:
        """End the host and with it its detectors."""
        if self._control is not None:
            self._control.close()
            self._control = None
        process, self._process = self._process, None
        if process is None:
            return
        try:
            async with asyncio.timeout(_END_TIMEOUT_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    async def _running(self) -> socket.socket:
        """The control socket of a host that has loaded everything."""
        async with self._starting:
            if (
                self._control is None
                or self._process is None
                or self._process.returncode is not None
            ):
                await self.close()
                self._control = await self._start()
            return self._control

    async def _start(self) -> socket.socket:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.settimeout(0)
        try:
            with theirs:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command,
                    str(theirs.fileno()),
                    stdin=DEVNULL,
                    stdout=DEVNULL,
                    pass_fds=(theirs.fileno(),),
                    env=_environment(),
                    start_new_session=True,
                )
            await self._greet(ours)
        except BaseException:
            ours.close()
            raise
        return ours

    async def _greet(self, control: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(control, orjson.dumps(self._settings.wire()))
        packet = await loop.sock_recv(control, _PACKET)
        if not packet:
            raise ConnectionResetError("the detector host ended before it was ready")
        greeting = orjson.loads(packet)
        if "ready" not in greeting:
            raise ConfigError(str(greeting.get("error", "the detector host did not start")))
        self.entities = frozenset(map(Entity, greeting["ready"]))
        self.digest = str(greeting["digest"])


def _environment() -> dict[str, str]:
    passed = {name: os.environ[name] for name in _PASSED if name in os.environ}
    return passed | _ONE_THREAD | {"PYTHONPATH": _HERE}
