"""A bound in time for many tasks at once, on one timer.

`asyncio.timeout` makes a timer for each use, and of a thousand waits hardly one runs into its
deadline. Here the timer looks for whoever is due when it fires, and then for who is next.
"""

import asyncio
from types import TracebackType
from typing import Final, Self

_NEVER: Final = float("inf")


class Deadlines:
    """The deadlines that are running, of one event loop."""

    def __init__(self) -> None:
        """Nothing is running."""
        self._running: set[Deadline] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._fires_s = _NEVER

    def within(self, seconds: float) -> "Deadline":
        """A context that is left with TimeoutError if its task is still in it by then."""
        return Deadline(self, seconds)

    def enter(self, deadline: "Deadline") -> None:
        """Watch it."""
        self._running.add(deadline)
        if deadline.due_s < self._fires_s:
            self._fire_at(deadline.due_s)

    def leave(self, deadline: "Deadline") -> None:
        """Watch it no more; the timer may fire for nothing."""
        self._running.discard(deadline)

    def _fire_at(self, when_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._fires_s = when_s
        self._timer = asyncio.get_running_loop().call_at(when_s, self._fired)

    def _fired(self) -> None:
        self._timer, self._fires_s = None, _NEVER
        now_s = asyncio.get_running_loop().time()
        due = (d for d in self._running if d.due_s <= now_s)
        for deadline in sorted(due, key=lambda d: d.due_s):  # of several, the longest overdue first
            self._running.remove(deadline)
            deadline.expire()
        if self._running:
            self._fire_at(min(d.due_s for d in self._running))


class Deadline:
    """One bound for one task; as `asyncio.Timeout`, it leaves a cancellation by others alone."""

    __slots__ = ("_all", "_cancelling", "_expired", "_seconds", "_task", "due_s")

    def __init__(self, deadlines: Deadlines, seconds: float) -> None:
        """Use `Deadlines.within`."""
        self._all = deadlines
        self._seconds = seconds
        self._expired = False

    def __enter__(self) -> Self:
        """Begin, within a task."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task(loop)
        if task is None:
            raise RuntimeError("a deadline bounds a task")
        self._task, self._cancelling = task, task.cancelling()
        self.due_s = loop.time() + self._seconds
        """On the loop's clock."""
        self._all.enter(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End.

        Raises:
            TimeoutError: it ended because it was due.
        """
        self._all.leave(self)
        if not self._expired:
            return
        by_us_alone = self._task.uncancel() <= self._cancelling
        if by_us_alone and kind is asyncio.CancelledError:
            raise TimeoutError from error

    def expire(self) -> None:
        """End the task's wait."""
        self._expired = True
        self._task.cancel()
