"""Counters in Redis or Valkey: right across all gateways that share the server, by its clock.

What a reservation looks at and takes is one Lua script, which nothing interrupts. Its counters
share a hash tag, so that in a cluster they lie on one node.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from guardrail_gw.core.counting import BudgetClaim, Claim, Denied, RateClaim, Reservation, SlotClaim
from guardrail_gw.state.redis.server import RedisServer

_HERE: Final = Path(__file__).parent
_RESERVE: Final = (_HERE / "reserve.lua").read_text(encoding="ascii")
_RENEW: Final = (_HERE / "renew.lua").read_text(encoding="ascii")
_ANEW: Final = (_HERE / "anew.lua").read_text(encoding="ascii")
_SETTLE: Final = (_HERE / "settle.lua").read_text(encoding="ascii")


class RedisCounters:
    """Implements `core.ports.Counters`."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server

    async def start(self) -> None:
        """Find out that the server is there and keeps what it is given."""
        await self._server.start()

    async def close(self) -> None:
        """Close the connections."""
        await self._server.close()

    async def reserve(self, *wanted: Reservation) -> Denied | None:
        """One script."""
        keys = [_key(each.home, f"held:{each.id}") for each in wanted]
        words: list[str | int] = [len(wanted), *(_ms(each.keep_s) for each in wanted)]
        for each in wanted:
            keys += [_key(each.home, claim.name) for claim in each.claims]
            for claim in each.claims:
                words += _wanted(claim, each)
        place, *rest = await self._server.script(_RESERVE, keys, words)
        if place == 0:
            return None
        wait_us, used = rest
        claims = [claim for each in wanted for claim in each.claims]
        return Denied(
            claim=claims[place - 1],
            wait_s=wait_us / 1e6 if wait_us >= 0 else None,
            used=used,
        )

    async def renew(self, held: Sequence[Reservation]) -> None:
        """A script for each slot: they may lie on several nodes."""
        for each in held:
            for claim in each.slots:
                keys = [_key(each.home, claim.name)]
                await self._server.script(_RENEW, keys, [each.id, _ms(each.lease_s)])

    async def settle(
        self, held: Reservation, actual: Mapping[str, int]
    ) -> Mapping[str, int] | None:
        """One script."""
        words: list[str | int] = [held.id]
        for claim in held.claims:
            words += _settled(claim, actual)
        keys = [_key(held.home, f"held:{held.id}")]
        keys += [_key(held.home, claim.name) for claim in held.claims]
        keys += [_key(held.home, f"anew:{budget.name}") for budget in held.budgets]
        used = await self._server.script(_SETTLE, keys, words)
        if used is None:
            return None
        return {budget.name: each for budget, each in zip(held.budgets, used, strict=True)}

    async def begin_anew(
        self, home: str, budgets: Sequence[str], rates: Sequence[str] = ()
    ) -> Mapping[str, int]:
        """One script."""
        keys = [_key(home, name) for name in (*budgets, *rates)]
        keys += [_key(home, f"anew:{name}") for name in budgets]
        was = await self._server.script(_ANEW, keys, [len(budgets), len(rates)])
        return dict(zip(budgets, was, strict=True))

    async def used(self, home: str, names: Sequence[str]) -> Mapping[str, int]:
        """One command."""
        if not names:
            return {}
        values = await self._server.values([_key(home, name) for name in names])
        return {name: int(value or 0) for name, value in zip(names, values, strict=True)}


def _wanted(claim: Claim, whole: Reservation) -> list[str | int]:
    match claim:
        case BudgetClaim():
            return ["budget", claim.amount, claim.limit, _ms(claim.ttl_s)]
        case RateClaim():
            return ["rate", claim.amount, repr(claim.interval_s * 1e6), repr(claim.period_s * 1e6)]
        case SlotClaim():
            return ["slot", claim.limit, whole.id, _ms(whole.lease_s)]


def _settled(claim: Claim, actual: Mapping[str, int]) -> list[str | int]:
    if isinstance(claim, SlotClaim):
        return ["slot", 0, 0]
    if isinstance(claim, BudgetClaim):
        more = (claim.more(actual, is_of_before=is_of_before) for is_of_before in (False, True))
        return ["budget", *more]
    more_of_rate = actual.get(claim.name, claim.amount) - claim.amount
    return ["rate", more_of_rate, repr(claim.interval_s * 1e6)]


def _key(home: str, name: str) -> str:
    return f"guardrail-gw:{{{home}}}:{name}"


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
