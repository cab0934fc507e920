"""How a thread is heard on an event loop.

`call_soon_threadsafe` makes a handle, and the loop goes around once more before it calls it. A file
descriptor that the loop watches takes one system call on either side, and what it means is done as
soon as the loop wakes.
"""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress


class Bell:
    """Rung on any thread; `heard` is called on the event loop, once for all rings until then."""

    def __init__(self, heard: Callable[[], None]) -> None:
        """Nobody listens before `listen`; what was rung before is heard then."""
        self._heard = heard
        self._handle = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._loop: asyncio.AbstractEventLoop | None = None

    def listen(self, loop: asyncio.AbstractEventLoop) -> None:
        """From here on this loop hears it."""
        self._loop = loop
        loop.add_reader(self._handle, self._hear)

    def ring(self) -> None:
        """Have it heard; never waits, and never fails while there is somebody to hear it."""
        try:
            os.eventfd_write(self._handle, 1)
        except OSError:  # nobody has seen that, and whoever waits must be told all the same
            loop = self._loop
            if loop is not None:
                with suppress(RuntimeError):  # the loop is closed
                    loop.call_soon_threadsafe(self._heard)

    def close(self) -> None:
        """Hear nothing more; for when nobody rings any more. Safe to call twice."""
        loop, self._loop = self._loop, None
        if loop is not None and not loop.is_closed():
            loop.remove_reader(self._handle)
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)

    def _hear(self) -> None:
        with suppress(BlockingIOError):  # it was heard already
            os.eventfd_read(self._handle)
        self._heard()
