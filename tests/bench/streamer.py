"""A provider whose streams go on event by event, each written by itself.

    python -m tests.bench.streamer EVENTS RATE

Prints its port. RATE is the events of one stream per second; 0 writes as fast as they are taken,
and a negative one stops after the first events, with the stream open. Every tenth piece of text is
cut within a name: the placeholder that the request has for it, or the name itself. Whoever does not
ask for a stream gets a short answer at once.
"""

import asyncio
import re
import sys
import time
from typing import cast

import uvloop

from tests.bench.scripted import answer, body, frames, words

NAME = "Anna Schneider"
_TOKEN = re.compile(rb"PERSON_[0-9A-Z]{8}")
_TICK_S = 0.001
_LEAD = 4
"""Events of a stream that stays open."""
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\n"


class Stream:
    """One answer on its way."""

    def __init__(self, transport: asyncio.Transport, sent: list[bytes]) -> None:
        self.transport = transport
        self.sent = sent
        self.at = 0
        self.start_s = time.monotonic()
        self.paused = False

    def write(self, upto: int) -> None:
        """Write the events up to there, each by itself."""
        for event in self.sent[self.at : upto]:
            self.transport.write(b"%x\r\n%b\r\n" % (len(event), event))
        self.at = max(self.at, min(upto, len(self.sent)))
        if self.is_over:
            self.transport.write(b"0\r\n\r\n")

    @property
    def is_over(self) -> bool:
        """Whether all of it was written."""
        return self.at == len(self.sent)


class Provider:
    """All streams of the process, and what drives them."""

    def __init__(self, events: int, rate: float) -> None:
        self.events, self.rate = events, rate
        self.streams: set[Stream] = set()
        self._made: dict[tuple[str, bytes], list[bytes]] = {}

    def frames(self, dialect: str, name: bytes) -> list[bytes]:
        """The events of a stream that says a name again and again."""
        if (dialect, name) not in self._made:
            texts = words(self.events)
            half = len(name) // 2
            for at in range(2, self.events - 1, 10):
                texts[at] = f" {name[:half].decode()}"
                texts[at + 1] = name[half:].decode()
            self._made[dialect, name] = frames(dialect, answer(texts, []))
        return self._made[dialect, name]

    async def drive(self) -> None:
        """Write what is due until killed."""
        while True:
            for stream in [s for s in self.streams if not s.paused]:
                due = stream.at + 1
                if self.rate > 0:
                    due = int((time.monotonic() - stream.start_s) * self.rate)
                stream.write(due)
                if stream.is_over:
                    self.streams.discard(stream)
            await asyncio.sleep(_TICK_S if self.rate > 0 or not self.streams else 0)


class Connection(asyncio.Protocol):
    """Answers each request of a kept-alive connection; bodies must have a Content-Length."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._buffer = b""
        self._stream: Stream | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not asyncio's classes
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._stream is not None:
            self._provider.streams.discard(self._stream)

    def pause_writing(self) -> None:
        if self._stream is not None:
            self._stream.paused = True

    def resume_writing(self) -> None:
        if self._stream is not None:
            self._stream.paused = False

    def data_received(self, data: bytes) -> None:
        """Answer when a request is complete."""
        self._buffer += data
        head, mark, rest = self._buffer.partition(b"\r\n\r\n")
        lower = head.lower()
        if not mark or len(rest) < int(lower.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0]):
            return
        self._buffer = b""
        dialect = "anthropic_messages" if b"/messages" in head[:64] else "openai_chat"
        if b'"stream":true' in rest:
            self._begin(dialect, rest)
        else:
            whole = body(dialect, answer(["As you wish."], []))
            kind = b"application/json"
            self._transport.write(
                _HEAD % kind + b"Content-Length: %d\r\n\r\n%b" % (len(whole), whole)
            )

    def _begin(self, dialect: str, asked: bytes) -> None:
        token = _TOKEN.search(asked)
        name = NAME.encode() if token is None else token.group()
        self._transport.write(_HEAD % b"text/event-stream" + b"Transfer-Encoding: chunked\r\n\r\n")
        provider = self._provider
        self._stream = Stream(self._transport, provider.frames(dialect, name))
        if provider.rate < 0:
            self._stream.write(_LEAD)
        else:
            provider.streams.add(self._stream)


async def main(events: int, rate: float) -> None:
    """Serve until killed."""
    provider = Provider(events, rate)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(provider), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await provider.drive()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), float(sys.argv[2])))
