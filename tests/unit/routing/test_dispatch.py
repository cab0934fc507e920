"""The attempt loop: who is asked, how often, for how long, and what the journal says of it."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from random import Random  # noqa: TID251 - seeded, so that a failure repeats
from typing import cast

import pytest
from hypothesis import given, settings, strategies as st

from guardrail_gw.core.ports import Dialect
from guardrail_gw.errors import (
    NoLawfulUpstream,
    NotTranslatable,
    Refusal,
    UpstreamFailed,
    UpstreamRefused,
    UpstreamTimeout,
)
from guardrail_gw.routing.breaker import BreakerLimits
from guardrail_gw.routing.dispatch import Routing
from guardrail_gw.routing.search import RoutingLimits
from guardrail_gw.upstreams.credentials import Credentials
from guardrail_gw.upstreams.http import HttpUpstream
from guardrail_gw.upstreams.timeouts import Timeouts
from tests.support.routing_world import (
    CONNECT,
    CONTENT,
    DONE,
    GOOD,
    LIFE,
    NEVER_OK,
    STREAM,
    USAGE,
    WHOLE,
    Act,
    LetterDialect,
    OwnClock,
    Stage,
    deployment,
    recorded,
    status,
)

FAILING = [
    *NEVER_OK,
    status(429, retry_after="3"),
    status(503, retry_after="900"),
    Act(pieces=(b"L", b"E")),
    Act(pieces=(b"E", b"C", b"D")),
    Act(pieces=(b"L",), ends="cut"),
    Act(pieces=(b"L",), ends="idle"),
    Act(pieces=(b"?",)),
    Act(pieces=()),
]
ANY = [GOOD, *FAILING, status(400), Act(pieces=(b"LC",), ends="cut"), Act(pieces=(b"CE",))]


async def test_the_cheapest_answers_and_the_journal_says_so() -> None:
    """One attempt, its digest, the usage and its exact cost are noted before the stream is over."""
    stage = Stage({"cheap": [GOOD], "dear": [GOOD]})

    assert await stage.ask() == [LIFE, CONTENT, CONTENT, USAGE, DONE]

    journal, body = stage.record.journal, b'{"model":"model-of-cheap"}'
    assert stage.providers.sent == [("cheap", body)]
    assert stage.results == ["cheap ok"]
    assert journal.attempts[0].sent_sha256 == hashlib.sha256(body).hexdigest()
    assert (journal.deployment, journal.cost_usd, journal.finish) == ("cheap", "0.00011", "stop")
    assert journal.provider_request_id == "from-the-body"


@pytest.mark.parametrize("bad", FAILING, ids=repr)
async def test_what_fails_before_content_is_tried_elsewhere(bad: Act) -> None:
    """Nothing of a failed attempt is passed on, not even its lifecycle events."""
    stage = Stage({"a": [bad], "b": [GOOD]})

    assert await stage.ask() == [LIFE, CONTENT, CONTENT, USAGE, DONE]
    assert stage.record.journal.deployment == "b"
    assert stage.providers.asked[-1] == "b"


@pytest.mark.parametrize("code", [400, 404, 413, 422])
async def test_a_refusal_is_passed_on_without_its_text(code: int) -> None:
    """The status and plain code words stay; nothing else of what the provider wrote does."""
    body = b'{"error":{"message":"Erika Mustermann","code":"context_length_exceeded","type":"E M"}}'
    stage = Stage({"a": [status(code, body)], "b": [GOOD]})

    with pytest.raises(UpstreamRefused) as caught:
        await stage.ask()

    assert caught.value.status == code
    assert caught.value.facts["provider_code"] == "context_length_exceeded"
    assert "provider_type" not in caught.value.facts
    assert "Erika" not in f"{caught.value!r} {caught.value.facts} {caught.value.__cause__}"
    assert stage.results == [f"a http_{code}"]


@pytest.mark.parametrize("code", [401, 403])
async def test_a_key_that_is_not_taken_is_our_trouble(code: int) -> None:
    """The client never sees the provider's 401; the deployment is left alone at once."""
    stage = Stage({"a": [status(code)]})

    with pytest.raises(UpstreamFailed) as caught:
        await stage.ask()

    assert caught.value.status == 502
    assert stage.providers.asked == ["a"]
    assert stage.routing.states() == {"a": True}


