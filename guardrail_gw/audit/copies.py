"""Where a log goes besides its own folder: an archive of what is closed, a collector of all."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from guardrail_gw.audit.archive import Archived, Archiver
    from guardrail_gw.audit.shipper import Shipped, Shipper


@dataclass(frozen=True, slots=True, kw_only=True)
class Copies:
    """Each may be missing. What the collector lacks the archive's rule does not remove."""

    archiver: "Archiver | None" = None
    shipper: "Shipper | None" = None

    @property
    def archived(self) -> "Archived | None":
        """Counts of the archive."""
        return self.archiver.archive.tally if self.archiver else None

    @property
    def shipped(self) -> "Shipped | None":
        """Counts of the way to the collector."""
        return self.shipper.tally if self.shipper else None

    async def start(self, stack: AsyncExitStack, *, patience_s: float) -> None:
        """Begin; with the stack they end, after the log, and each for at most that long."""
        if self.shipper is not None:
            stack.push_async_callback(self.shipper.close, patience_s=patience_s)
            await self.shipper.start()
        if self.archiver is not None:
            if self.shipper is not None:
                self.archiver.archive.may_go = self.shipper.has
            close = self.archiver.close
            stack.push_async_callback(asyncio.to_thread, close, patience_s=patience_s)
            self.archiver.start()
