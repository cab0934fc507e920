"""Calls that wait for a client of the modern era, which answers with a new request.

A server of the legacy era asks in the middle of a call and keeps the call open. The client is told
by a result that something is asked, and the call is kept here until it comes again with answers.

Source: Model Context Protocol 2026-07-28, basic/patterns/mrtr.
"""

import secrets
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.core.identity import Principal
from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import RateExceeded
from guardrail_gw.mcp.ports import Described
from guardrail_gw.mcp.servers.limits import Limits
from guardrail_gw.mcp.servers.link import Exchange
from guardrail_gw.mcp.servers.messages import Id
from guardrail_gw.mcp.servers.patience import Patience
from guardrail_gw.mcp.shares import owner
from guardrail_gw.mcp_errors import ServerFailed

_LOOK_S: Final = 5.0


@dataclass(slots=True, kw_only=True)
class Parked:
    """One call that waits."""

    principal: Principal
    exchange: Exchange
    described: Described
    patience: Patience
    token: Id
    """Of its progress."""
    asked: dict[str, Any] = field(repr=False)
    """What is asked, by the key that the client was told: `id`, `method`, `params`."""
    until_s: float = 0.0


class Parking:
    """Of one server."""

    def __init__(self, name: str, limits: Limits, clock: Clock) -> None:
        self._name = name
        self._limits = limits
        self._clock = clock
        self._parked: dict[str, Parked] = {}

    def __len__(self) -> int:
        """How many wait."""
        return len(self._parked)

    def put(self, parked: Parked) -> str:
        """Keep one; its name, which nobody can guess.

        Raises:
            ServerFailed: as many wait as there may be calls.
            RateExceeded: as many wait as one client may have.
        """
        if len(self._parked) >= self._limits.concurrent:
            raise ServerFailed(f"{len(self._parked)} calls of {self._name} wait for their clients")
        whose = owner(parked.principal)
        each = self._limits.parked_each
        if sum(owner(other.principal) == whose for other in self._parked.values()) >= each:
            raise RateExceeded(
                f"{each} calls of this key wait for its answers, and no more may",
                code="limits.concurrency",
                retry_after_s=_LOOK_S,
            )
        parked.until_s = self._clock.monotonic_s() + self._limits.parked_s
        name = secrets.token_urlsafe(18)
        self._parked[name] = parked
        return name

    def take(self, name: object, principal: Principal) -> Parked | None:
        """Go on with one; None: it is over, or somebody else's."""
        parked = self._parked.get(name) if isinstance(name, str) else None
        if parked is None or parked.principal != principal:
            return None
        return self._parked.pop(str(name))

    async def end_late(self) -> None:
        """End those that wait too long; for ever."""
        while True:
            await self._clock.sleep(_LOOK_S)
            now = self._clock.monotonic_s()
            late = [name for name, each in self._parked.items() if _is_over(each, now)]
            for name in late:
                await self._parked.pop(name).exchange.close(is_over=False)

    async def close(self) -> None:
        """End all."""
        while self._parked:
            _, parked = self._parked.popitem()
            await parked.exchange.close(is_over=False)


def _is_over(parked: Parked, now: float) -> bool:
    return parked.until_s <= now or parked.patience.left_s <= 0
