"""Answers of which nothing has left yet, watched by one timer.

Nearly all of them are there long before it fires, and a timer of its own takes an answer as long as
its head.
"""

import asyncio
from typing import Protocol


class Silent(Protocol):
    """Who is told that nothing was said for a while."""

    def kept_waiting(self) -> None:
        """It is time; told once."""
        ...


class Silence:
    """Everybody waits for the same time, so whoever came first is due first."""

    def __init__(self, seconds: float) -> None:
        """Nobody waits yet."""
        self._seconds = seconds
        self._due_s: dict[Silent, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, who: Silent) -> None:
        """Tell it after that time, unless it ends before."""
        loop = asyncio.get_running_loop()
        self._due_s[who] = due_s = loop.time() + self._seconds
        if self._timer is None:
            self._timer = loop.call_at(due_s, self._fired)

    def end(self, who: Silent) -> None:
        """Tell it no more; the timer may fire for nothing."""
        self._due_s.pop(who, None)

    def _fired(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer, now_s = None, loop.time()
        while self._due_s:
            who, due_s = next(iter(self._due_s.items()))
            if due_s > now_s:
                self._timer = loop.call_at(due_s, self._fired)
                break
            del self._due_s[who]
            who.kept_waiting()
