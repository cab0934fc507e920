"""The machine's own time, for tests whose subject is a real thread or process."""

import asyncio
import time


class WallClock:
    """A clock that nobody owns."""

    def now_us(self) -> int:
        return time.time_ns() // 1000

    def monotonic_s(self) -> float:
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
