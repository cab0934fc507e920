"""What goes on beside the calls of a server, and ends with it."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from guardrail_gw.core.ports import Clock
from guardrail_gw.mcp.servers.messages import Id


class Tasks:
    """Background work; none of it records anything, and `close` waits for its end."""

    def __init__(self) -> None:
        self._running: set[asyncio.Task[None]] = set()

    def begin(self, work: Coroutine[Any, Any, None], name: str) -> None:
        """Let it go on by itself; it must not raise."""
        self.task(work, name).add_done_callback(_seen)

    def task(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Let it go on until somebody ends it."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def close(self) -> None:
        """End all of it."""
        await ended(*self._running)


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What all the ways to one server have in common."""

    tasks: Tasks
    clock: Clock
    mint: Callable[[], Id]
    """An id that no other request to the server has."""


def _seen(task: asyncio.Task[None]) -> None:
    """Whatever it ended with is nobody's error: what it was for is over."""
    if not task.cancelled():
        task.exception()


async def ended(*tasks: asyncio.Task[None] | None) -> None:
    """Cancel these, and wait until they are over."""
    running = [task for task in tasks if task is not None]
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)
