"""Clients of many streams at once.

    python -m tests.bench.audience PORT STREAMS

Opens all streams, reads them to their ends and prints one JSON object: events, seconds from the
first to the last byte of an answer, and how often the name was read whole. With `hold` as a third
argument it prints how many are open when all have begun, and keeps them open until its input ends.
"""

import asyncio
import json
import re
import sys
import time
from typing import cast

import uvloop

from tests.bench.streamer import NAME

_WAVE = 16
_CHUNK = re.compile(rb"\r\n[0-9a-f]+\r\n")
_TEXT = re.compile(rb'"content":"((?:[^"\\]|\\.)*)"')


class Listener(asyncio.Protocol):
    """One stream."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.begun: asyncio.Future[None] = loop.create_future()
        self.over: asyncio.Future[None] = loop.create_future()
        self.pieces: list[bytes] = []
        self.first_s = self.last_s = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not asyncio's classes
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.pieces.append(data)
        if not self.first_s and b"data: " in data:
            self.first_s = time.monotonic()
            self.begun.set_result(None)
        if self.first_s and data.endswith(b"0\r\n\r\n"):  # and no head whose last digit it is
            self.last_s = time.monotonic()
            self.over.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """A connection must outlive its answer."""
        for waited in (self.begun, self.over):
            if not waited.done():
                waited.set_exception(ConnectionError("closed before the end of an answer"))
                waited.exception()

    def said(self) -> tuple[int, bytes]:
        """How many events came, and the text of them all."""
        head, _, chunked = b"".join(self.pieces).partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"answered {head[:12].decode(errors='replace')}")
        read = _CHUNK.sub(b"", b"\r\n" + chunked)
        return read.count(b"data: "), b"".join(_TEXT.findall(read))


def request() -> bytes:
    """A chat request that names somebody; always the same one."""
    said = f"My name is {NAME}. Write a long letter for me, in my name, please."
    messages = [{"role": "user", "content": said}]
    body = json.dumps(
        {"model": "bench", "messages": messages, "stream": True}, separators=(",", ":")
    ).encode()
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def opened(port: int, count: int) -> list[Listener]:
    """As many streams; some begin after the others, since it is not beginning that is measured."""
    loop, made = asyncio.get_running_loop(), list[Listener]()
    while len(made) < count:
        size = min(_WAVE, count - len(made))
        wave = [(await loop.create_connection(Listener, "127.0.0.1", port))[1] for _ in range(size)]
        for each in wave:
            each.transport.write(request())
        await asyncio.gather(*(each.begun for each in wave))
        made += wave
    return made


async def listen(port: int, count: int) -> dict[str, float]:
    """Read all streams to their ends."""
    made = await opened(port, count)
    await asyncio.gather(*(each.over for each in made))
    said = [each.said() for each in made]
    return {
        "events": sum(events for events, _ in said),
        "seconds": max(each.last_s for each in made) - min(each.first_s for each in made),
        "names": sum(text.count(NAME.encode()) for _, text in said),
    }


async def hold(port: int, count: int) -> None:
    """Keep all streams open."""
    made = await opened(port, count)
    print(json.dumps({"open": len(made)}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    port_, count_ = int(sys.argv[1]), int(sys.argv[2])
    if sys.argv[3:] == ["hold"]:
        uvloop.run(hold(port_, count_))
    else:
        print(json.dumps(uvloop.run(listen(port_, count_))))
