"""aiohttp's protocol for a connection to a provider, with one timer for the connection's life.

aiohttp makes a timer for each request and for each piece of an answer, and hardly any of them ever
fires. Here each of them only notes when silence becomes too long; the timer looks when it fires.
"""

import asyncio
from time import monotonic
from typing import Final

from aiohttp.client_proto import ResponseHandler

_NEVER: Final = float("inf")


class Protocol(ResponseHandler):
    """Reads answers; `read_timeout` bounds the silence between two pieces as it does in aiohttp."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wait for nothing yet."""
        super().__init__(loop)
        self._due_s = _NEVER
        """When the peer has been silent for too long, on the loop's clock."""
        self._fires_s = _NEVER
        """When the timer fires, if there is one: not after `_due_s`."""
        self.made_s = monotonic()
        self.is_kept = False
        """Whether it has rested, so that its peer may have closed it meanwhile."""
        self.has_heard = False
        """Whether anything has come since the last request."""
        self.is_remembered = False
        """Whether its TLS session was taken for the next connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Its age counts from here, after TLS."""
        super().connection_made(transport)
        self.made_s = monotonic()

    def asking(self, within_s: float, then_s: float) -> None:
        """A request begins: an answer is to begin in so many seconds, and to go on in so many."""
        self.read_timeout = within_s
        self.start_timeout()
        self.read_timeout = then_s
        self.has_heard = False

    def connection_lost(self, exc: BaseException | None) -> None:
        """Nothing is waited for on a connection that is gone."""
        super().connection_lost(exc)
        if self._read_timeout_handle is not None:
            self._read_timeout_handle.cancel()
            self._read_timeout_handle = None

    def resume_reading(self, resume_parser: bool = True) -> None:  # noqa: FBT001, FBT002 - aiohttp's
        """Go on where reading was stopped; as a rule it was not, and the parser holds nothing."""
        if self._reading_paused or self._buffer_paused:
            super().resume_reading(resume_parser)

    def _drop_timeout(self) -> None:
        self._due_s = _NEVER

    def _reschedule_timeout(self) -> None:
        self.has_heard = True  # by every piece that comes
        if not self._read_timeout:
            self._due_s = _NEVER
            return
        self._due_s = due_s = self._loop.time() + self._read_timeout
        if self._read_timeout_handle is None:
            self._fire_at(due_s)
        elif due_s < self._fires_s:
            self._read_timeout_handle.cancel()
            self._fire_at(due_s)

    def _fire_at(self, when_s: float) -> None:
        self._fires_s = when_s
        self._read_timeout_handle = self._loop.call_at(when_s, self._fired)

    def _fired(self) -> None:
        self._read_timeout_handle = None
        if self._due_s == _NEVER:
            return  # it is idle
        if self._loop.time() < self._due_s:
            self._fire_at(self._due_s)
        else:
            self._on_read_timeout()