async def test_everybody_is_asked_before_anybody_is_asked_again() -> None:
    """The first retry goes elsewhere at once; whoever is asked again is waited for."""
    two, three = Stage({"a": [CONNECT], "b": [CONNECT]}), Stage({n: [CONNECT] for n in "abc"})
    for stage in (two, three):
        with pytest.raises(UpstreamFailed):
            await stage.ask()

    assert two.providers.asked[:2] == ["a", "b"]
    assert len(two.providers.asked) == 3
    assert len(two.clock.slept) <= 1
    assert three.providers.asked == ["a", "b", "c"]
    assert three.clock.slept == []


async def test_who_waits_least_is_asked_again_first() -> None:
    """Of two that failed, the one that asked for the shorter pause."""
    acts = {"a": [status(429, retry_after="9")], "b": [status(429, retry_after="3"), GOOD]}
    stage = Stage(acts)

    await stage.ask()

    assert stage.providers.asked == ["a", "b", "b"]
    assert 3.0 <= stage.clock.slept[0] < 9.0


async def test_retry_after_is_honoured_and_capped() -> None:
    """A short pause is waited for when nobody else is there; a long one is not."""
    short = Stage({"a": [status(429, retry_after="3"), GOOD]})
    long = Stage({"a": [status(429, retry_after="21"), GOOD]})

    await short.ask()
    with pytest.raises(UpstreamFailed) as caught:
        await long.ask()

    assert short.clock.slept[0] >= 3.0
    assert long.clock.slept == []
    assert caught.value.retry_after_s == pytest.approx(21.0)


async def test_nobody_waits_past_the_deadline() -> None:
    """A pause that would end too late is not begun."""
    stage = Stage({"a": [status(429, retry_after="10"), GOOD]}, RoutingLimits(deadline_s=5.0))

    with pytest.raises(UpstreamFailed):
        await stage.ask()

    assert stage.clock.slept == []


async def test_a_breaker_that_opens_meanwhile_ends_the_tries() -> None:
    """Health is looked at again before each attempt, not only when the plan is made."""
    limits = RoutingLimits(breaker=BreakerLimits(consecutive=1))
    stage = Stage({"a": [CONNECT], "b": [GOOD]}, limits)

    await stage.ask()

    assert stage.providers.asked == ["a", "b"]


async def test_what_was_made_ahead_is_what_is_sent() -> None:
    """The work is done before the record is there, and the bytes are the same."""
    stage = Stage({"a": [GOOD, GOOD]})
    record = recorded(stage.lawful, stream=True)
    ahead = await stage.routing.ahead(record.placed, record.journal)

    made_before = ahead.is_made
    ahead.make()
    asked_before = list(stage.providers.asked)
    async with stage.routing.dispatch(record, ahead) as reply:
        made = [event.kind async for event in reply.events]

    assert (made_before, ahead.is_made) == (False, True)
    assert asked_before == []
    assert made == await stage.ask()
    assert record.journal.attempts[0].sent_sha256 == stage.record.journal.attempts[0].sent_sha256


async def test_what_was_made_ahead_serves_its_own_request_alone() -> None:
    """For another request, and where nothing was made, the work is done when it is sent."""
    stage = Stage({"a": [GOOD, GOOD]})
    other, record = (recorded(stage.lawful, stream=True) for _ in range(2))
    ahead = await stage.routing.ahead(other.placed, other.journal)
    idle = await stage.routing.ahead(record.placed, record.journal)

    ahead.make()
    for each in (ahead, idle):
        async with stage.routing.dispatch(record, each) as reply:
            assert [event.kind async for event in reply.events][-1] is DONE

    assert other.journal.attempts == []
    assert len(record.journal.attempts) == 2


async def test_what_was_made_ahead_is_looked_at_again_when_it_is_sent() -> None:
    """A deployment that is no longer lawful by then is not asked."""
    stage = Stage({"a": [GOOD], "b": [GOOD]})
    record = recorded(stage.lawful, stream=True)
    ahead = await stage.routing.ahead(record.placed, record.journal)
    ahead.make()
    stage.unlawful.add("a")

    async with stage.routing.dispatch(record, ahead) as reply:
        assert reply.deployment.id == "b"

    assert stage.providers.asked == ["b"]


