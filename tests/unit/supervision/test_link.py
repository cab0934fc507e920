"""Questions to a worker and its answers."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from guardrail_gw.supervision.link import LONGEST, READY, Link, answering, packed, received

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def ends() -> AsyncIterator[tuple[Ends, Ends]]:
    """Both ends of a socket."""
    pairs = [await asyncio.open_unix_connection(sock=each) for each in socket.socketpair()]
    try:
        yield pairs[0], pairs[1]
    finally:
        for _, writer in pairs:
            writer.close()


async def test_answers_find_their_questions() -> None:
    """Many at once, each with its own; what nobody answers is None."""

    async def one() -> int:
        return 1

    async def two() -> dict[str, str]:
        return {"two": "x" * 300_000}

    events: list[str] = []
    async with ends() as (ours, theirs), asyncio.TaskGroup() as tasks:
        link = Link(*ours)
        tasks.create_task(link.listen(events.append))
        worker = tasks.create_task(answering(*theirs, {"one": one, "two": two}))
        theirs[1].write(packed({"event": READY}))
        said = await asyncio.gather(*(link.ask(w, 5) for w in ("two", "one", "three", "one")))
        link.close()
        await worker

    assert said == [{"two": "x" * 300_000}, 1, None, 1]
    assert events == [READY]


async def test_nobody_waits_for_a_worker_that_is_gone_or_silent() -> None:
    """Both are no answer, the one at once and the other in time."""
    async with ends() as (ours, theirs), asyncio.TaskGroup() as tasks:
        link = Link(*ours)
        tasks.create_task(link.listen(lambda _: None))
        silent = await link.ask("one", 0.05)
        asking = tasks.create_task(link.ask("one", 60))
        await asyncio.sleep(0)
        theirs[1].close()
        gone = await asking

    assert (silent, gone) == (None, None)


async def test_what_is_no_message_ends_it() -> None:
    """A length beyond all bounds, what is no JSON, half a message: nothing is guessed."""
    for data in (
        (LONGEST + 1).to_bytes(4, "big") + b"x",
        b"\0\0\0\1{",
        packed({"n": 1})[:-1],
        b"",
    ):
        reader = asyncio.StreamReader()
        reader.feed_data(data)
        reader.feed_eof()

        assert await received(reader) is None
