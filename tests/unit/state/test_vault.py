"""What is kept of placeholders that clients were given, for whom, and for how long."""

from collections.abc import Mapping

import pytest

from guardrail_gw.core.exchange import Issue
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.ports import Share
from guardrail_gw.core.text import Entity
from guardrail_gw.errors import StateFull, StateTooLarge
from guardrail_gw.state.memory import MemoryStore
from guardrail_gw.state.seal import StateKey
from guardrail_gw.state.shares import Bounds
from guardrail_gw.state.vault import MOST_KEPT, Vault
from tests.support.routing_world import OwnClock

WHO = Principal(tenant="acme", team="crm", user="ci", key_id="k1")
OTHER = Principal(tenant="acme", team="crm", user="ci", key_id="k2")
TOKEN = "PERSON_7K2QX9MD"
ANNA = Issue(entity=Entity("PERSON"), value="Anna Schmidt")
WIDE = Bounds(key_bytes=1 << 24, tenant_bytes=1 << 24)


class Counting(MemoryStore):
    """A store that counts what is written and shows what lies in it."""

    def __init__(self, clock: OwnClock) -> None:
        super().__init__(clock)
        self.written: list[tuple[str, bytes]] = []

    async def put(
        self, name: str, value: bytes, *, ttl_s: float, shares: tuple[Share, ...] = ()
    ) -> None:
        self.written.append((name, value))
        await super().put(name, value, ttl_s=ttl_s, shares=shares)


def vault(clock: OwnClock, bounds: Bounds = WIDE) -> tuple[Vault, Counting]:
    """One, and its store."""
    store = Counting(clock)
    key = StateKey(bytes(range(32)))
    return Vault(store=store, key=key, ttl_s=60, bounds=bounds, clock=clock), store


async def test_only_the_same_principal_has_it() -> None:
    """For any other there is nothing to find, and what lies there tells nothing."""
    here, store = vault(OwnClock())
    await here.keep(WHO, {TOKEN: ANNA})

    assert await here.spoken(WHO, [TOKEN, "PERSON_00000000"]) == {TOKEN: ANNA}
    assert await here.spoken(OTHER, [TOKEN]) == {}
    ((name, sealed),) = store.written
    assert b"Anna" not in sealed
    assert TOKEN not in name


async def test_its_time_ends() -> None:
    """And begins anew when it is given again late."""
    clock = OwnClock()
    here, store = vault(clock)
    await here.keep(WHO, {TOKEN: ANNA})
    await here.keep(WHO, {TOKEN: ANNA})
    assert len(store.written) == 1
    clock.at_s += 40
    await here.keep(WHO, {TOKEN: ANNA})
    clock.at_s += 40
    assert await here.spoken(WHO, [TOKEN]) == {TOKEN: ANNA}
    clock.at_s += 40

    assert await here.spoken(WHO, [TOKEN]) == {}
    assert len(store.written) == 2


async def test_it_is_bounded() -> None:
    """In values of one answer, and in what one key may have."""
    here, _ = vault(OwnClock())
    many: Mapping[str, Issue] = {f"PERSON_{n:08}": ANNA for n in range(MOST_KEPT + 1)}
    with pytest.raises(StateTooLarge):
        await here.keep(WHO, many)
    small, _ = vault(OwnClock(), Bounds(key_bytes=1 << 11, tenant_bytes=1 << 24))

    with pytest.raises(StateFull):
        await small.keep(WHO, dict(list(many.items())[:5]))