async def test_a_probe_has_done_its_work_when_its_answer_begins() -> None:
    """Others need not wait for the end of a long stream."""
    limits = RoutingLimits(breaker=BreakerLimits(consecutive=1), max_attempts=1)
    stage = Stage({"a": [CONNECT, GOOD]}, limits)
    with pytest.raises(UpstreamFailed):
        await stage.ask()
    stage.clock.at_s += 10.0

    async with stage.routing.dispatch(recorded(stage.lawful, stream=True)):
        assert stage.routing.states() == {"a": False}
        assert (await stage.ask())[-1] is DONE


async def test_a_pause_sends_the_request_elsewhere_at_once() -> None:
    """While another deployment may be idle nobody waits; the paused one is left alone by all."""
    stage = Stage({"a": [status(429, retry_after="9")], "b": [GOOD]})

    await stage.ask()
    await stage.ask()

    assert stage.clock.slept == []
    assert stage.providers.asked == ["a", "b", "b"]
    assert stage.routing.states()["a"] is False  # a pause is no failure


async def test_x_should_retry_is_obeyed() -> None:
    """`false` says that nobody is to ask again, `true` makes another status retryable."""
    no = Stage({"a": [status(503, x_should_retry="false"), GOOD]})
    yes = Stage({"a": [status(418, x_should_retry="true"), GOOD]})
    with pytest.raises(UpstreamFailed):
        await no.ask()
    await yes.ask()

    assert no.providers.asked == ["a"]
    assert yes.providers.asked == ["a", "a"]


async def test_the_deadline_bounds_attempts_and_waits() -> None:
    """When time is up, nobody else is asked, and no wait goes past the end."""
    slow = Act(ends="timeout", takes_s=6.0)
    stage = Stage({"a": [slow], "b": [slow], "c": [slow]}, RoutingLimits(deadline_s=10.0))

    with pytest.raises(UpstreamTimeout):
        await stage.ask()

    assert stage.providers.asked == ["a", "b"]


async def test_each_attempt_says_how_long_it_was_given() -> None:
    """What its own bound and the rest of the deadline come to, whatever became of it."""
    slow = Act(ends="timeout", takes_s=6.0)
    acts = {"a": [slow], "b": [status(500)], "c": [GOOD]}
    limits = RoutingLimits(deadline_s=10.0, first_token_s=7.0)
    streamed, whole = Stage(acts, limits), Stage({**acts, "c": [WHOLE]}, limits)

    await streamed.ask()
    await whole.ask(stream=False)

    for stage, wanted in ((streamed, [7.0, 4.0, 4.0]), (whole, [10.0, 4.0, 4.0])):
        attempts = stage.record.journal.attempts
        assert [(a.patience_us or 0) / 1e6 for a in attempts] == wanted


async def test_who_has_no_time_left_was_given_none() -> None:
    """Time that passed between the gates and the attempt is no less than nothing."""
    stage = Stage({"a": [GOOD]}, RoutingLimits(deadline_s=10.0))
    record = recorded(stage.lawful, stream=True)
    search = stage.routing._search(record.placed, record.journal)  # noqa: SLF001 - for its attempt
    sending = stage.routing._sending(search, stage.lawful[0])  # noqa: SLF001 - ditto
    stage.clock.at_s += 11.0

    await sending.open()
    await sending.close()

    assert [attempt.patience_us for attempt in record.journal.attempts] == [0]


async def test_a_hanging_answer_ends_at_the_deadline() -> None:
    """Also in real time: an answer that never begins is a timeout."""
    hangs = Act(pieces=(b"L",), ends="hangs")
    stage = Stage({"a": [hangs]}, RoutingLimits(deadline_s=0.05, max_attempts=1))

    with pytest.raises(UpstreamTimeout):
        await stage.ask()

    assert stage.results == ["a timeout"]


async def test_a_stream_that_does_not_begin_is_left() -> None:
    """Each attempt has a time of its own until content; a head and a role are none."""
    hangs = Act(pieces=(b"L",), ends="hangs")
    stage = Stage({"a": [hangs], "b": [GOOD]}, RoutingLimits(first_token_s=0.05))

    assert (await stage.ask())[-1] is DONE
    assert stage.results == ["a timeout", "b ok"]


