"""HTTP to one MCP server: one address, its own credentials, and nothing of a client's.

No redirects, no cookies, no proxies from the environment. Errors name the server and nothing that
came over the wire.
"""

from collections.abc import Awaitable, Mapping
from typing import Final, Protocol

import aiohttp
from aiohttp import hdrs
from aiohttp.http_exceptions import HttpProcessingError

from guardrail_gw import __version__
from guardrail_gw.dialects.mcp.exact import written
from guardrail_gw.errors import HeaderRefused
from guardrail_gw.mcp.ports import Message
from guardrail_gw.mcp.servers.answer import EVENTS, JSON, Answer, Heard, Made, OnItsWay
from guardrail_gw.mcp.servers.limits import Limits
from guardrail_gw.mcp_errors import ServerFailed, ServerRefused

_BASE: Final = {"User-Agent": f"guardrail-gw/{__version__}", "Accept-Encoding": "identity"}
_BY_METHOD: Final[Mapping[str, Mapping[str, str]]] = {
    hdrs.METH_POST: {"Content-Type": JSON, "Accept": f"{JSON}, {EVENTS}"},
    hdrs.METH_GET: {"Accept": EVENTS},
    hdrs.METH_DELETE: {},
}
_UNAUTHORIZED: Final = 401
FORBIDDEN: Final = 403
_BROKEN: Final = (aiohttp.ClientError, HttpProcessingError, OSError)
RESERVED: Final = frozenset(
    {
        *("accept", "accept-encoding", "connection", "content-length", "content-type", "cookie"),
        *("host", "last-event-id", "mcp-session-id", "transfer-encoding", "user-agent"),
    }
)
"""Headers that are the gateway's to write, besides those that begin with `mcp-`."""


class Http(Protocol):
    """Connections to one server; `upstreams.servers.ServerHttp` implements it."""

    async def send(self, method: str, headers: Mapping[str, str], body: bytes) -> Heard:
        """Send a request, with headers of its own beside those of its method.

        Raises:
            ValueError: a header cannot be sent.
            aiohttp.ClientError, OSError: no connection, or it was closed before an answer.
            aiohttp.http_exceptions.HttpProcessingError: what came back is not HTTP.
        """
        ...

    def made(self, method: str, headers: Mapping[str, str], body: bytes) -> Made:
        """The same request, to be sent at once; raises ValueError as `send`."""
        ...

    async def close(self) -> None:
        """Close every connection."""
        ...


class Connect(Protocol):
    """Makes connections to a server, inside the event loop."""

    def __call__(
        self, url: str, headers: Mapping[str, Mapping[str, str]], *, connect_s: float
    ) -> Http:
        """Say where it is, what requests by each method have in common, and how long to connect.

        Raises:
            ValueError: it is no address, or a header cannot be sent.
        """
        ...


class Wire:
    """Of one server; make it inside the event loop."""

    def __init__(
        self, name: str, where: tuple[str, Mapping[str, str]], limits: Limits, connect: Connect
    ) -> None:
        """Connect to nobody yet.

        Args:
            name: the server's.
            where: its address, and the headers that are sent with every request.
            limits: the server's.
            connect: makes connections.
        """
        self.name = name
        self.limits = limits
        url, headers = where
        every = {**_BASE, **headers}
        by_method = {method: {**every, **own} for method, own in _BY_METHOD.items()}
        try:
            self._http: Http | None = connect(url, by_method, connect_s=limits.connect_s)
        except ValueError:
            self._http = None  # an address that is none is a server that is not there

    async def post(self, message: Message, headers: Mapping[str, str]) -> Answer:
        """Send a message; the head of the answer. Raises ServerFailed."""
        return await self._send(hdrs.METH_POST, headers, written(message))

    def made(self, message: Message, headers: Mapping[str, str]) -> Made | None:
        """What `post` would send; None: it would send nothing, and says why."""
        if self._http is None:
            return None
        try:
            return self._http.made(hdrs.METH_POST, headers, written(message))
        except ValueError:
            return None

    def begun(self, made: Made) -> OnItsWay | None:
        """Send it, if that takes no waiting; raises ServerFailed."""
        try:
            return made.begin()
        except _BROKEN:
            raise self._unreached() from None

    async def heard(self, sent: OnItsWay) -> Answer:
        """The head of the answer to what was begun. Raises ServerFailed."""
        return await self._answered(sent.heard())

    async def get(self, headers: Mapping[str, str]) -> Answer:
        """Ask for a stream; the head of the answer. Raises ServerFailed."""
        return await self._send(hdrs.METH_GET, headers, b"")

    async def delete(self, headers: Mapping[str, str]) -> None:
        """End a session; raises ServerFailed."""
        answer = await self._send(hdrs.METH_DELETE, headers, b"")
        answer.close()

    async def close(self) -> None:
        """Close every connection."""
        if self._http is not None:
            await self._http.close()

    async def _send(self, method: str, headers: Mapping[str, str], body: bytes) -> Answer:
        if self._http is None:
            raise self._unreached()
        return await self._answered(self._http.send(method, headers, body))

    async def _answered(self, hearing: Awaitable[Heard]) -> Answer:
        try:
            heard = await hearing
        except _BROKEN:
            # a timeout of the connection is an OSError, one of whoever waits is a cancellation
            raise self._unreached() from None
        except ValueError:  # nothing has left, and the server is as well as it was
            raise HeaderRefused(
                f"what the request repeats in headers to {self.name} is too long for one"
            ) from None
        if _is_refused(heard):
            heard.close()
            raise ServerRefused(
                f"{self.name} refuses the gateway or its credentials (status {heard.status})"
            )
        return Answer(self.name, heard, self.limits)

    def _unreached(self) -> ServerFailed:
        return ServerFailed(f"no connection to {self.name}")


def _is_refused(heard: Heard) -> bool:
    """Whether the gateway is turned away, and not one request of it: that says why in JSON."""
    if heard.status == FORBIDDEN:
        kind = heard.headers.get(hdrs.CONTENT_TYPE, "").partition(";")[0]
        return kind.strip().lower() != JSON
    return heard.status == _UNAUTHORIZED
