"""A load generator: kept-alive connections on a bare protocol, one request at a time on each.

    python -m tests.bench.load PORT SCENARIO CONNECTIONS REQUESTS SEED whole|stream

Prints one JSON object: requests per second, and microseconds to the first byte of the body and to
its end (p50, p99). Anything but a 200 ends the run: a fast refusal is not a fast answer.
"""

import asyncio
import json
import sys
import time
from typing import cast

import uvloop

from tests.bench import bodies


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._head = b""
        self._done: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are not asyncio's classes
        self._transport = cast(asyncio.Transport, transport)

    async def ask(self, request: bytes) -> tuple[float, float]:
        """Send, wait for the end; seconds to the first body byte, and in all."""
        self._done = asyncio.get_running_loop().create_future()
        self._head, self._in_body, self._left, self._tail = b"", False, -1, b""
        self._first = 0.0
        start = time.perf_counter()
        self._transport.write(request)
        await self._done
        return self._first - start, time.perf_counter() - start

    def data_received(self, data: bytes) -> None:
        """Head first, then a body by length or in chunks."""
        if not self._in_body:
            self._head += data
            head, mark, data = self._head.partition(b"\r\n\r\n")
            if not mark:
                return
            self._open(head)
        if not data:
            return
        self._first = self._first or time.perf_counter()
        self._tail = (self._tail + data)[-5:]
        self._left -= len(data)
        if self._left == 0 or (self._chunked and self._tail == b"0\r\n\r\n"):
            self._finish(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """A connection must outlive its requests."""
        self._finish(exc or ConnectionError("closed before the end of an answer"))

    def _open(self, head: bytes) -> None:
        self._in_body = True
        lower = head.lower()
        if not lower.startswith(b"http/1.1 200"):
            self._finish(RuntimeError(f"answered {head[:12].decode(errors='replace')}"))
        self._chunked = b"transfer-encoding: chunked" in lower
        if not self._chunked:
            self._left = int(lower.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])

    def _finish(self, error: Exception | None) -> None:
        if self._done is None or self._done.done():
            return
        if error is None:
            self._done.set_result(None)
        else:
            self._done.set_exception(error)


def request(scenario: str, seed: int, *, stream: bool) -> bytes:
    """One request as it goes over the wire."""
    personal = scenario == "personal"
    body = bodies.personal(seed, stream=stream) if personal else bodies.clean(stream=stream)
    head = (
        "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def run(port: int, requests: list[bytes], connections: int) -> dict[str, float]:
    """Send all requests over that many connections and sum up."""
    queue, times = iter(requests), list[tuple[float, float]]()

    async def worker() -> None:
        _, client = await asyncio.get_running_loop().create_connection(Client, "127.0.0.1", port)
        for one in queue:
            times.append(await client.ask(one))

    start = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for _ in range(connections):
            tasks.create_task(worker())
    took = time.perf_counter() - start
    first, whole = (sorted(1e6 * t[i] for t in times) for i in (0, 1))
    return {
        "rps": len(times) / took,
        "p50_us": whole[len(whole) // 2],
        "p99_us": whole[len(whole) * 99 // 100],
        "first_p50_us": first[len(first) // 2],
    }


if __name__ == "__main__":
    port, scenario, connections, count, seed, how = sys.argv[1:]
    todo = [request(scenario, int(seed) + i, stream=how == "stream") for i in range(int(count))]
    print(json.dumps(uvloop.run(run(int(port), todo, int(connections)))))
