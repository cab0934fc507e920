"""One client leaves room for others: sessions, processes and calls that are kept for it."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from guardrail_gw.core.identity import Principal
from guardrail_gw.deadline import Deadlines
from guardrail_gw.errors import RateExceeded
from guardrail_gw.mcp.ports import Described, Era, Peer
from guardrail_gw.mcp.servers.limits import Limits
from guardrail_gw.mcp.servers.parking import Parked, Parking
from guardrail_gw.mcp.servers.patience import Patience
from guardrail_gw.mcp.servers.sessions import Crowded, Keeping, Sessions
from tests.support.routing_world import OwnClock

ME = Principal(tenant="t", team="a", user="u", key_id="one")
OTHER = replace(ME, key_id="other")
DESCRIBED = Described(era=Era.LEGACY, revision="2025-11-25", capabilities={}, info={})


@dataclass(slots=True)
class Own:
    """What is kept for one client; a stand-in for a session or a process."""

    peer: Peer
    used_s: float = 0.0
    is_in_use: bool = False
    has_calls: bool = False
    ended: list[str] = field(default_factory=list)

    async def end(self) -> None:
        self.ended.append(self.peer.session or "")

    def over(self) -> None:
        self.ended.append("over")


def _peer(who: Principal, session: str) -> Peer:
    return Peer(principal=who, era=Era.LEGACY, revision="2025-11-25", session=session)


def _sessions(most: int, begun: list[Own]) -> Sessions[Any]:
    async def begin(peer: Peer) -> Own:
        begun.append(Own(peer))
        return begun[-1]

    keeping = Keeping(most=most, idle_s=60, wait_s=0.2, what="processes")
    return Sessions("one", keeping, OwnClock(), begin)


async def test_who_has_taken_all_makes_way() -> None:
    """By the one that it used longest ago; who has no more than another one keeps what it has."""
    begun: list[Own] = []
    sessions = _sessions(4, begun)
    for number in range(4):
        await sessions.of(_peer(ME, f"mine-{number}"))
        begun[-1].is_in_use = True  # somebody listens
    begun[0].used_s += 99.0
    await sessions.of(_peer(OTHER, "a"))
    await sessions.of(_peer(OTHER, "b"))
    with pytest.raises(Crowded):
        await sessions.of(_peer(OTHER, "c"))
    with pytest.raises(Crowded):
        await sessions.of(_peer(ME, "mine-4"))

    ended = [each.peer.session for each in begun if each.ended]
    assert len(ended) == 2
    assert "mine-0" not in ended
    assert all(each is not None and each.startswith("mine") for each in ended)


async def test_what_is_in_use_makes_no_way() -> None:
    """A call that is under way is not ended for somebody else."""
    begun: list[Own] = []
    sessions = _sessions(2, begun)
    for number in range(2):
        await sessions.of(_peer(ME, f"mine-{number}"))
        begun[-1].is_in_use = begun[-1].has_calls = True
    with pytest.raises(Crowded):
        await sessions.of(_peer(OTHER, "a"))

    assert not any(each.ended for each in begun)


async def test_one_client_cannot_have_all_calls_that_wait_for_answers() -> None:
    """Those of another one wait beside them."""
    limits = Limits(concurrent=8, parked_each=2)
    parking = Parking("one", limits, OwnClock())
    for _ in range(2):
        parking.put(_parked(ME, limits))
    with pytest.raises(RateExceeded) as refused:
        parking.put(_parked(ME, limits))
    name = parking.put(_parked(OTHER, limits))

    assert refused.value.code == "limits.concurrency"
    assert parking.take(name, OTHER) is not None
    assert len(parking) == 2


def _parked(who: Principal, limits: Limits) -> Parked:
    nobody: Any = None
    return Parked(
        principal=who,
        exchange=nobody,
        described=DESCRIBED,
        patience=Patience("one", limits.usual, Deadlines()),
        token=1,
        asked={},
    )
