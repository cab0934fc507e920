"""One attempt, seen by whoever reads its answer: when it counts, and when it is over."""

import asyncio

import pytest

from guardrail_gw.errors import Refusal, UpstreamBroken, UpstreamTimeout
from tests.support.routing_world import (
    CONTENT,
    DONE,
    GOOD,
    LIFE,
    NEVER_OK,
    USAGE,
    WHOLE,
    Act,
    Stage,
    recorded,
)


async def test_the_attempt_is_noted_before_the_end_mark_is_passed_on() -> None:
    """The outcome record is written when the end mark is seen, so the attempt is there by then."""
    stage = Stage({"a": [GOOD]})
    record = recorded(stage.lawful, stream=True)

    async with stage.routing.dispatch(record) as reply:
        async for event in reply.events:
            assert bool(record.journal.attempts) == (event.kind is DONE)


async def test_what_arrived_together_is_ready_and_what_did_not_is_awaited() -> None:
    """Events of the piece that was read are there at once; the next piece must be waited for."""
    stage = Stage({"a": [Act(pieces=(b"LCC", b"UD"))]})

    async with stage.routing.dispatch(recorded(stage.lawful, stream=True)) as reply:
        here = [event and event.kind for event in (reply.ready() for _ in range(4))]
        awaited = await anext(aiter(reply.events))
        behind = reply.ready()

    assert here == [LIFE, CONTENT, CONTENT, None]
    assert (awaited.kind, behind and behind.kind) == (USAGE, DONE)


@pytest.mark.parametrize("bad", [*NEVER_OK, Act(pieces=(b"E",)), Act(pieces=(b"junk",))], ids=repr)
async def test_a_whole_answer_is_read_before_it_is_trusted(bad: Act) -> None:
    """A whole answer that is none is tried elsewhere."""
    stage = Stage({"a": [bad], "b": [WHOLE]})

    assert await stage.ask(stream=False) == [CONTENT]
    assert stage.results[-1] == "b ok"


@pytest.mark.parametrize(
    ("ends", "fault", "result"),
    [
        (Act(pieces=(b"L", b"C"), ends="cut"), UpstreamBroken, "truncated"),
        (Act(pieces=(b"L", b"C")), UpstreamBroken, "truncated"),
        (Act(pieces=(b"LCE",)), UpstreamBroken, "truncated"),
        (Act(pieces=(b"L", b"C", b"?")), UpstreamBroken, "truncated"),
        (Act(pieces=(b"LC?",)), UpstreamBroken, "truncated"),
        (Act(pieces=(b"L", b"C"), ends="idle"), UpstreamTimeout, "timeout"),
    ],
)
async def test_after_content_nothing_is_repeated(
    ends: Act, fault: type[Refusal], result: str
) -> None:
    """A stream that breaks after its first content ends with a fault; nobody else is asked."""
    stage = Stage({"a": [ends], "b": [GOOD]})

    with pytest.raises(fault):
        await stage.ask()

    assert stage.providers.asked == ["a"]
    assert stage.results == [f"a {result}"]


@pytest.mark.parametrize("pieces", [(b"L",), (b"L", b"C")])
async def test_a_client_that_leaves_closes_the_upstream(pieces: tuple[bytes, ...]) -> None:
    """Cancelled before or after commit: the connection closes, the attempt is `cancelled`."""
    stage = Stage({"a": [Act(pieces=pieces, ends="hangs")]})

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await stage.ask()

    assert stage.results == ["a cancelled"]
    assert stage.record.journal.estimated_nano > 0
    assert stage.providers.left == ["a"]
    assert stage.routing.states() == {"a": False}


async def test_a_reader_that_stops_early_closes_the_upstream() -> None:
    """Leaving the context in mid-answer closes the connection too."""
    stage = Stage({"a": [Act(pieces=(b"L", b"C"), ends="hangs")]})
    record = recorded(stage.lawful, stream=True)

    async with stage.routing.dispatch(record) as reply:
        assert (await anext(reply.events)).kind is LIFE

    assert [a.result for a in record.journal.attempts] == ["cancelled"]
    assert stage.providers.left == ["a"]


@pytest.mark.parametrize("ends", ["cut", "idle"])
async def test_a_connection_that_ends_badly_after_the_end_mark_spoils_nothing(ends: str) -> None:
    """A reader that holds its end mark back until the bytes are over has a whole answer."""
    stage = Stage({"a": [Act(pieces=(b"L", b"C", b"H"), ends=ends)]})

    kinds = await stage.ask()

    assert kinds[-1] is DONE
    assert stage.results == ["a ok"]
