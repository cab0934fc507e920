"""HTTP to one MCP server: one address, its own credentials, and nothing of a client's.

No redirects, no cookies, no proxies from the environment. Errors name the server and nothing that
came over the wire.
"""

from collections.abc import Mapping
from typing import Final

import aiohttp
from aiohttp import hdrs

from guardrail_gw import __version__
from guardrail_gw.mcp.ports import Message
from guardrail_gw.mcp.servers.answer import EVENTS, JSON, Answer
from guardrail_gw.mcp.servers.limits import Limits
from guardrail_gw.mcp.servers.messages import written
from guardrail_gw.mcp_errors import ServerFailed

_BASE: Final = {"User-Agent": f"guardrail-gw/{__version__}", "Accept-Encoding": "identity"}
_POSTED: Final = {"Content-Type": JSON, "Accept": f"{JSON}, {EVENTS}"}
_UNAUTHORIZED: Final = 401
_FORBIDDEN: Final = 403
RESERVED: Final = frozenset(
    {
        *("accept", "accept-encoding", "connection", "content-length", "content-type", "cookie"),
        *("host", "last-event-id", "mcp-session-id", "transfer-encoding", "user-agent"),
    }
)
"""Headers that are the gateway's to write, besides those that begin with `mcp-`."""


def client_session() -> aiohttp.ClientSession:
    """What all servers of a worker share; make it inside the event loop."""
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=4.0)
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
    )


class Wire:
    """Of one server."""

    def __init__(
        self,
        name: str,
        url: str,
        headers: Mapping[str, str],
        limits: Limits,
        session: aiohttp.ClientSession,
    ) -> None:
        self.name = name
        self.limits = limits
        self._url = url
        self._headers = {**_BASE, **headers}
        self._session = session
        self._timeout = aiohttp.ClientTimeout(
            total=None, connect=limits.connect_s, sock_connect=limits.connect_s
        )

    async def post(self, message: Message, headers: Mapping[str, str]) -> Answer:
        """Send a message; the head of the answer. Raises ServerFailed."""
        return await self._send(hdrs.METH_POST, {**_POSTED, **headers}, written(message))

    async def get(self, headers: Mapping[str, str]) -> Answer:
        """Ask for a stream; the head of the answer. Raises ServerFailed."""
        return await self._send(hdrs.METH_GET, {"Accept": EVENTS, **headers}, None)

    async def delete(self, headers: Mapping[str, str]) -> None:
        """End a session; raises ServerFailed."""
        answer = await self._send(hdrs.METH_DELETE, headers, None)
        answer.close()

    async def _send(self, method: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        try:
            response = await self._session.request(
                method,
                self._url,
                data=body,
                headers={**self._headers, **headers},
                allow_redirects=False,
                timeout=self._timeout,
            )
        except (aiohttp.ClientError, OSError, ValueError):
            # a timeout of the connection is an OSError, one of whoever waits is a cancellation
            raise ServerFailed(f"no connection to {self.name}") from None
        if _is_refused(response):
            response.close()
            raise ServerFailed(
                f"{self.name} refuses the gateway or its credentials (status {response.status})"
            )
        return Answer(self.name, response, self.limits)


def _is_refused(response: aiohttp.ClientResponse) -> bool:
    """Whether the gateway is turned away, and not one request of it: that says why in JSON."""
    if response.status == _FORBIDDEN:
        return response.content_type != JSON
    return response.status == _UNAUTHORIZED
