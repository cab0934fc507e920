"""Answers in memory: never more than there may be, in bytes, in number and in time."""

from typing import Final

from hypothesis import given, settings, strategies as st

from guardrail_gw.cache.memory import MemoryAnswers
from guardrail_gw.core.cached import CachedAnswer, Source
from guardrail_gw.core.exchange import Receipt
from guardrail_gw.core.identity import RequestId
from tests.support.routing_world import OwnClock

SOURCE: Final = Source(request=RequestId("r"), receipt=Receipt(origin="o", index=1, leaf_hash=""))
TTL_S: Final = 10.0
STEPS = st.lists(
    st.tuples(st.integers(0, 6), st.integers(1, 60), st.sampled_from([0.0, 1.0, 4.0])), max_size=25
)


def answer(clock: OwnClock, size: int) -> CachedAnswer:
    """One of so many bytes, made now."""
    return CachedAnswer(
        events=(),
        deployment="d",
        finish=None,
        source=SOURCE,
        made_s=clock.monotonic_s(),
        size=size,
    )


def store(clock: OwnClock, max_bytes: int = 50, max_entries: int = 4) -> MemoryAnswers:
    """A small one."""
    return MemoryAnswers(clock=clock, ttl_s=TTL_S, max_bytes=max_bytes, max_entries=max_entries)


@given(steps=STEPS)
@settings(max_examples=80)
def test_it_is_never_more_than_it_may_be(steps: list[tuple[int, int, float]]) -> None:
    """Whatever is put in and however time passes; what is given is what was put last, in time."""
    clock = OwnClock()
    here = store(clock)
    latest: dict[bytes, CachedAnswer] = {}

    for number, size, passes_s in steps:
        name = bytes([number])
        latest[name] = made = answer(clock, size)
        here.put(name, made)
        assert (here.get(name) is made) is (size <= 50)
        clock.at_s += passes_s

        given_ = {each: got for each in latest if (got := here.get(each)) is not None}
        assert all(latest[each] is got for each, got in given_.items())
        assert all(clock.at_s - got.made_s < TTL_S for got in given_.values())
        assert here.tally.bytes == sum(got.size for got in given_.values()) <= 50
        assert here.tally.entries == len(given_) <= 4


def test_the_oldest_goes_first() -> None:
    """For want of room in bytes, and in number; one that is put again is new."""
    clock = OwnClock()
    here = store(clock)
    for name in (b"a", b"b", b"c"):
        here.put(name, answer(clock, 15))

    here.put(b"a", answer(clock, 15))
    here.put(b"d", answer(clock, 20))

    assert [here.get(name) is not None for name in (b"a", b"b", b"c", b"d")] == [
        *(True, False, True, True)
    ]
    assert here.tally.evicted == 1

    here.put(b"e", answer(clock, 0))
    here.put(b"f", answer(clock, 0))
    assert here.get(b"c") is None
    assert (here.tally.entries, here.tally.evicted) == (4, 2)


def test_one_that_is_too_large_by_itself_takes_nothing_away() -> None:
    """It is not kept, nor is the one in its place."""
    clock = OwnClock()
    here = store(clock)
    here.put(b"a", answer(clock, 20))
    here.put(b"b", answer(clock, 20))

    here.put(b"b", answer(clock, 51))

    assert here.get(b"a") is not None
    assert here.get(b"b") is None


def test_what_is_over_its_time_goes_by_itself() -> None:
    """Whoever asks is told when the next one's time is over."""
    clock = OwnClock()
    here = store(clock)
    here.put(b"a", answer(clock, 1))
    clock.at_s += 4
    here.put(b"b", answer(clock, 1))

    assert here.expire() == 6
    clock.at_s += 6
    assert here.expire() == 4
    assert here.tally.entries == 1
    clock.at_s += 4
    assert here.expire() is None
    assert (here.tally.bytes, here.tally.entries, here.tally.evicted) == (0, 0, 0)