async def test_an_answer_has_an_end_in_time() -> None:
    """One that has begun, and goes on for ever, ends as a timeout."""
    hangs = Act(pieces=(b"L", b"C"), ends="hangs")
    stage = Stage({"a": [hangs]}, RoutingLimits(total_s=0.05))

    with pytest.raises(UpstreamTimeout):
        await stage.ask()

    assert stage.results == ["a timeout"]


async def test_a_rate_that_is_used_up_is_a_pause() -> None:
    """A 429 that names no pause is left alone until its rate begins anew."""
    used = status(429, x_ratelimit_remaining_tokens="0", x_ratelimit_reset_tokens="3s")
    stage = Stage({"a": [used, GOOD]})

    await stage.ask()

    assert 3.0 <= stage.clock.slept[0] < 4.0


async def test_what_is_no_longer_lawful_is_not_asked() -> None:
    """The gate is passed again at every attempt; with nobody left, no socket is opened."""
    stage = Stage({"a": [GOOD], "b": [GOOD]}, unlawful={"a"})
    none = Stage({"a": [GOOD], "b": [GOOD]}, unlawful={"a", "b"})

    await stage.ask()
    with pytest.raises(NoLawfulUpstream):
        await none.ask()

    assert stage.providers.asked == ["b"]
    assert none.providers.asked == []


async def test_another_dialect_is_not_spoken() -> None:
    """A deployment whose dialect is not the request's is left out, not sent something foreign."""
    stage = Stage({"a": [GOOD]})
    stage.lawful = [deployment("a", dialect="other")]

    with pytest.raises(NotTranslatable) as caught:
        await stage.ask()

    assert stage.providers.asked == []
    assert caught.value.facts["rejected"][0]["reason"] == "routing.dialect"


async def test_a_second_dialect_is_spoken() -> None:
    """A deployment that answers in several dialects is asked in each of them."""
    stage = Stage({"a": [GOOD]})
    other = deployment("a", dialect="other")
    stage.lawful = [replace(other, also_speaks=frozenset({"letters"}))]

    await stage.ask()

    assert stage.providers.asked == ["a"]


async def test_when_all_are_out_the_answer_is_quick() -> None:
    """With every breaker open nobody is asked and the client learns when to come back."""
    stage = Stage({"a": [CONNECT]}, RoutingLimits(max_attempts=5))
    with pytest.raises(UpstreamFailed):
        await stage.ask()
    asked = len(stage.providers.sent)

    with pytest.raises(UpstreamFailed) as caught:
        await stage.ask()

    assert len(stage.providers.sent) == asked == 5
    assert caught.value.retry_after_s == pytest.approx(10.0, abs=0.5)
    assert caught.value.facts["rejected"][0]["reason"] == "routing.breaker_open"


@pytest.mark.parametrize(
    ("acts", "code"),
    [
        ({"a": [status(429, retry_after="30")]}, "upstream.rate_limited"),
        ({"a": [status(529, retry_after="30")]}, "upstream.overloaded"),
        (
            {"a": [status(429, retry_after="30")], "b": [status(529, retry_after="40")]},
            "upstream.overloaded",
        ),
        ({"a": [status(429, retry_after="30")], "b": [CONNECT]}, "upstream.failed"),
    ],
)
async def test_a_pause_is_told_for_what_it_was_asked_for(
    acts: dict[str, list[Act]], code: str
) -> None:
    """Who comes while all are left alone as they asked is told what the first was told."""
    stage = Stage(acts, RoutingLimits(breaker=BreakerLimits(consecutive=1)))
    with pytest.raises(UpstreamFailed):
        await stage.ask()
    asked = len(stage.providers.sent)

    with pytest.raises(UpstreamFailed) as caught:
        await stage.ask()

    assert len(stage.providers.sent) == asked
    assert caught.value.code == code
    assert caught.value.retry_after_s


async def test_a_probe_brings_a_deployment_back() -> None:
    """After its pause one request is let in; when it is answered, all are."""
    stage = Stage({"a": [CONNECT] * 5 + [GOOD]}, RoutingLimits(max_attempts=5))
    with pytest.raises(UpstreamFailed):
        await stage.ask()
    stage.clock.at_s += 10.0

    assert (await stage.ask())[-1] is DONE
    assert stage.routing.states() == {"a": False}


