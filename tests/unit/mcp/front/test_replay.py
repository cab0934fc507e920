"""What was sent on streams, for those whose connection broke."""

import asyncio
from contextlib import aclosing

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.mcp.front.replay import (
    MAX_EVENTS,
    MAX_UNREAD,
    Kept,
    Pause,
    Said,
    Stream,
    place,
)


async def _read(stream: Stream, after: int = -1, most: int = 10**6) -> list[tuple[str, Said]]:
    found: list[tuple[str, Said]] = []
    async with aclosing(stream.read(after)) as events:
        async for each in events:
            found.append(each)
            if len(found) == most:
                break
    return found


@given(written=st.lists(st.binary(max_size=5), max_size=40), data=st.data())
def test_a_broken_read_that_resumes_loses_and_doubles_nothing(
    written: list[bytes], data: st.DataObject
) -> None:
    """Wherever a connection breaks, both parts are the whole, in order."""
    cut = data.draw(st.integers(0, len(written)))

    async def story() -> list[Said]:
        stream = Stream("1", Kept(1 << 20))
        for each in written:
            await stream.put(each)
        stream.end()
        first = await _read(stream, most=cut) if cut else []
        at = place(first[-1][0]) if first else ("1", -1)
        assert at is not None
        return [each for _, each in first + await _read(stream, at[1])]

    assert asyncio.run(story()) == written


async def test_a_reader_gets_what_is_written_while_it_reads() -> None:
    """And ends with the last event."""
    stream = Stream("1", Kept(1 << 20))

    async with asyncio.TaskGroup() as group:
        reading = group.create_task(_read(stream))
        await asyncio.sleep(0)
        await stream.put(b"a")
        stream.last(b"b")

    assert reading.result() == [("1-0", b"a"), ("1-1", b"b")]


async def test_who_comes_back_reads_on_in_the_place_of_who_was_there() -> None:
    """A connection that broke may not have been noticed yet; nobody gets half of a stream."""
    stream = Stream("1", Kept(1 << 20))
    await stream.put(b"a")
    before = stream.read()
    await anext(before)

    async with asyncio.TaskGroup() as group:
        waiting = group.create_task(_read(stream, 0))
        await asyncio.sleep(0)
        assert [each async for each in before] == []
        stream.last(b"b")

    assert waiting.result() == [("1-1", b"b")]
    assert not stream.is_read


@given(written=st.lists(st.binary(max_size=5), max_size=20), data=st.data())
def test_a_read_that_is_paused_loses_and_doubles_nothing(
    written: list[bytes], data: st.DataObject
) -> None:
    """Wherever pauses are made, what is read between them is the whole, in order."""
    paused = data.draw(st.sets(st.integers(0, len(written))))

    async def story() -> list[Said]:
        stream = Stream("1", Kept(1 << 20))
        async with asyncio.TaskGroup() as group:
            group.create_task(_paused_at(stream, written, paused))
            found = await _read(stream)
            while found and isinstance(found[-1][1], Pause):
                _, after = place(found.pop()[0]) or ("", 0)
                found += await _read(stream, after) or [("", b"")]
        return [said for name, said in found if name]

    assert asyncio.run(story()) == written


async def _paused_at(stream: Stream, written: list[bytes], paused: set[int]) -> None:
    for number in range(len(written) + 1):
        await asyncio.sleep(0)
        if number in paused:
            stream.pause(0.0)
            await asyncio.sleep(0)
        if number < len(written):
            await stream.put(written[number])
    stream.end()


async def test_a_reader_that_is_paused_leaves_with_a_name_to_come_back_with() -> None:
    """It is the last it gets, after all that was written before."""
    stream = Stream("1", Kept(1 << 20))
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(_read(stream))
        await asyncio.sleep(0)
        await stream.put(b"a")
        stream.pause(0.2)
    assert not stream.is_read
    stream.last(b"b")

    assert reading.result() == [("1-0", b"a"), ("1-1", Pause(0.2))]
    assert await _read(stream, 1) == [("1-2", b"b")]


async def test_nobody_is_paused_where_there_is_more_or_who_is_not_there() -> None:
    """Whoever comes back finds no pause that was another's; the end is better told at once."""
    stream = Stream("1", Kept(1 << 20))
    stream.pause(0.2)
    async with asyncio.TaskGroup() as group:
        reading = group.create_task(_read(stream))
        await asyncio.sleep(0)
        stream.pause(0.2)
        stream.last(b"a")

    assert reading.result() == [("1-1", b"a")]


async def test_a_writer_waits_for_a_reader_that_is_slow() -> None:
    """What a server sends is held in memory up to a bound, and then it has to wait."""
    stream = Stream("1", Kept(1 << 20))
    reading = stream.read()
    await stream.put(b"first")
    await anext(reading)

    async def write() -> None:
        for _ in range(MAX_UNREAD + 10):
            await stream.put(b"x")

    async with asyncio.TaskGroup() as group:
        writing = group.create_task(write())
        await asyncio.sleep(0.01)
        assert not writing.done()
        for _ in range(20):
            await anext(reading)
        await asyncio.sleep(0.01)
        assert writing.done()
    await reading.aclose()


async def test_a_writer_goes_on_when_nobody_reads() -> None:
    """A connection that broke holds nobody up; the oldest events go."""
    stream = Stream("1", Kept(1 << 20))
    for number in range(MAX_EVENTS + 5):
        await stream.put(str(number).encode())
    stream.end()

    found = await _read(stream)

    assert found[0] == ("1-5", b"5")
    assert len(found) == MAX_EVENTS


async def test_all_streams_together_keep_a_bounded_number_of_bytes() -> None:
    """The oldest event of any stream goes first."""
    kept = Kept(100)
    one, other = Stream("1", kept), Stream("2", kept)
    await one.put(b"x" * 60)
    await other.put(b"y" * 60)
    one.end()
    other.end()

    assert await _read(one) == []
    assert await _read(other) == [("2-0", b"y" * 60)]
    assert kept.held == 60


async def test_a_stream_that_is_closed_gives_its_bytes_back() -> None:
    """Else sessions that are over would fill what is kept."""
    kept = Kept(100)
    stream = Stream("1", kept)
    await stream.put(b"x" * 60)

    stream.close()

    assert kept.held == 0


@pytest.mark.parametrize("name", ["", "5", "-5", "1-", "1-x", "1-²", "1-" + "9" * 30])
def test_a_name_that_no_event_has_is_none(name: str) -> None:
    """Whatever a client sends as the last event that it saw."""
    assert place(name) is None


def test_an_events_name_says_where_it_is() -> None:
    """The stream, and its number there."""
    assert place("12-7") == ("12", 7)
