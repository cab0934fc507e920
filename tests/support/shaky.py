"""Counters that are down, deaf or stuck when a test says so."""

import asyncio
from collections.abc import Mapping, Sequence

from guardrail_gw.core.counting import Denied, Reservation
from guardrail_gw.errors import ConfigError, StateDown
from guardrail_gw.state.memory_counters import MemoryCounters


class Shaky(MemoryCounters):
    """Implements `core.ports.Counters`."""

    is_down = False
    is_deaf = False
    """It does what it is asked to reserve, and its answer is lost."""
    is_unfit = False
    hangs = False
    """It never answers whoever settles."""
    room: int | None = None
    """So often it can be asked to reserve until it is down."""
    asked = 0

    async def start(self) -> None:
        self._up()
        if self.is_unfit:
            raise ConfigError("it evicts")

    async def reserve(self, *wanted: Reservation) -> Denied | None:
        self._up()
        if self.room is not None:
            self.is_down, self.room = self.room <= 0, self.room - 1
            if self.is_down:
                raise StateDown("down")
        denied = await super().reserve(*wanted)
        if self.is_deaf:
            raise StateDown("no answer")
        return denied

    async def settle(
        self, held: Reservation, actual: Mapping[str, int]
    ) -> Mapping[str, int] | None:
        self._up()
        if self.hangs:
            await asyncio.sleep(3600)
        return await super().settle(held, actual)

    async def used(self, home: str, names: Sequence[str]) -> Mapping[str, int]:
        self._up()
        return await super().used(home, names)

    def _up(self) -> None:
        self.asked += 1
        if self.is_down:
            raise StateDown("down")