async def test_retries_do_not_multiply_an_outage() -> None:
    """When everything fails, attempts beyond the first are bounded by the retry budget."""
    stage = Stage({n: [status(429)] for n in "abc"})
    for _ in range(200):
        with pytest.raises(UpstreamFailed):
            await stage.ask()

    extra = len(stage.providers.sent) - 200
    first_looks = 2  # nothing was known of the other two
    assert 0 < extra <= 30 + 0.2 * 200 + 1 + first_looks


ACTS = st.lists(st.sampled_from(ANY), min_size=1, max_size=4)


@settings(max_examples=150)
@given(
    plays=st.lists(ACTS, min_size=1, max_size=4),
    stream=st.booleans(),
    unlawful=st.sets(st.sampled_from("abcd")),
    most=st.integers(1, 6),
    seed=st.integers(0, 9),
)
def test_the_laws_of_attempts(
    *,
    plays: Sequence[Sequence[Act]],
    stream: bool,
    unlawful: set[str],
    most: int,
    seed: int,
) -> None:
    """Only lawful ones, never more than the bound, in time, each send noted once and closed."""
    acts = {**dict(zip("abcd", plays, strict=False)), "abroad": [GOOD]}
    stage = Stage(acts, RoutingLimits(max_attempts=most, deadline_s=15.0), seed, unlawful)
    stage.lawful = [d for d in stage.lawful if d.id != "abroad"]
    start_s = stage.clock.at_s

    failed = asyncio.run(_faults(stage, stream=stream))

    sent = stage.providers.asked
    assert set(sent) <= set(stage.acts) - unlawful - {"abroad"}
    assert len(sent) <= most
    assert stage.clock.at_s - start_s <= 15.0
    assert [a.deployment for a in stage.record.journal.attempts] == sent
    assert failed or stage.results[-1].endswith(" ok")


async def _faults(stage: Stage, *, stream: bool) -> bool:
    try:
        await stage.ask(stream=stream)
    except Refusal:
        return True
    return False


async def test_over_a_real_socket() -> None:
    """Routing and the HTTP edge together: the first port is closed, the second answers."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = b"".join(STREAM)
        writer.write(
            b"HTTP/1.1 200 OK\r\nx-request-id: req_7\r\ncontent-length: %d\r\n\r\n" % len(body)
        )
        writer.write(body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    dead, alive = deployment("dead", "1"), deployment("alive", "2")
    alive = replace(alive, base_url=f"http://127.0.0.1:{port}")
    record = recorded([dead, alive], stream=True)
    timeouts = Timeouts(connect_s=1.0, first_byte_s=1.0, idle_s=1.0)

    async with server, HttpUpstream(timeouts, Credentials({}), OwnClock()) as upstream:
        routing = Routing(
            upstream=upstream,
            dialects={"letters": cast("Dialect", LetterDialect())},
            clock=OwnClock(),
            still_lawful=lambda placed, d: d in placed.lawful,
            limits=RoutingLimits(),
            jitter=Random(0),  # noqa: S311 - repeatable
        )
        async with routing.dispatch(record) as reply:
            kinds = [event.kind async for event in reply.events]

    assert kinds[-1] is DONE
    assert [a.result for a in record.journal.attempts] == ["connect", "ok"]
    assert record.journal.provider_request_id == "req_7"


@pytest.mark.parametrize(
    ("first", "results"),
    [
        (CONNECT, ["a connect", "b ok"]),
        (status(429), ["a http_429", "b ok"]),
        (status(500), ["a http_500"]),
        (Act(pieces=(b"L",), ends="idle"), ["a timeout"]),
        (Act(pieces=(b"?",)), ["a malformed"]),
    ],
    ids=["connect", "429", "500", "idle", "malformed"],
)
async def test_what_is_done_once_is_sent_on_only_where_it_was_not_done(
    first: Act, results: list[str]
) -> None:
    """Whoever took it and said nothing may have done it: nobody is asked a second time."""
    stage = Stage({"a": [first, GOOD], "b": [GOOD]})

    if len(results) == 1:
        with pytest.raises((UpstreamFailed, UpstreamTimeout)):
            await stage.ask(once=True)
    else:
        await stage.ask(once=True)

    assert stage.results == results
