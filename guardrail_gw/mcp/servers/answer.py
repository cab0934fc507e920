"""What comes back over HTTP: one message as JSON, or several as server-sent events."""

import asyncio
import contextlib
from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Protocol

import aiohttp

from guardrail_gw.dialects.sse import SseDecoder
from guardrail_gw.errors import UpstreamBroken
from guardrail_gw.mcp.ports import Message
from guardrail_gw.mcp.servers.limits import Limits
from guardrail_gw.mcp.servers.messages import read
from guardrail_gw.mcp_errors import ResultTooLarge, ServerFailed

JSON: Final = "application/json"
EVENTS: Final = "text/event-stream"
_MOMENT_S: Final = 1.0
_HEAD_BYTES: Final = 64 << 10
"""Of an answer that is no success."""


class StreamEnded(Exception):  # noqa: N818 - a server may
    """A stream of events ended, in whatever way: it may go on elsewhere."""


class Heard(Protocol):
    """An answer whose head is here."""

    @property
    def status(self) -> int:
        """Its HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """Its headers, by names in any case."""
        ...

    @property
    def content(self) -> aiohttp.StreamReader:
        """Its body, as it comes."""
        ...

    def close(self) -> None:
        """Let go of it; where it was not read whole, its connection is closed."""
        ...


class OnItsWay(Protocol):
    """A request that was sent, and whose answer nobody has heard."""

    async def heard(self) -> Heard:
        """The head of the answer; raises as `wire.Http.send`."""
        ...

    def close(self) -> None:
        """Nobody waits for it: its connection is closed."""
        ...


class Made(Protocol):
    """A request as it will leave, byte for byte."""

    def begin(self) -> OnItsWay | None:
        """Send it over a connection that is kept; None: there is none, and nothing was sent.

        Raises:
            aiohttp.ClientError, OSError: the connection is closed.
        """
        ...


class StreamBroken(StreamEnded):
    """It ended since its connection broke, so that nobody wanted it to."""


class Answer:
    """One answer, read as it is asked for, and never more of it than is let through."""

    def __init__(self, name: str, heard: Heard, limits: Limits) -> None:
        self._name = name
        self._heard = heard
        self._limits = limits
        self._taken = 0
        self._ready: deque[Message] = deque()
        self._events = SseDecoder(max_event_bytes=limits.max_result_bytes)
        self.status = heard.status
        self.kind = self.header("Content-Type").partition(";")[0].strip().lower()

    def header(self, name: str) -> str:
        """One header of it; empty: it has none of that name."""
        return self._heard.headers.get(name, "")

    @property
    def last_event(self) -> str:
        """The id that a stream is taken up from; empty: it cannot be."""
        return self._events.last_id

    @property
    def retry_s(self) -> float | None:
        """How long the server wants to be left alone before that."""
        return None if self._events.retry_ms is None else self._events.retry_ms / 1000

    async def next(self) -> Message:
        """The next message.

        Raises:
            StreamEnded: there is none.
            ServerFailed: it is no message.
            ResultTooLarge: it says more than is let through.
        """
        while not self._ready:
            if self.kind == EVENTS:
                await self._more_events()
            else:
                await self._whole()
        return self._ready.popleft()

    async def whole(self) -> bytes:
        """All of the body; raises as `next`."""
        pieces = []
        while piece := await self._piece(self._limits.max_result_bytes):
            pieces.append(piece)
        return b"".join(pieces)

    async def fault(self) -> Message | None:
        """The JSON-RPC error of an answer that is no success; None: it has none, or a long one."""
        if self.kind != JSON:
            return None
        self._limits = replace(self._limits, max_result_bytes=_HEAD_BYTES)
        with contextlib.suppress(StreamEnded, ServerFailed, ResultTooLarge):
            messages = read(self._name, await self.whole())
            return messages[0] if len(messages) == 1 and "error" in messages[0] else None
        return None

    @property
    def is_read(self) -> bool:
        """Whether nothing of it is left, so that its connection is used again."""
        return self._heard.content.at_eof()

    async def drain(self) -> None:
        """Read the end of what has said all it had to; longer than a moment is not waited."""
        try:
            with contextlib.suppress(TimeoutError, aiohttp.ClientError, OSError, ValueError):
                async with asyncio.timeout(_MOMENT_S):
                    await self._heard.content.readany()
        finally:
            self.close()

    def close(self) -> None:
        """End it; where something is left, the connection is closed."""
        self._heard.close()

    async def _whole(self) -> None:
        if self._heard.content.at_eof():
            raise StreamEnded
        if self.kind != JSON:
            raise ServerFailed(f"{self._name} answers with something that is no MCP")
        self._ready.extend(read(self._name, await self.whole()))

    async def _more_events(self) -> None:
        piece = await self._piece(self._limits.max_call_bytes)
        if not piece:
            raise StreamEnded
        try:
            frames = self._events.feed(piece)
        except UpstreamBroken:
            if self._taken > self._limits.max_result_bytes:
                raise self._too_large() from None
            raise ServerFailed(f"{self._name} sends a stream that cannot be read") from None
        for frame in frames:
            if frame.data and frame.event in {"", "message"}:
                self._ready.extend(read(self._name, frame.data))

    async def _piece(self, most: int) -> bytes:
        try:
            piece = await self._heard.content.readany()
        except (aiohttp.ClientError, OSError, ValueError):
            raise StreamBroken from None
        self._taken += len(piece)
        if self._taken > most:
            raise self._too_large()
        return piece

    def _too_large(self) -> ResultTooLarge:
        return ResultTooLarge(f"the answer of {self._name} is larger than is let through")
