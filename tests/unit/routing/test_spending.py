"""What an exchange takes, and when; what files and batches may cost."""

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from guardrail_gw.core.allowance import Asked, Budget, Every, Rate
from guardrail_gw.core.exchange import Envelope
from guardrail_gw.core.kept import Kept
from guardrail_gw.routing.accounts import Accounts
from guardrail_gw.routing.spending import Guess, Spending
from tests.support.routing_world import OwnClock, deployment, recorded
from tests.support.shaky import Shaky


def guess(envelope: Envelope, makes: Kept = Kept.FILE) -> Guess:
    """Of a request with such a body."""
    redacted = recorded([deployment("a")], stream=False).placed.redacted
    question = replace(redacted.inbound.question, dialect="openai_files", makes=makes)
    inbound = replace(redacted.inbound, question=question)
    return Guess(replace(redacted, inbound=inbound, envelope=envelope), "/files", {})


def test_a_batch_may_cost_what_all_its_requests_may() -> None:
    """Every piece of the body is read, and each request is answered."""
    one = Envelope(before=b"x" * 400, after=b"y" * 400, lines=("a",))
    three = replace(one, between=(b"z" * 400,) * 2, lines=("a", "b", "c"))

    small, large = (guess(each).with_most(100) for each in (one, three))

    assert (small.written, large.written) == (100, 300)
    assert large.read > small.read


@pytest.mark.parametrize("makes", [Kept.FILE, Kept.BATCH])
def test_what_is_only_kept_costs_nothing(makes: Kept) -> None:
    """Nobody answers it, however long it is."""
    made = guess(Envelope(before=b"x" * 4000, after=b"", names_model=False), makes)

    assert (made.with_most(100).read, made.with_most(100).written) == (0, 0)


class Paying:
    """One exchange that a budget and a rate count."""

    def __init__(self) -> None:
        clock = OwnClock()
        month = Budget(id="m", limit=10**9, is_money=True, every=Every.MONTH, zone=ZoneInfo("UTC"))
        self.counters = Shaky(clock)
        self.accounts = Accounts(
            counters=self.counters,
            budgets=[month],
            rates=[Rate(id="slot", concurrent=1)],
            clock=clock,
            label=str,
        )
        whole = recorded([deployment("a"), deployment("b", "3")], stream=False)
        self.redacted = whole.placed.redacted
        self.journal = whole.journal
        self.spending = Spending(self.accounts, Guess(self.redacted, "/chat", {}), whole.journal)

    async def used(self) -> int:
        """Of the budget."""
        inbound = self.redacted.inbound
        asked = Asked(principal=inbound.principal, endpoint="letters", model="m")
        return (await self.accounts.used(asked))["m"]


async def test_the_first_attempt_is_paid_for_on_entering() -> None:
    """The store is asked once, and once more for each that leaves."""
    paying = Paying()
    await paying.spending.enter(deployment("a"))
    reserved = await paying.used()
    asked = paying.counters.asked

    assert await paying.spending.attempt(deployment("a")) is None
    assert paying.counters.asked == asked
    assert reserved == await paying.used() > 0
    await paying.spending.missed(deployment("a"), "connect")

    assert await paying.used() == 0
    assert await paying.spending.attempt(deployment("a")) is None
    assert await paying.used() == reserved


@pytest.mark.parametrize(
    ("result", "is_estimated"),
    [("stale", True), ("timeout", True), ("connect", False), ("http_503", False)],
)
async def test_what_may_have_been_read_is_paid_as_an_estimate(
    result: str, *, is_estimated: bool
) -> None:
    """What was read at least, marked as an estimate; nothing of what was not sent, or refused."""
    paying = Paying()
    await paying.spending.enter(deployment("a"))
    await paying.spending.attempt(deployment("a"))
    reserved = await paying.used()

    await paying.spending.missed(deployment("a"), result)

    assert (0 < await paying.used() < reserved) is is_estimated
    assert paying.journal.estimated_nano == await paying.used()


@pytest.mark.parametrize("has_cheaper", [False, True])
async def test_a_model_with_cheaper_ones_is_paid_for_on_entering_too(*, has_cheaper: bool) -> None:
    """What was taken ahead holds only for an attempt that is asked for alike."""
    paying = Paying()
    await paying.spending.enter(deployment("a"), has_cheaper=True)
    asked = paying.counters.asked

    assert await paying.spending.attempt(deployment("a"), has_cheaper=has_cheaper) is None
    assert (paying.counters.asked == asked) is has_cheaper


async def test_what_was_taken_for_somebody_else_is_given_back() -> None:
    """The first one is out by the time; the one that is asked in its place costs three times it."""
    paying = Paying()
    await paying.spending.enter(deployment("a"))
    reserved = await paying.used()

    assert await paying.spending.attempt(deployment("b", "3")) is None

    assert await paying.used() == 3 * reserved > 0


async def test_who_asks_nobody_after_all_gives_everything_back() -> None:
    """What was reserved, and the caller's place."""
    paying = Paying()
    await paying.spending.enter(deployment("a"))

    await paying.spending.leave()

    assert await paying.used() == 0
    await paying.spending.enter(deployment("a"))
    assert await paying.used() > 0


async def test_another_model_is_another_attempt() -> None:
    """Budgets may count models apart."""
    paying = Paying()
    await paying.spending.enter(deployment("a"))
    before = paying.counters.asked

    assert await paying.spending.attempt(deployment("a"), "other") is None

    assert paying.counters.asked > before
