"""Asks a client's script, scenario by scenario, over its standard input and output."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from tests.clients.environments import Environment
from tests.clients.roster import FOLDER

_PATIENCE_S: Final = 240
_FAREWELL_S: Final = 15
_MOST_BYTES: Final = 8 << 20


class Silent(Exception):  # noqa: N818 - it says what is the matter
    """The script ended, or took too long."""


class Conversation:
    """A script that runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def ask(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """One scenario.

        Raises:
            Silent: no answer came.
        """
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise Silent("the script has no pipes")
        try:
            process.stdin.write(json.dumps(asked).encode() + b"\n")
            async with asyncio.timeout(_PATIENCE_S):
                line = await process.stdout.readline()
        except (TimeoutError, ConnectionError) as error:
            raise Silent(f"no answer: {type(error).__name__}") from error
        if not line:
            raise Silent("the script ended; see its log")
        told: dict[str, Any] = json.loads(line)
        return told


@asynccontextmanager
async def conversation(
    env: Environment, variables: Mapping[str, str], log: Path
) -> AsyncIterator[Conversation]:
    """Start the script with nothing of this environment but what it needs to run."""
    path = os.pathsep.join([*map(str, env.path), os.environ.get("PATH", os.defpath)])
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            *env.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
            limit=_MOST_BYTES,
            env={
                "PATH": path,
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONPATH": str(FOLDER / "python"),
                "LANG": "C.UTF-8",
            }
            | dict(variables),
        )
        try:
            yield Conversation(process)
        finally:
            await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    """Let it finish by itself, so that what it sends at the end is noted too."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        async with asyncio.timeout(_FAREWELL_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()
