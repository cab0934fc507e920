"""A provider that costs next to nothing: fixed answers from a bare protocol.

    python -m tests.bench.provider [WORDS]

Prints its port. What is measured is the proxy in front of it, so nothing here parses more than it
must; `"stream":true` in the body asks for the streamed answer.
"""

import asyncio
import json
import sys
from functools import partial
from typing import cast

import uvloop

WORDS = (
    "A gateway that keeps its promises is boring to watch: it reads, it decides, it writes down "
    "what it decided, and only then does it pass anything on. Whoever audits it later finds the "
    "same story in the same order, and whoever pays for it finds the price beside each line."
)
_HEAD = {"id": "chatcmpl-bench", "created": 1_700_000_000, "model": "bench"}
_USAGE = {"prompt_tokens": 120, "completion_tokens": 60, "total_tokens": 180}


def _compact(data: object) -> bytes:
    return json.dumps(data, separators=(",", ":")).encode()


def _whole(text: str) -> bytes:
    message = {"role": "assistant", "content": text}
    body = _compact(
        {
            **_HEAD,
            "object": "chat.completion",
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": _USAGE,
        }
    )
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


def _streamed(text: str) -> bytes:
    deltas: list[tuple[dict[str, str], str | None]] = [({"role": "assistant", "content": ""}, None)]
    deltas += [({"content": f"{word} "}, None) for word in text.split()]
    deltas += [({}, "stop")]
    events = b"".join(
        b"data: "
        + _compact(
            {
                **_HEAD,
                "object": "chat.completion.chunk",
                "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
            }
        )
        + b"\n\n"
        for delta, finish in deltas
    )
    body = events + b"data: [DONE]\n\n"
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: {len(body)}"
    return head.encode() + b"\r\n\r\n" + body


class Provider(asyncio.Protocol):
    """Answers each request of a kept-alive connection; bodies must have a Content-Length."""

    def __init__(self, whole: bytes, streamed: bytes) -> None:
        self._buffer = b""
        self._whole = whole
        self._streamed = streamed

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        # uvloop's transports are not asyncio's classes
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Answer when a request is complete."""
        self._buffer += data
        while (head_end := self._buffer.find(b"\r\n\r\n")) >= 0:
            end = head_end + 4 + _content_length(self._buffer[:head_end])
            if len(self._buffer) < end:
                return
            body, self._buffer = self._buffer[head_end + 4 : end], self._buffer[end:]
            streams = b'"stream":true' in body.replace(b" ", b"")
            self._transport.write(self._streamed if streams else self._whole)


def _content_length(head: bytes) -> int:
    lower = head.lower()
    at = lower.find(b"content-length:")
    if at < 0:
        return 0
    return int(lower[at + 15 :].split(b"\r\n", 1)[0])


async def main(words: int | None) -> None:
    """Serve until killed; answers have so many words, or all of them."""
    text = " ".join(WORDS.split()[:words])
    made = partial(Provider, _whole(text), _streamed(text))
    server = await asyncio.get_running_loop().create_server(made, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]) if sys.argv[1:] else None))
