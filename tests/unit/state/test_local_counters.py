"""What one process decides by itself while the shared counters are down, and what it does not."""

import asyncio
from dataclasses import dataclass

import pytest

from guardrail_gw.core.counting import (
    HIGHEST,
    BudgetClaim,
    Claim,
    RateClaim,
    Reservation,
    SlotClaim,
    Standing,
)
from guardrail_gw.errors import ConfigError, StateDown
from guardrail_gw.state.local_counters import LocalCounters
from tests.support.routing_world import OwnClock
from tests.support.shaky import Shaky


@dataclass
class Room:
    """Counters with a second line."""

    counters: LocalCounters
    shared: Shaky
    clock: OwnClock
    standing: Standing

    async def let_through(self, claim: Claim, most: int = 50) -> int:
        """How often a claim is granted before it is denied."""
        for number in range(most):
            if await self.counters.reserve(wanted(f"{id(claim)}-{number}", claim)) is not None:
                return number
        return most


def room(share: float = 0.25) -> Room:
    """Up, until it is not."""
    clock, standing = OwnClock(), Standing()
    shared = Shaky(clock)
    counters = LocalCounters(shared, clock, share=share, standing=standing)
    return Room(counters, shared, clock, standing)


def wanted(id_: str, *claims: Claim) -> Reservation:
    """A reservation of these."""
    return Reservation(id=id_, home="acme", claims=claims, lease_s=60)


RATE = RateClaim(name="r", amount=1, limit=20, period_s=60)
WARNS = BudgetClaim(name="w", amount=10, limit=HIGHEST, ttl_s=600)


async def test_alone_it_lets_through_its_share_of_a_rate() -> None:
    """A quarter of twenty, and never less than one; of slots as well."""
    here = room()
    here.shared.is_down = True

    assert await here.let_through(RATE) == 5
    assert await here.let_through(SlotClaim(name="s", limit=9)) == 2
    assert await here.let_through(SlotClaim(name="t", limit=1)) == 1
    assert (here.standing.is_alone, here.standing.granted) == (True, 8)


async def test_a_denial_names_what_was_asked_for() -> None:
    """As the shared ones would, with an honest time to wait."""
    here = room()
    here.shared.is_down = True
    large = RateClaim(name="tokens", amount=900, limit=1000, period_s=60)
    never = RateClaim(name="n", amount=1001, limit=1000, period_s=60)

    assert await here.counters.reserve(wanted("1", WARNS, large)) is None
    denied = await here.counters.reserve(wanted("2", WARNS, large))
    more = await here.counters.reserve(wanted("3", never))

    assert denied is not None
    assert denied.claim == large
    assert denied.wait_s == pytest.approx(60)
    assert more is not None
    assert more.fits_never


@pytest.mark.parametrize("down", ["is_down", "is_deaf"])
async def test_a_budget_that_blocks_stays_closed(down: str) -> None:
    """Nobody knows what others spend; and what was perhaps taken is given back."""
    here = room()
    setattr(here.shared, down, True)
    blocks = BudgetClaim(name="b", amount=10, limit=100, ttl_s=600)

    with pytest.raises(StateDown):
        await here.counters.reserve(wanted("1", blocks, RATE))
    setattr(here.shared, down, False)
    here.clock.at_s += 1
    await here.counters.renew([])

    assert await here.counters.used("acme", ["b"]) == {"b": 0}
    assert not here.standing.is_alone


async def test_what_is_free_goes_on() -> None:
    """A claim on nothing does not wait for a budget's store."""
    here = room()
    here.shared.is_down = True
    free = BudgetClaim(name="b", amount=0, limit=100, ttl_s=600)

    assert await here.counters.reserve(wanted("1", free)) is None
    await here.counters.settle(wanted("1", free), {"b": 7})
    here.shared.is_down = False
    here.clock.at_s += 1
    await here.counters.renew([])

    assert await here.counters.used("acme", ["b"]) == {"b": 7}


