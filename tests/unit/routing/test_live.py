"""What is learnt from answers changes who is asked next."""

import pytest

from guardrail_gw.core.objective import Objective, Ranking
from guardrail_gw.errors import UpstreamFailed
from guardrail_gw.routing.search import RoutingLimits
from tests.support.routing_world import CONNECT, GOOD, STREAM, Act, Stage

SPENT = Act(
    pieces=STREAM,
    headers={"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "30s"},
)


async def test_who_has_no_room_left_is_asked_after_the_others() -> None:
    """Until its limit is reset; and before that, if nobody else answers."""
    stage = Stage({"a": [SPENT], "b": [GOOD, GOOD, CONNECT, GOOD]}, RoutingLimits(max_attempts=2))
    for _ in range(3):
        await stage.ask()
    assert stage.providers.asked == ["a", "b", "b"]

    await stage.ask()
    assert stage.providers.asked[3:] == ["b", "a"]

    stage.clock.at_s += 31.0
    await stage.ask()
    assert stage.providers.asked[-1] == "a"


async def test_the_faster_one_is_asked_once_both_were_measured() -> None:
    """Each is tried, a peak counts at once, and the slow one is tried again in time."""
    slow, fast = Act(pieces=STREAM, takes_s=3.0), Act(pieces=STREAM, takes_s=0.5)
    stage = Stage({"a": [slow], "b": [fast]}, ranking=Ranking(objective=Objective.LATENCY))
    for _ in range(5):
        await stage.ask()
    assert stage.providers.asked == ["a", "b", "b", "b", "b"]

    for _ in range(13):
        stage.clock.at_s += 10.0
        await stage.ask()
    later = stage.providers.asked[5:]
    assert later[:9] == ["b"] * 9
    assert later.count("a") == 1


async def test_whoever_is_asked_is_busy_until_the_answer_is_over() -> None:
    """However it is over: read to its end, left by the client, or never begun."""
    stage = Stage({"a": [GOOD], "b": [CONNECT]})
    healths = stage.routing.healths
    await stage.ask()
    assert healths["a"].in_flight == 0

    async with stage.routing.dispatch(stage.record) as reply:
        assert healths["a"].in_flight == 1
        await anext(reply.events)
    assert healths["a"].in_flight == 0

    stage.unlawful.add("a")
    with pytest.raises(UpstreamFailed):
        await stage.ask()
    assert healths["b"].in_flight == 0


async def test_a_recovered_one_begins_slowly_where_there_is_another() -> None:
    """Of forty requests after its recovery few are its own; alone it gets all of them."""
    failing = [*[CONNECT] * 5, GOOD]
    stage = Stage({"a": failing, "b": [GOOD]})
    for _ in range(5):
        await stage.ask()
    stage.clock.at_s += 11.0
    before = len(stage.providers.asked)

    for _ in range(41):
        await stage.ask()

    asked = stage.providers.asked[before:]
    assert asked[0] == "a"  # the probe
    assert 0 < asked[1:].count("a") < 20

    alone = Stage({"a": failing}, RoutingLimits(max_attempts=1))
    for _ in range(5):
        with pytest.raises(UpstreamFailed):
            await alone.ask()
    alone.clock.at_s += 11.0
    for _ in range(9):
        await alone.ask()
        assert alone.results == ["a ok"]
