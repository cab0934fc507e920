"""How many calls a server gets, and when it is left alone."""

import asyncio
from typing import Protocol

from guardrail_gw.core.ports import Clock
from guardrail_gw.mcp.servers.limits import Limits
from guardrail_gw.mcp_errors import ServerFailed


class Breaker(Protocol):
    """What leaves a server alone that keeps failing; `routing.breaker.Breaker` is one."""

    def blocked_s(self, now: float) -> float:
        """Seconds until a request may be sent; 0.0 is now."""
        ...

    def enter(self) -> int:
        """Take a ticket."""
        ...

    def succeeded(self, ticket: int, now: float) -> None:
        """The server did what was asked, or said clearly that the request is at fault."""
        ...

    def failed(self, ticket: int, now: float) -> None:
        """The server is at fault."""
        ...

    def abandoned(self, ticket: int) -> None:
        """Nobody waited for the end: that says nothing."""
        ...


class Gate:
    """Of one server."""

    def __init__(self, name: str, limits: Limits, breaker: Breaker, clock: Clock) -> None:
        self._name = name
        self._limits = limits
        self._breaker = breaker
        self._clock = clock
        self._places = asyncio.Semaphore(limits.concurrent)
        self.inside = 0
        """Calls that have a place."""

    @property
    def is_open(self) -> bool:
        """Whether the server is left alone now."""
        return self._breaker.blocked_s(self._clock.monotonic_s()) > 0

    async def at_once(self) -> "Pass | None":
        """Take a place without waiting; None: there is none, and `enter` waits or says why."""
        if self._places.locked() or self.is_open:
            return None
        await self._places.acquire()  # at once
        self.inside += 1
        return Pass(self, self._breaker.enter())

    async def enter(self) -> "Pass":
        """Take a place.

        Raises:
            ServerFailed: the server is left alone, or no place becomes free in time.
        """
        if (wait_s := self._breaker.blocked_s(self._clock.monotonic_s())) > 0:
            raise ServerFailed(
                f"{self._name} keeps failing and is left alone", retry_after_s=wait_s
            )
        if self._places.locked():
            await self._place()
        else:
            await self._places.acquire()  # at once
        self.inside += 1
        return Pass(self, self._breaker.enter())

    async def _place(self) -> None:
        """Wait for a place; raises as `enter`."""
        try:
            async with asyncio.timeout(self._limits.connect_s):
                await self._places.acquire()
        except TimeoutError:
            raise ServerFailed(
                f"{self._name} has {self._limits.concurrent} calls under way", retry_after_s=1.0
            ) from None

    def give_back(self, ticket: int, *, is_well: bool | None) -> None:
        """A place is free again.

        Args:
            ticket: the one that was given.
            is_well: whether the server did its work; None: nobody waited for it.
        """
        self.inside -= 1
        self._places.release()
        if is_well is None:
            self._breaker.abandoned(ticket)
        elif is_well:
            self._breaker.succeeded(ticket, self._clock.monotonic_s())
        else:
            self._breaker.failed(ticket, self._clock.monotonic_s())


class Pass:
    """A place that one call has; it is given back once."""

    __slots__ = ("_gate", "_ticket")

    def __init__(self, gate: Gate, ticket: int) -> None:
        self._gate: Gate | None = gate
        self._ticket = ticket

    def give_back(self, *, is_well: bool | None) -> None:
        """Say how it went; again: nothing."""
        gate, self._gate = self._gate, None
        if gate is not None:
            gate.give_back(self._ticket, is_well=is_well)