async def test_what_a_warning_budget_missed_is_brought_to_it_once() -> None:
    """Also when the store takes it and its answer is lost."""
    here = room()
    here.shared.is_down = True
    for number in range(3):
        assert await here.counters.reserve(wanted(f"{number}", WARNS)) is None
        await here.counters.settle(wanted(f"{number}", WARNS), {"w": number + 1})
    here.shared.is_down = False
    here.shared.is_deaf = True
    here.clock.at_s += 1
    with pytest.raises(StateDown):
        await here.counters.renew([])
    here.shared.is_deaf = False
    here.clock.at_s += 1

    await here.counters.renew([])
    await here.counters.renew([])

    assert await here.counters.used("acme", ["w"]) == {"w": 6}


async def test_alone_a_caller_and_its_attempt_are_taken_together_or_not_at_all() -> None:
    """A budget that blocks keeps the caller's place free; one that warns is told, once each."""
    here, slot = room(), SlotClaim(name="s", limit=1)
    here.shared.is_down = True
    callers, attempt = wanted("1", slot), wanted("2", WARNS)
    blocks = BudgetClaim(name="b", amount=1, limit=100, ttl_s=600)

    with pytest.raises(StateDown):
        await here.counters.reserve(callers, wanted("0", blocks))
    assert await here.counters.reserve(callers, attempt) is None
    denied = await here.counters.reserve(wanted("3", WARNS), wanted("4", slot))
    assert denied is not None
    assert denied.claim == slot
    assert here.standing.granted == 1

    await here.counters.settle(attempt, {"w": 3})
    await here.counters.settle(callers, {})
    assert await here.counters.reserve(wanted("4", slot)) is None
    here.shared.is_down = False
    here.clock.at_s += 1
    await here.counters.renew([])
    assert await here.counters.used("acme", ["w", "b"]) == {"w": 3, "b": 0}


async def test_what_was_granted_alone_is_renewed_and_settled_there() -> None:
    """Though the store is back meanwhile; a slot is free once its request has ended."""
    here = room(share=1.0)
    slot = SlotClaim(name="s", limit=1)
    here.shared.is_down = True
    held = wanted("1", slot)
    await here.counters.reserve(held)
    here.shared.is_down = False
    here.clock.at_s += 50
    await here.counters.renew([held])
    here.clock.at_s += 50
    here.shared.is_down = True

    assert await here.counters.reserve(wanted("2", slot)) is not None
    await here.counters.settle(held, {})
    assert await here.counters.reserve(wanted("2", slot)) is None


async def test_only_one_call_a_second_finds_out() -> None:
    """Nobody else waits for a store that hangs; the one that finds it back ends it for all."""
    here = room(share=1.0)
    here.shared.is_down = True
    for _ in range(10):
        await here.counters.reserve(wanted("x", WARNS))
    assert here.shared.asked == 1

    here.clock.at_s += 1
    await asyncio.gather(*(here.counters.reserve(wanted(f"{n}", WARNS)) for n in range(10)))
    assert here.shared.asked == 2

    here.shared.is_down = False
    here.clock.at_s += 1
    await here.counters.reserve(wanted("y", WARNS))
    assert not here.standing.is_alone


async def test_it_starts_without_the_store_and_finds_it_later() -> None:
    """One that evicts what it is told is as good as none; at the start that is said at once."""
    here = room()
    here.shared.is_down = True
    await here.counters.start()
    assert here.standing.is_alone

    here.shared.is_down, here.shared.is_unfit = False, True
    here.clock.at_s += 1
    assert await here.counters.reserve(wanted("1", RATE)) is None
    assert here.standing.is_alone
    with pytest.raises(ConfigError):
        await here.counters.start()
    here.shared.is_unfit = False
    here.clock.at_s += 1
    assert await here.counters.reserve(wanted("2", RATE)) is None

    assert not here.standing.is_alone


async def test_what_nobody_took_in_the_end_is_counted_as_lost() -> None:
    """The budget that warns says less by that much."""
    here = room()
    here.shared.is_down = True
    await here.counters.reserve(wanted("1", WARNS))
    await here.counters.settle(wanted("1", WARNS), {"w": 5})

    await here.counters.close()

    assert here.standing.lost == 2
