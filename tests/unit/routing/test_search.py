"""Which other models are asked: each by what stood in the way, and none by what it is not for."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from guardrail_gw.core.fallback import BY_DEFAULT, Cause, Fallback
from guardrail_gw.errors import Refusal, UpstreamFailed, UpstreamRefused
from guardrail_gw.routing.search import RoutingLimits
from tests.support.routing_world import GOOD, Act, Stage, recorded, status

TOO_LONG = status(400, b'{"error":{"code":"context_length_exceeded"}}')
FILTERED = status(400, b'{"error":{"code":"content_filter"}}')
WRONG = status(400, b'{"error":{"code":"invalid_value"}}')
BROKEN = status(500)
UNFIT, ERROR, RATE, CONTENT = Cause.UNFIT, Cause.ERROR, Cause.RATE_LIMIT, Cause.CONTENT_POLICY


async def asked(first: Act, *others: tuple[Act, Sequence[Cause]]) -> tuple[str, Refusal | None]:
    """Who was asked, by number of the model, and what the client is told if nobody answered."""
    acts = {"0": [first], **{str(n): [act] for n, (act, _) in enumerate(others, 1)}}
    stage = Stage(acts, RoutingLimits(max_attempts=1))
    lawful = {each.id: each for each in stage.lawful}
    fallbacks = tuple(
        Fallback(model=f"m{n}", on=frozenset(on), lawful=(lawful[str(n)],))
        for n, (_, on) in enumerate(others, 1)
    )
    record = recorded([lawful["0"]], stream=True)
    placed = replace(record.placed, fallbacks=fallbacks)
    try:
        async with stage.routing.dispatch(replace(record, placed=placed)) as reply:
            async for _ in reply.events:
                pass
    except Refusal as refusal:
        return "".join(stage.providers.asked), refusal
    return "".join(stage.providers.asked), None


async def test_after_a_refusal_what_fails_elsewhere_leads_on_by_its_own_cause() -> None:
    """The request was too long for the first model; the second one failed, and a third is there."""
    served = await asked(TOO_LONG, (BROKEN, [UNFIT]), (GOOD, [ERROR]))

    assert served == ("012", None)


async def test_a_refusal_goes_to_whom_it_is_named_for_whatever_failed_before() -> None:
    """A model that is asked for errors alone is passed over, also when there was one before."""
    assert await asked(TOO_LONG, (GOOD, [ERROR]), (GOOD, [UNFIT])) == ("02", None)
    assert await asked(BROKEN, (TOO_LONG, [ERROR]), (GOOD, [RATE]), (GOOD, [UNFIT])) == (
        "013",
        None,
    )


async def test_a_refusal_is_no_failure() -> None:
    """It does not lead to models that are named for errors, neither now nor later."""
    who, told = await asked(TOO_LONG, (status(429), [UNFIT]), (GOOD, [ERROR]))

    assert who == "01"
    assert isinstance(told, UpstreamRefused)
    assert await asked(TOO_LONG, (status(429), [UNFIT]), (GOOD, [RATE])) == ("012", None)


@pytest.mark.parametrize(
    ("then", "last", "who"),
    [
        (BROKEN, [ERROR], "01"),
        (BROKEN, BY_DEFAULT, "01"),
        (TOO_LONG, [UNFIT], "01"),
        (BROKEN, [ERROR, CONTENT], "012"),
        (BROKEN, [CONTENT], "012"),
        (TOO_LONG, [UNFIT, CONTENT], "012"),
    ],
)
async def test_what_a_filter_refused_goes_only_where_that_is_named(
    then: Act, last: Sequence[Cause], who: str
) -> None:
    """Whatever else stands in the way afterwards: whoever asks elsewhere has to mean it."""
    found, _ = await asked(FILTERED, (then, [CONTENT]), (GOOD, last))

    assert found == who


async def test_without_somebody_for_it_a_refusal_is_told_at_once() -> None:
    """As it came, and nobody else is asked."""
    for refused in (TOO_LONG, FILTERED, WRONG):
        who, told = await asked(refused, (GOOD, [ERROR]), (GOOD, [RATE]))

        assert who == "0"
        assert isinstance(told, UpstreamRefused)


async def test_what_failed_before_still_leads_on() -> None:
    """The first was at a rate and the second failed: whoever is named for rates is asked third."""
    assert await asked(status(429), (BROKEN, [RATE]), (GOOD, [RATE])) == ("012", None)
    who, told = await asked(BROKEN, (BROKEN, [ERROR]), (GOOD, [RATE]))
    assert who == "01"
    assert isinstance(told, UpstreamFailed)
