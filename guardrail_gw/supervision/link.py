"""Questions to a worker and its answers, over a socket that both have had from the beginning.

A message is its length, four bytes, and JSON. The supervisor asks `{"n": number, "ask": what}`; the
answer is `{"n": number, "said": ...}`. A worker says `{"event": "ready"}` by itself, once.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import orjson

HEAD: Final = 4
LONGEST: Final = 64 << 20
READY: Final = "ready"
Answers = Mapping[str, Callable[[], Awaitable[Any]]]
"""What is asked -> who answers."""


class Link:
    """The supervisor's end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Nothing is read before `listen`."""
        self._reader, self._writer = reader, writer
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._number = 0

    async def ask(self, what: str, timeout_s: float) -> Any:  # noqa: ANN401 - any JSON
        """Ask, and wait for the answer; None if there is none in time, or nobody is there."""
        self._number += 1
        number = self._number
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            self._writer.write(packed({"n": number, "ask": what}))
            async with asyncio.timeout(timeout_s):
                return await answer
        except (TimeoutError, OSError):
            return None
        finally:
            del self._asked[number]

    async def listen(self, event: Callable[[str], None]) -> None:
        """Take answers and events until the worker is gone."""
        while (said := await received(self._reader)) is not None:
            if "event" in said:
                event(str(said["event"]))
            elif (answer := self._asked.get(said.get("n", -1))) and not answer.done():
                answer.set_result(said.get("said"))
        for answer in self._asked.values():
            if not answer.done():
                answer.set_result(None)

    def close(self) -> None:
        """Nobody is asked any more."""
        self._writer.close()


async def answering(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: Answers
) -> None:
    """The worker's end: answer until the supervisor is gone."""
    while (asked := await received(reader)) is not None:
        answer = answers.get(str(asked.get("ask")))
        said = None if answer is None else await answer()
        writer.write(packed({"n": asked.get("n"), "said": said}))
        await writer.drain()


def packed(message: Mapping[str, Any]) -> bytes:
    """A message as it is sent."""
    body = orjson.dumps(message)
    return len(body).to_bytes(HEAD, "big") + body


async def received(reader: asyncio.StreamReader) -> Any:  # noqa: ANN401 - any JSON object
    """The next message; None at the end, or where no message can begin."""
    try:
        length = int.from_bytes(await reader.readexactly(HEAD), "big")
        if length > LONGEST:
            return None
        return orjson.loads(await reader.readexactly(length))
    except (asyncio.IncompleteReadError, OSError, orjson.JSONDecodeError):
        return None
