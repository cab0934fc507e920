"""How a gateway lets clients in, and how it stops: unready first, then nobody new, then an end."""

import asyncio
from contextlib import suppress
from typing import Final

import structlog

from guardrail_gw.core.ports import Clock
from guardrail_gw.server.chat import Load
from guardrail_gw.server.stops import Stops
from guardrail_gw.serving import LimitsConfig

_LOOK_S: Final = 0.05
log = structlog.get_logger()


class Drain:
    """Of one gateway; it is begun once, and never taken back."""

    def __init__(self, limits: LimitsConfig, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self.hurry = asyncio.Event()
        """Set: what runs is ended now, and not after `limits.drain_s`."""
        self.stops = Stops()
        self.is_begun = False
        self.is_open = False
        """Whether clients can connect: it listens."""

    @property
    def accepting(self) -> bool:
        """Whether whoever comes now is let in and served."""
        return self.is_open and not self.is_begun

    def begin(self) -> None:
        """Be unready from here on."""
        self.is_begun = True

    async def withdraw(self) -> None:
        """Be unready, and serve on until others have noticed."""
        self.begin()
        log.info("gateway.withdrawn")
        with suppress(TimeoutError):
            async with asyncio.timeout(self._limits.drain_delay_s):
                await self.hurry.wait()

    async def end(self, load: Load) -> None:
        """Let nobody new in; wait for what runs, and end what runs too long."""
        load.is_over = True
        ends_s = self._clock.monotonic_s() + self._limits.drain_s
        while not load.is_idle and self._clock.monotonic_s() < ends_s:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await self.hurry.wait()
                break
        if ended := len(self.stops.under_way):
            log.warning("gateway.ended", attempts=ended)
        self.stops.end()
