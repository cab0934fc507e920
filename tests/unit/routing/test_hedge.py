"""Two attempts at once: who is asked, who is read, and what the journal says of both."""

import asyncio
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from guardrail_gw.core.allowance import Budget, Every
from guardrail_gw.core.exchange import Journal, Redacted
from guardrail_gw.core.feature import Feature
from guardrail_gw.core.kept import Kept
from guardrail_gw.core.way import Way
from guardrail_gw.errors import UpstreamFailed, UpstreamRefused
from guardrail_gw.routing import verdict
from guardrail_gw.routing.accounts import Accounts
from guardrail_gw.routing.attempt import Sending
from guardrail_gw.routing.hedge import Hedge, may_hedge
from guardrail_gw.routing.search import RoutingLimits
from guardrail_gw.routing.verdict import Miss
from tests.support.routing_world import (
    CONNECT,
    DONE,
    GOOD,
    Act,
    OwnClock,
    Stage,
    deployment,
    recorded,
    status,
)
from tests.support.shaky import Shaky

SILENT = Act(pieces=(b"L",), ends="hangs")
_DOLLARS = Budget(
    id="all",
    limit=10**12,
    is_money=True,
    every=Every.MONTH,
    zone=ZoneInfo("UTC"),
)
SOON = Way(hedge_after_s=0.01)


async def test_a_second_one_is_asked_when_the_first_says_nothing() -> None:
    """The one with content is read; the other is left, noted, and its connection closed."""
    stage = Stage({"a": [SILENT], "b": [GOOD]}, way=SOON)

    assert (await stage.ask())[-1] is DONE

    assert sorted(stage.results) == ["a cancelled", "b ok"]
    assert stage.record.journal.deployment == "b"
    assert sorted(stage.providers.left) == ["a", "b"]
    assert stage.routing.states() == {"a": False, "b": False}
    assert stage.record.journal.estimated_nano > 0


async def test_who_answers_in_time_is_alone() -> None:
    """Nobody else is asked."""
    stage = Stage({"a": [GOOD], "b": [GOOD]}, way=Way(hedge_after_s=30.0))

    await stage.ask()

    assert stage.providers.asked == ["a"]


async def test_every_gate_is_passed_by_the_second_one() -> None:
    """Who is no longer lawful is not asked, nor is anybody beyond the bound of attempts."""
    unlawful = Stage({"a": [SILENT], "b": [GOOD]}, way=SOON, unlawful={"b"})
    bounded = Stage({"a": [SILENT], "b": [GOOD]}, RoutingLimits(max_attempts=1), way=SOON)
    for stage in (unlawful, bounded):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await stage.ask()

        assert stage.providers.asked == ["a"]
        assert stage.results == ["a cancelled"]


async def test_a_second_one_that_fails_leaves_the_first_alone() -> None:
    """And the other way round; when both fail the search goes on."""
    late = Act(pieces=(b"L", b"C", b"D"))
    stage = Stage({"a": [SILENT], "b": [status(500), GOOD], "c": [late]}, way=SOON)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await stage.ask()
    assert sorted(stage.results) == ["a cancelled", "b http_500"]

    failing = Stage({"a": [CONNECT], "b": [GOOD]}, way=SOON)
    await failing.ask()
    assert failing.results == ["a connect", "b ok"]


async def test_a_refusal_ends_both() -> None:
    """What one provider refuses the other would refuse, too."""
    stage = Stage({"a": [SILENT], "b": [status(400)]}, way=SOON)

    with pytest.raises(UpstreamRefused):
        await stage.ask()

    assert sorted(stage.results) == ["a cancelled", "b http_400"]


async def test_a_second_one_that_nobody_can_count_leaves_the_first_alone() -> None:
    """Its budget cannot be asked; that of the first one was."""
    clock = OwnClock()
    counters = Shaky(clock)
    counters.room = 1
    accounts = Accounts(
        counters=counters,
        budgets=[_DOLLARS],
        rates=[],
        clock=clock,
        label=str,
    )
    stage = Stage({"a": [SILENT], "b": [GOOD]}, way=SOON, clock=clock, accounts=accounts)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await stage.ask()

    assert counters.is_down
    assert stage.providers.asked == ["a"]


async def test_hedges_do_not_multiply_an_outage() -> None:
    """They are taken from the retry budget."""
    limits = RoutingLimits(max_attempts=2)
    limits = replace(limits, retries=replace(limits.retries, share=0.0, per_s=0.0, most=1.0))
    stage = Stage({"a": [SILENT], "b": [GOOD]}, limits, way=SOON)
    await stage.ask()
    with pytest.raises((TimeoutError, UpstreamFailed)):
        async with asyncio.timeout(0.1):
            await stage.ask()

    assert stage.providers.asked == ["a", "b", "a"]


def request() -> Redacted:
    """A stream that leaves nothing."""
    return recorded([deployment("a")], stream=True).placed.redacted


def test_only_what_leaves_nothing_at_a_provider_is_asked_twice() -> None:
    """What is stored, made, or run there would be so twice."""
    plain = request()
    question = plain.inbound.question
    others = [
        replace(question, stream=False),
        replace(question, once=True),
        replace(question, makes=Kept.FILE),
        replace(question, makes=Kept.BATCH),
        replace(question, features={Feature.HOSTED_TOOLS: "/tools"}),
    ]

    assert may_hedge(plain)
    assert not may_hedge(replace(plain, stored=True))
    for other in others:
        assert not may_hedge(replace(plain, inbound=replace(plain.inbound, question=other)))


async def test_who_misses_while_the_other_answers_has_missed() -> None:
    """In the same moment: it is no attempt that was left, which would be paid by estimate."""
    stage, both = Stage({"a": [GOOD], "b": [CONNECT]}), asyncio.Event()
    search = stage.routing._search(recorded(stage.lawful, stream=True).placed, Journal())  # noqa: SLF001 - for two attempts
    first, second = (stage.routing._sending(search, each) for each in stage.lawful)  # noqa: SLF001 - ditto
    told: list[tuple[str, Sending]] = []

    async def opened(sending: Sending) -> Miss | None:
        await both.wait()
        return None if sending is first else verdict.CONNECT

    async def beside() -> Sending:
        asyncio.get_running_loop().call_later(0.01, both.set)
        return second

    async def missed(sending: Sending, _: Miss) -> None:
        told.append(("missed", sending))

    async def left(sending: Sending) -> None:
        told.append(("left", sending))

    hedge = Hedge(after_s=0.0, open=opened, beside=beside, missed=missed, left=left)

    assert await hedge.opened(first) == (first, None)

    assert told == [("missed", second)]
