"""A server that is a program: a process that leads a group of its own.

Whatever it starts is of its group, and ends with it. Of the environment it gets what is configured
and no more. What it writes to its standard error is counted, and nobody reads it.

Source: Model Context Protocol 2026-07-28, basic/transports/stdio ("Shutdown").
"""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from guardrail_gw.mcp.servers.tasks import Tasks
from guardrail_gw.mcp_errors import ServerFailed

_PASSED: Final = ("PATH", "HOME", "LANG")
_CHUNK: Final = 64 << 10
_PATIENCE_S: Final = 2.0
"""After its input was closed, and again after it was asked to end."""
_LOOK_S: Final = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """How it is started."""

    words: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What it gets besides PATH, HOME and LANG."""
    directory: Path | None = None


class Program:
    """One that runs."""

    def __init__(self, name: str, process: Process, tasks: Tasks) -> None:
        self._name = name
        self._process = process
        self._ending: asyncio.Lock = asyncio.Lock()
        self.has_ended = False
        """With all that it started; its number may be another's now."""
        self.muttered = 0
        """Bytes of its standard error."""
        self._dropping = tasks.task(self._drop_muttering(), f"mcp-stderr-{name}")

    @classmethod
    async def started(cls, name: str, command: Command, tasks: Tasks) -> "Program":
        """Start one.

        Raises:
            ServerFailed: it cannot be started.
        """
        passed = {each: os.environ[each] for each in _PASSED if each in os.environ}
        try:
            process = await asyncio.create_subprocess_exec(
                *command.words,
                stdin=PIPE,
                stdout=PIPE,
                stderr=PIPE,
                env=passed | dict(command.environment),
                cwd=command.directory,
                start_new_session=True,
            )
        except OSError:
            raise ServerFailed(f"the program of {name} cannot be started") from None
        return cls(name, process, tasks)

    @property
    def pid(self) -> int:
        """Of the process, and of its group."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.returncode is None

    async def write(self, line: bytes) -> None:
        """Write to its standard input; raises ServerFailed."""
        stdin = self._process.stdin
        if stdin is None or stdin.is_closing():
            raise ServerFailed(f"the program of {self._name} has ended")
        try:
            stdin.write(line)
            await stdin.drain()
        except OSError:
            raise ServerFailed(f"the program of {self._name} has ended") from None

    async def read(self) -> bytes:
        """Some of its standard output; empty at the end."""
        return await self._process.stdout.read(_CHUNK) if self._process.stdout else b""

    async def end(self) -> None:
        """Close its input, then ask it to end, then end it, and all that it started."""
        async with self._ending:
            if self.has_ended:
                return
            if self._process.stdin is not None:
                self._process.stdin.close()
            if self.is_running and not await self._ends():
                self._signal(signal.SIGTERM)
            if self.is_running and not await self._ends():
                self._signal(signal.SIGKILL)
                await self._process.wait()
            await self._end_group()
            await self._drain()
            self.has_ended = True

    async def _ends(self) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_PATIENCE_S):
                await self._process.wait()
        return not self.is_running

    async def _end_group(self) -> None:
        """End what the process has left behind."""
        if not self._signal(signal.SIGTERM):
            return
        for _ in range(int(_PATIENCE_S / _LOOK_S)):
            self._reap()
            if not self._signal(0):
                return
            await asyncio.sleep(_LOOK_S)
        self._signal(signal.SIGKILL)
        await asyncio.sleep(_LOOK_S)
        self._reap()

    async def _drain(self) -> None:
        """Read the pipes to their ends, at which they are closed."""
        with contextlib.suppress(TimeoutError, OSError):
            async with asyncio.timeout(_PATIENCE_S):
                while await self.read():
                    pass
                if self._process.stdin is not None:
                    await self._process.stdin.wait_closed()
                await asyncio.wait({self._dropping})

    def _signal(self, number: int) -> bool:
        """Send a signal to the group; whether there is anybody in it."""
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            return False
        return True

    def _reap(self) -> None:
        """Where this is the first process of a container, orphans are its children."""
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-self.pid, os.WNOHANG)[0]:
                pass

    async def _drop_muttering(self) -> None:
        stderr = self._process.stderr
        while stderr is not None and (piece := await stderr.read(_CHUNK)):
            self.muttered += len(piece)
