"""The cache as the chain has it: who gets an answer that was given before, and what is kept."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from guardrail_gw.cache.answers import NO_LOOKUP, Answers, Lookup
from guardrail_gw.cache.memory import MemoryAnswers
from guardrail_gw.core.cached import CacheUse
from guardrail_gw.core.exchange import Ending, Journal, Placed, Recorded
from guardrail_gw.core.freshness import Freshness
from guardrail_gw.core.plan import Plan
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.policy.policy import Cache
from tests.support.caching import (
    DUBLIN,
    FRANKFURT,
    answer,
    placed,
    plan,
    read,
    recorded,
    redacted,
    reply,
)
from tests.support.chat import policy
from tests.support.routing_world import GOOD, OwnClock, Stage


class Room:
    """The room, with a clock and a law that a test owns."""

    def __init__(self, ttl_s: float = 60) -> None:
        self.clock = OwnClock()
        self.unlawful = set[str]()
        store = MemoryAnswers(clock=self.clock, ttl_s=ttl_s, max_bytes=10_000, max_entries=9)
        self.answers = Answers(
            store,
            self.clock,
            BY_NAME,
            lambda where, d: d in where.lawful and d.id not in self.unlawful,
            max_entry_bytes=5_000,
        )

    def look(self, where: Placed, order: Plan | None = None) -> Lookup:
        """Look for an answer, and see that the journal has the same."""
        journal = Journal()
        everything = replace(policy(), cache=Cache.ALL)
        lookup = self.answers.look(where, everything, order or plan(), journal)
        assert journal.cache == lookup.use
        return lookup

    async def give(self, where: Placed, **journal: Any) -> CacheUse | None:
        """Look, and have a provider answer where nothing is at hand."""
        lookup = self.look(where)
        on_record = recorded(where)
        on_record.journal.cache = lookup.use
        for name, value in journal.items():
            setattr(on_record.journal, name, value)
        await read(lookup.watched(reply(answer()), on_record))
        lookup.keep()
        return lookup.use


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    """A room that is closed at the end."""
    made = Room()
    yield made
    made.answers.close()


ASKED = placed(redacted())


async def test_an_answer_is_given_again_with_its_source(room: Room) -> None:
    """The second one gets what the first got, and knows whose it was."""
    assert await room.give(ASKED) is CacheUse.ABSENT

    lookup = room.look(ASKED)

    assert lookup.use is CacheUse.HIT
    assert lookup.answered is not None
    assert lookup.answered.deployment is FRANKFURT
    assert lookup.answered.finish == "stop"
    assert lookup.source is not None
    assert (lookup.source.request, lookup.source.receipt.index) == ("r", 7)
    again = [(event.kind, event.data) async for event in lookup.answered.events]
    assert again == [(event.kind, event.data) for event in answer()]


async def test_each_gets_it_for_oneself(room: Room) -> None:
    """One who changes it, or stops reading, takes nothing from the others."""
    await room.give(ASKED)
    first, second = room.look(ASKED).answered, room.look(ASKED).answered
    assert first is not None
    assert second is not None

    taken = first.ready()
    assert taken is not None
    assert taken.data is not None
    taken.data.clear()

    assert [event.data async for event in second.events] == [event.data for event in answer()]


@pytest.mark.parametrize(
    ("order", "unlawful", "use"),
    [
        ((DUBLIN, FRANKFURT), set(), CacheUse.HIT),
        ((DUBLIN,), set(), CacheUse.EXCLUDED),
        ((FRANKFURT,), {"frankfurt"}, CacheUse.EXCLUDED),
    ],
)
async def test_who_gave_it_must_be_one_who_may_be_asked(
    room: Room, order: tuple[Any, ...], unlawful: set[str], use: CacheUse
) -> None:
    """In today's plan, at any place in it, and lawful now."""
    await room.give(ASKED)
    room.unlawful |= unlawful

    assert room.look(ASKED, plan(*order)).use is use


async def test_who_is_not_lawful_at_the_last_moment_is_not_heard(room: Room) -> None:
    """Between the record and the answer a contract may end: then somebody else is asked."""
    await room.give(ASKED)
    answered = room.look(ASKED).answered
    stage = Stage({"dublin": [GOOD]})

    async def dispatched() -> tuple[str, Recorded]:
        record = recorded(placed(redacted(question={"dialect": "letters"}), *stage.lawful))
        record.journal.cache = CacheUse.HIT
        async with stage.routing.dispatch(record, answered=answered) as given:
            return given.deployment.id, record

    name, record = await dispatched()

    assert name == "dublin"
    assert record.journal.cache is CacheUse.EXCLUDED
    assert stage.providers.asked == ["dublin"]


@pytest.mark.parametrize(
    "journal",
    [
        {"ending": Ending.TRUNCATED},
        {"ending": Ending.CLIENT_CANCEL},
        {"status": 502},
        {"status": None},
        {"fallback": "another-model"},
        {"resumed": ("dublin",)},
    ],
)
async def test_only_what_ended_well_is_kept(room: Room, journal: dict[str, Any]) -> None:
    """By one deployment of the model that was asked for."""
    await room.give(ASKED, **journal)

    assert await room.give(ASKED) is CacheUse.ABSENT
    assert await room.give(ASKED) is CacheUse.HIT


async def test_a_newer_one_can_be_asked_for(room: Room) -> None:
    """An answer as old as the client takes none is asked for again, and kept in its place."""
    await room.give(ASKED)
    room.clock.at_s += 5
    fresh = placed(redacted(inbound={"freshness": Freshness(max_age_s=5)}))

    assert await room.give(fresh) is CacheUse.STALE
    room.clock.at_s += 4
    assert await room.give(fresh) is CacheUse.HIT


async def test_time_ends_it(room: Room) -> None:
    """By the clock, whenever timers run."""
    await room.give(ASKED)
    room.clock.at_s += 60

    assert room.look(ASKED).use is CacheUse.ABSENT
    assert room.answers.tally.entries == 0


async def test_a_hit_is_not_kept_anew(room: Room) -> None:
    """Else it would never be over its time."""
    await room.give(ASKED)
    room.clock.at_s += 59
    assert await room.give(ASKED) is CacheUse.HIT
    room.clock.at_s += 1

    assert room.look(ASKED).use is CacheUse.ABSENT


async def test_what_is_left_alone_is_passed_on_as_it_is(room: Room) -> None:
    """A request that the cache has nothing to do with, and one where there is none."""
    left_alone = placed(redacted(stored=True))
    on_its_way = reply(answer())

    for lookup in (room.look(left_alone), NO_LOOKUP):
        assert lookup.watched(on_its_way, recorded(left_alone)) is on_its_way
        lookup.keep()

    assert NO_LOOKUP.use is None
    assert room.answers.tally.entries == 0
