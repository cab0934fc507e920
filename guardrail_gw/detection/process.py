"""The gateway's end of the detector host: starts it, hands it sockets, ends it."""

import asyncio
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import orjson

import guardrail_gw
from guardrail_gw.core.text import Entity
from guardrail_gw.detection.environment import ONE_THREAD, passed
from guardrail_gw.detection.line import Line
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.errors import ConfigError

COMMAND = (sys.executable, "-P", "-m", "guardrail_gw.detection.host")
"""`-P`: a module that lies in the working directory is not imported."""

_PACKET = 64 * 1024
_HERE = str(Path(guardrail_gw.__file__).resolve().parent.parent)
"""Where the package was imported from: a host runs the same code."""
_END_TIMEOUT_S = 5.0


class HostProcess:
    """A running host; once it has ended, `connect` starts another."""

    def __init__(
        self,
        settings: DetectionSettings,
        command: Sequence[str] = COMMAND,
        lend: Callable[[], Awaitable[socket.socket | None]] | None = None,
    ) -> None:
        """Start nothing yet.

        Args:
            settings: what is to be found, and how.
            command: starts a host.
            lend: gives a socket to one that runs already; None: there is none, start one.
        """
        self._settings = settings
        self._command = tuple(command)
        self._lend = lend
        self._is_lent = False
        self._process: Process | None = None
        self._control: socket.socket | None = None
        self._starting = asyncio.Lock()
        self.entities: frozenset[Entity] = frozenset()
        self.elsewhere: Mapping[Entity, frozenset[str]] = {}
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
                    self._drop()  # whoever is next asks for another host
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
        self._drop()
        process, self._process = self._process, None
        if process is None:
            return
        try:
            async with asyncio.timeout(_END_TIMEOUT_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()

    def _drop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None

    async def _running(self) -> socket.socket:
        """The control socket of a host that has loaded everything."""
        async with self._starting:
            is_own = self._process is not None and self._process.returncode is None
            if self._control is None or not (self._is_lent or is_own):
                await self.close()
                self._control = await self._lent() or await self._start()
            return self._control

    async def _lent(self) -> socket.socket | None:
        """That of a host that somebody else started; None where there is nobody."""
        control = await self._lend() if self._lend else None
        self._is_lent = control is not None
        if control is not None:
            control.settimeout(0)
            try:
                await self._greet(control)
            except BaseException:
                control.close()
                raise
        return control

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
        self.elsewhere = {
            Entity(name): frozenset(countries) for name, countries in greeting["elsewhere"].items()
        }
        self.digest = str(greeting["digest"])


def _environment() -> dict[str, str]:
    return passed() | ONE_THREAD | {"PYTHONPATH": _HERE}
