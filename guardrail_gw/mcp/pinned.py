"""What is approved now: the file of pins as this process last read it, and pins at first use.

A pin is on record before it is written, and written before anything is approved by it. While the
file cannot be read nothing is approved.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog

from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import GuardrailError
from guardrail_gw.mcp.control.pins import Pin, ToolSet, UnpinnableError
from guardrail_gw.mcp.pin_file import PinFile, Pins
from guardrail_gw.mcp_servers import Pinning

FIRST_USE: Final = "first use"
Record = Callable[[str, Pin], Awaitable[None]]
"""Has a server's pin on record; raises GuardrailError if it is not."""
log = structlog.get_logger()


class Pinned:
    """Reads the file again when it has changed; other processes write it, too."""

    def __init__(
        self, file: PinFile, *, when: Mapping[str, Pinning], clock: Clock, record: Record
    ) -> None:
        """Without I/O.

        Args:
            file: of the pins.
            when: server -> when what it says counts as approved.
            clock: for the time of a pin.
            record: makes it an act of the audit log.
        """
        self._file = file
        self._when = when
        self._clock = clock
        self._record = record
        self._pins: Pins = {}
        self._mark: object = ()
        self._turn = asyncio.Lock()
        self.problem: str | None = None
        """Why nothing is approved."""

    def pin(self, server: str) -> Pin | None:
        """What was approved of a server, as last read."""
        return self._pins.get(server)

    async def look(self) -> bool:
        """Read the file if it has changed; whether it had."""
        async with self._turn:
            return await self._look()

    async def first(self, server: str, now: ToolSet) -> None:
        """Pin what a server says, if nothing is pinned of it and it need not be approved."""
        if self._when.get(server) is not Pinning.FIRST_USE:
            return
        async with self._turn:
            await self._look()
            if server in self._pins or self.problem is not None:
                return
            pin = Pin(set=now, by=FIRST_USE, at_us=self._clock.now_us())
            try:
                _ = now.digest  # what cannot be pinned is not approved
                await self._record(server, pin)
                self._pins = await asyncio.to_thread(
                    self._file.change, lambda pins: {server: pin, **pins}
                )
                self._mark = await asyncio.to_thread(self._file.mark)
            except (GuardrailError, UnpinnableError, OSError):
                log.warning("mcp.unpinned", deployment=server)

    async def _look(self) -> bool:
        try:
            mark = await asyncio.to_thread(self._file.mark)
            if mark == self._mark:
                return False
            self._pins = await asyncio.to_thread(self._file.load)
            self._mark, self.problem = mark, None
        except (GuardrailError, OSError) as error:
            is_news = self.problem is None
            self._pins, self._mark, self.problem = {}, (), str(error)
            if is_news:
                log.error("mcp.pins_unreadable", path=str(self._file.path))  # noqa: TRY400 - no traceback
            return is_news
        return True
