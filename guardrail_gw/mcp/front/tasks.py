"""Work that outlives the request that began it: calls of sessions, subscriptions, keeping alive."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

from guardrail_gw.mcp.front.silence import Silence

PROBE_S: Final = 1.0
"""How often a client that stopped sending is asked whether it is there."""


class Tasks:
    """A group of tasks, all of which end with it; none of them ends another one by failing."""

    def __init__(self, defect: Callable[[BaseException], None]) -> None:
        """`defect` is told of an exception that nothing foresaw; must not record its text."""
        self._defect = defect
        self._group: asyncio.TaskGroup | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()
        self.silence = Silence(PROBE_S)
        """Whose answers let their clients wait."""

    async def start(self) -> None:
        """Be ready to run tasks."""
        ready = asyncio.Event()
        self._keeper = asyncio.get_running_loop().create_task(self._keep(ready), name="mcp")
        await ready.wait()

    async def close(self) -> None:
        """Cancel every task, and wait until the last one has put things in order."""
        keeper, self._keeper = self._keeper, None
        self._group = None
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait({keeper})

    def run(self, work: Callable[[], Coroutine[Any, Any, None]], name: str) -> asyncio.Task[None]:
        """Begin something; what it raises is nobody else's.

        Raises:
            RuntimeError: the group is not running, or ending.
        """
        if self._group is None:
            raise RuntimeError("the MCP endpoint is not running")
        return self._group.create_task(self._contained(work), name=f"mcp {name}")

    async def _keep(self, ready: asyncio.Event) -> None:
        async with asyncio.TaskGroup() as group:
            self._group = group
            ready.set()
            await self._closing.wait()

    async def _contained(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        try:
            await work()
        except ConnectionError:
            return
        except Exception as unforeseen:  # noqa: BLE001 - one task's defect must not end the others
            self._defect(unforeseen)
