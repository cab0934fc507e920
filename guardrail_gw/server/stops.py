"""Exchanges under way, and how they end when the gateway has to stop before they have."""

import asyncio
from types import TracebackType
from typing import Self

from guardrail_gw.errors import Stopping


class Stoppable:
    """One exchange; a cancellation that `Stops.end` asked for becomes a refusal like any other.

    So it is recorded, settled and told to the client in its dialect. A cancellation by anybody
    else, such as a client that left, stays what it is.
    """

    __slots__ = ("_asked", "_cancelling", "_stops", "_task")

    def __init__(self, stops: "Stops") -> None:
        """Use `Stops.exchange`."""
        self._stops = stops
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._asked = False

    def end(self) -> None:
        """End the exchange where it is; once."""
        if self._task is not None and not self._asked:
            self._asked = True
            self._task.cancel()

    async def __aenter__(self) -> Self:
        """Begin, in the task whose exchange it is."""
        self._task = task = asyncio.current_task()
        self._cancelling = 0 if task is None else task.cancelling()
        self._stops.under_way.add(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Tell our own cancellation from others'; raises Stopping."""
        self._stops.under_way.discard(self)
        task, self._task = self._task, None
        if not self._asked or task is None:
            return
        is_ours = task.uncancel() <= self._cancelling
        if is_ours and isinstance(error, asyncio.CancelledError):
            raise stopping() from None


class Stops:
    """All of them."""

    def __init__(self) -> None:
        self.under_way: set[Stoppable] = set()

    def exchange(self) -> Stoppable:
        """A context that an exchange runs in."""
        return Stoppable(self)

    def end(self) -> None:
        """End all that are under way now."""
        for each in tuple(self.under_way):
            each.end()


def stopping() -> Stopping:
    """What a client is told whose exchange does not end in time, or begins too late."""
    return Stopping("the gateway is stopping; try again", retry_after_s=1.0)
