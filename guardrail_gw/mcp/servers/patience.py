"""How long a call waits: messages begin the wait anew, within a limit that nothing moves."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from guardrail_gw.deadline import Deadlines
from guardrail_gw.mcp.servers.limits import Waits
from guardrail_gw.mcp_errors import ServerTimeout

T = TypeVar("T")


class Patience:
    """Of one call, from its beginning."""

    def __init__(self, name: str, waits: Waits, deadlines: Deadlines) -> None:
        """Make it when the call begins, inside the event loop."""
        self._name = name
        self._waits = waits
        self._deadlines = deadlines
        self._loop = asyncio.get_running_loop()
        self._end = self._loop.time() + waits.total_s

    @property
    def left_s(self) -> float:
        """Seconds until the limit that nothing moves."""
        return max(0.0, self._end - self._loop.time())

    async def wait(self, awaited: Awaitable[T], *, is_ours: bool = False) -> T:
        """Wait for the server.

        Args:
            awaited: what it does next.
            is_ours: whether it waits for somebody on this side, so that its silence is right.

        Raises:
            ServerTimeout: it is silent too long, or the call takes too long.
        """
        left_s = self._end - self._loop.time()
        try:
            with self._deadlines.within(left_s if is_ours else min(left_s, self._waits.idle_s)):
                return await awaited
        except TimeoutError:
            took = "took too long" if self._loop.time() >= self._end else "is silent too long"
            raise ServerTimeout(f"{self._name} {took}") from None
