"""HTTP to one MCP server, on kept connections as to providers (docs/adr/0009).

How long an answer may take is said where calls are made, each with a time of its own; here only
connecting is bounded, and a silence that nobody would wait for.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import aiohttp
from multidict import CIMultiDictProxy
from yarl import URL

from guardrail_gw.upstreams.connections import Answer, Begun, Connections, Target
from guardrail_gw.upstreams.pooling import Pooling
from guardrail_gw.upstreams.timeouts import Timeouts

_IDLE_S: Final = 4.0
"""Less than the 5 s after which common servers close a connection: a call is not sent twice."""
_SILENT_S: Final = 86_400.0
"""A stream of what happens beside calls may be silent for long; a day is long enough."""


@dataclass(slots=True)
class Heard:
    """An answer whose head is here."""

    status: int
    headers: CIMultiDictProxy[str]
    content: aiohttp.StreamReader
    _answer: Answer

    def close(self) -> None:
        """Let go of it; where it was not read whole, its connection is closed."""
        self._answer.close()


class ServerHttp:
    """Of one server, in one event loop."""

    def __init__(
        self, url: str, headers: Mapping[str, Mapping[str, str]], *, connect_s: float
    ) -> None:
        """Make it inside the event loop.

        Args:
            url: where all requests go.
            headers: method -> what every request by it says.
            connect_s: seconds for the name, TCP and TLS.

        Raises:
            ValueError: it is no address, or a header holds a control character.
        """
        where = URL(url)
        self._targets = {method: Target(where, own, method) for method, own in headers.items()}
        timeouts = Timeouts(connect_s=connect_s, first_byte_s=_SILENT_S, idle_s=_SILENT_S)
        self._connections = Connections(timeouts, Pooling(idle_s=_IDLE_S))

    async def send(self, method: str, headers: Mapping[str, str], body: bytes) -> Heard:
        """Send a request; whoever gets the answer closes it.

        Args:
            method: one that has headers.
            headers: more of them, of this request.
            body: as it is.

        Raises:
            ValueError: a header cannot be sent.
            aiohttp.ClientError, OSError: no connection, or it was closed before an answer.
            aiohttp.http_exceptions.HttpProcessingError: what came back is not HTTP.
        """
        target = self._targets[method]
        return _heard(await self._connections.post(target, body, repeated=[*headers.items()]))

    def made(self, method: str, headers: Mapping[str, str], body: bytes) -> "Made":
        """A request that can be sent at once; raises ValueError as `send`."""
        target = self._targets[method]
        head = target.head(len(body), repeated=[*headers.items()])
        return Made(self._connections, target, head, body)

    async def close(self) -> None:
        """Close every connection."""
        await self._connections.close()


@dataclass(slots=True)
class Made:
    """A request that nobody has sent yet, byte for byte."""

    _connections: Connections
    _target: Target
    _head: bytes = field(repr=False)
    _body: bytes = field(repr=False)

    def begin(self) -> "OnItsWay | None":
        """Send it over a connection that is kept; None: there is none, and nothing was sent.

        Raises:
            aiohttp.ClientConnectionError: the connection is closed.
        """
        begun = self._connections.begun(self._target, self._head, self._body)
        return None if begun is None else OnItsWay(begun)


@dataclass(slots=True)
class OnItsWay:
    """One that was sent."""

    _begun: Begun

    async def heard(self) -> Heard:
        """The head of its answer; whoever gets it closes it. Raises as `ServerHttp.send`."""
        return _heard(await self._begun.answer())

    def close(self) -> None:
        """Nobody waits for it."""
        self._begun.close()


def _heard(answer: Answer) -> Heard:
    message = answer.message
    return Heard(message.code, message.headers, answer.content, answer)
