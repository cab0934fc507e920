"""How many records unknown callers cause, and that none of them is forgotten."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from guardrail_gw.chain import Answer
from guardrail_gw.core.exchange import Arrival, Inbound
from guardrail_gw.errors import AuditDown, Refusal
from guardrail_gw.server.strangers import MAX_PEERS, Strangers
from tests.support.audit_world import SteadyClock


@dataclass(slots=True)
class Recorded:
    """A chain that notes what it was asked to refuse."""

    facts: list[dict[str, object]] = field(default_factory=list)
    down: bool = False

    @asynccontextmanager
    async def exchange(
        self, _: Arrival, admit: Callable[[], Awaitable[Inbound]]
    ) -> AsyncIterator[Answer]:
        if self.down:
            raise AuditDown("the disk is full")
        yield await self._noted(admit)

    async def _noted(self, admit: Callable[[], Awaitable[Inbound]]) -> Answer:
        try:
            await admit()
        except Refusal as refusal:
            self.facts.append(dict(refusal.facts))
            raise
        raise AssertionError("a stranger was let in")


@dataclass(slots=True)
class Here:
    """Strangers, and what became of them."""

    chain: Recorded = field(default_factory=Recorded)
    counted: list[int] = field(default_factory=list)
    strangers: Strangers = field(init=False)

    def __post_init__(self) -> None:
        """Two records of their own per address and window."""
        self.strangers = Strangers(
            chain=self.chain,
            clock=SteadyClock(),
            counted=self.counted.append,
            own_records=2,
        )


@pytest.fixture
def here() -> Here:
    """Strangers with a chain that only refuses."""
    return Here()


async def test_beyond_the_bound_attempts_are_counted(here: Here) -> None:
    """Two have records of their own; three are one record; in the next window it begins anew."""
    first = [here.strangers.has_own_record("192.0.2.1", "openai_chat") for _ in range(5)]
    await here.strangers.flush()
    again = here.strangers.has_own_record("192.0.2.1", "openai_chat")

    assert first == [True, True, False, False, False]
    assert here.chain.facts == [{"attempts": 3, "address": "192.0.2.1"}]
    assert here.counted == [3]
    assert again


async def test_addresses_are_told_apart_but_not_the_hosts_of_a_network(here: Here) -> None:
    """An IPv4 address has its own bound; all of an IPv6 /64 share one."""
    for host in range(4):
        here.strangers.has_own_record(f"2001:db8::{host}", "openai_chat")
        here.strangers.has_own_record(f"192.0.2.{host}", "openai_chat")
    await here.strangers.flush()

    assert here.chain.facts == [{"attempts": 2, "address": "2001:db8::/64"}]


async def test_many_addresses_share_what_is_left(here: Here) -> None:
    """Beyond the addresses told apart, and without one, all share a single bound."""
    own = [
        here.strangers.has_own_record(f"10.0.{n // 256}.{n % 256}", "openai_chat")
        for n in range(1000)
    ]
    here.strangers.has_own_record(None, "openai_chat")
    await here.strangers.flush()

    assert sum(own) == MAX_PEERS + 2
    assert here.chain.facts == [{"attempts": 1000 - MAX_PEERS - 2 + 1, "address": "others"}]


async def test_nothing_is_recorded_without_attempts(here: Here) -> None:
    """A window with few refusals, or none, needs no count."""
    here.strangers.has_own_record("192.0.2.1", "openai_chat")
    await here.strangers.flush()

    assert here.chain.facts == []


async def test_closing_records_what_was_counted(here: Here) -> None:
    """The count of an unfinished window is on record before the log closes."""
    await here.strangers.start()
    for _ in range(3):
        here.strangers.has_own_record("192.0.2.1", "openai_chat")
    await here.strangers.close()

    assert here.chain.facts == [{"attempts": 1, "address": "192.0.2.1"}]


async def test_a_log_that_is_down_does_not_end_the_counting(here: Here) -> None:
    """A count that cannot be recorded is refused like any exchange; the next one is tried."""
    here.chain.down = True
    for _ in range(3):
        here.strangers.has_own_record("192.0.2.1", "openai_chat")
    await here.strangers.flush()
    here.chain.down = False
    for _ in range(4):
        here.strangers.has_own_record("192.0.2.1", "openai_chat")
    await here.strangers.flush()

    assert here.chain.facts == [{"attempts": 2, "address": "192.0.2.1"}]


async def test_surfaces_are_counted_apart_and_bounded_together(here: Here) -> None:
    """Whoever asks at two endpoints gets no more records of its own, and a count at each."""
    asked = ("openai_chat", "anthropic_messages", "openai_chat", "anthropic_messages")

    own = [here.strangers.has_own_record("192.0.2.1", surface) for surface in asked]
    await here.strangers.flush()

    assert own == [True, True, False, False]
    assert here.counted == [1, 1]
