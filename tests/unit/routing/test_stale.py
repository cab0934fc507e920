"""Connections that had been closed while they rested, and pools that are full: nobody's failure."""

import pytest

from guardrail_gw.core.way import PLAIN, Way
from guardrail_gw.errors import UpstreamFailed, UpstreamRateLimited, UpstreamTimeout
from guardrail_gw.routing.budget import RetryLimits
from guardrail_gw.routing.search import RoutingLimits
from tests.support.routing_world import CONNECT, CROWDED, GOOD, STALE, TIMEOUT, Act, Stage, status


async def test_the_same_deployment_is_asked_again_at_once() -> None:
    """Nobody waits, nobody else is asked, and every attempt is on record."""
    stage = Stage({"a": [STALE, GOOD], "b": [GOOD]})

    await stage.ask()

    assert stage.results == ["a stale", "a ok"]
    assert stage.clock.slept == []


async def test_it_counts_neither_as_an_attempt_nor_in_the_retry_budget() -> None:
    """With one attempt and no retries to spare the answer comes all the same."""
    limits = RoutingLimits(max_attempts=1, retries=RetryLimits(share=0.0, per_s=0.0, most=0.0))
    stage = Stage({"a": [STALE, GOOD]}, limits=limits)

    await stage.ask()

    assert stage.results == ["a stale", "a ok"]


@pytest.mark.parametrize("way", [PLAIN, Way(hedge_after_s=60.0)])
async def test_it_takes_no_retry_of_whom_others_had_to_leave(way: Way) -> None:
    """Whose last attempt failed is asked anew all the same, and is still who failed last."""
    limits = RoutingLimits(retries=RetryLimits(share=0.0, per_s=0.0, most=1.0))
    acts = {"a": [status(500), STALE, GOOD, status(500)], "b": [GOOD]}
    stage = Stage(acts, limits=limits, way=way)
    await stage.ask()
    stage.routing._budget._balance = 0.0  # noqa: SLF001 - others have taken the retries

    await stage.ask()

    assert stage.results == ["a stale", "a ok"]


async def test_it_says_nothing_of_the_deployment() -> None:
    """However often it happens, no breaker opens for it."""
    stage = Stage({"a": [STALE, GOOD] * 30})

    for _ in range(30):
        await stage.ask()

    assert stage.routing.states() == {"a": False}


async def test_a_second_time_others_are_asked() -> None:
    """Each deployment is asked anew once; then it is a miss like any other, and bounded."""
    limits = RoutingLimits(max_attempts=2)
    both = Stage({"a": [STALE], "b": [STALE, GOOD]}, limits=limits)
    for_ever = Stage({"a": [STALE], "b": [STALE]}, limits=limits)

    await both.ask()
    with pytest.raises(UpstreamFailed):
        await for_ever.ask()

    assert both.results == ["a stale", "a stale", "b stale", "b ok"]
    assert for_ever.results == ["a stale", "a stale", "b stale", "b stale"]


async def test_what_happens_on_the_new_connection_counts() -> None:
    """A failure there is one: others are asked, as ever."""
    stage = Stage({"a": [STALE, status(500)], "b": [GOOD]})

    await stage.ask()

    assert stage.results == ["a stale", "a http_500", "b ok"]


async def test_the_client_is_told_what_came_of_the_others() -> None:
    """A rate limit, or a silence, behind a stale connection is still one."""
    with pytest.raises(UpstreamRateLimited):
        await Stage({"a": [STALE, status(429)]}, limits=RoutingLimits(max_attempts=1)).ask()
    with pytest.raises(UpstreamTimeout):
        await Stage({"a": [STALE, TIMEOUT]}, limits=RoutingLimits(max_attempts=1)).ask()


async def test_every_gate_is_passed_again() -> None:
    """Whoever is no longer lawful by then is not asked again."""
    stage = Stage({"a": [STALE, GOOD], "b": [GOOD]})
    asked = stage.providers.sent

    class Law(set[str]):
        """Holds until somebody was asked."""

        def __contains__(self, name: object) -> bool:
            return name == "a" and bool(asked)

    stage.unlawful = Law()
    await stage.ask()

    assert stage.results == ["a stale", "b ok"]


async def test_what_may_be_done_once_only_is_not_sent_again() -> None:
    """The peer may have read it before it closed the connection."""
    stage = Stage({"a": [STALE, GOOD], "b": [GOOD]})

    with pytest.raises(UpstreamFailed):
        await stage.ask(once=True)

    assert stage.results == ["a stale"]


@pytest.mark.parametrize(
    ("miss", "costs"), [(STALE, True), (TIMEOUT, True), (CONNECT, False), (status(503), False)]
)
async def test_what_may_have_been_read_is_estimated(miss: Act, *, costs: bool) -> None:
    """And marked as that, beside what the answer cost; what was not sent, or refused, is free."""
    stage = Stage({"a": [miss, GOOD], "b": [GOOD]})

    await stage.ask()

    assert bool(stage.record.journal.estimated_nano) == costs
    assert stage.record.journal.cost_usd is not None


async def test_beside_another_attempt_it_is_the_same() -> None:
    """A request that may be sent to two at once goes on with a new connection, too."""
    stage = Stage({"a": [STALE, GOOD], "b": [GOOD]}, way=Way(hedge_after_s=60.0))

    await stage.ask()

    assert stage.results == ["a stale", "a ok"]


async def test_a_full_pool_sends_requests_elsewhere_and_opens_no_breaker() -> None:
    """That all our connections are in use is not the provider's failure."""
    stage = Stage({"a": [CROWDED], "b": [GOOD]})
    failing = Stage({"a": [CONNECT], "b": [GOOD]})

    for _ in range(30):
        await stage.ask()
        await failing.ask()

    assert stage.results == ["a connect", "b ok"]
    assert stage.routing.states()["a"] is False
    assert failing.routing.states()["a"] is True
