"""The machine's own time."""

import asyncio
import time


class SystemClock:
    """A clock that nobody owns; implements `core.ports.Clock`."""

    def now_us(self) -> int:
        """Microseconds since the epoch."""
        return time.time_ns() // 1000

    monotonic_s = staticmethod(time.monotonic)  # asked a dozen times for each request
    """Seconds that never go back."""

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)
