"""An HTTP API as an MCP server: implements `ports.Server`.

Its operations are its tools, and it has nothing else. Requests go to the configured address and
nowhere else: a redirect is an answer like any other.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, Self

import aiohttp
from yarl import URL

from guardrail_gw import __version__
from guardrail_gw.deadline import Deadlines
from guardrail_gw.dialects.mcp.eras import MODERN
from guardrail_gw.dialects.mcp.schemas import UnusableSchemaError, broken
from guardrail_gw.mcp.ports import Ask, Busyness, Described, Era, Message, Peer
from guardrail_gw.mcp.rest.operations import Operation
from guardrail_gw.mcp.rest.request import Sent, UnsendableError, made
from guardrail_gw.mcp.rest.result import result
from guardrail_gw.mcp.servers.answer import JSON, Answer, StreamEnded
from guardrail_gw.mcp.servers.gate import Gate
from guardrail_gw.mcp.servers.limits import Limits, Waits
from guardrail_gw.mcp.servers.messages import INVALID_PARAMS, METHOD_NOT_FOUND, error
from guardrail_gw.mcp.servers.patience import Patience
from guardrail_gw.mcp_errors import ServerFailed

_FAULTY: Final = 500
_LIST_MS: Final = 300_000
_BASE: Final = {
    "User-Agent": f"guardrail-gw/{__version__}",
    "Accept": f"{JSON}, text/*;q=0.9, */*;q=0.5",
    "Accept-Encoding": "identity",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """What is asked, and how."""

    name: str
    url: str
    headers: Mapping[str, str]
    operations: Sequence[Operation]
    title: str
    version: str


class RestServer:
    """One API."""

    def __init__(self, api: Api, limits: Limits, gate: Gate) -> None:
        self._api = api
        self._limits = limits
        self._gate = gate
        self._by_name = {each.id: each for each in api.operations}
        self._http: aiohttp.ClientSession | None = None
        self._deadlines = Deadlines()

    @property
    def id(self) -> str:
        """As `Server.id` says."""
        return self._api.name

    @property
    def busyness(self) -> Busyness:
        """As `WatchedServer.busyness` says; nothing waits here for a client."""
        return Busyness(calls=self._gate.inside, parked=0, is_open=self._gate.is_open)

    async def start(self) -> None:
        """As `Server.start` says."""
        self._http = _session()

    async def close(self) -> None:
        """As `Server.close` says."""
        http, self._http = self._http, None
        if http is not None:
            await http.close()

    async def described(self, peer: Peer) -> Described:
        """As `Server.described` says: by its document."""
        del peer
        return Described(
            era=Era.MODERN,
            revision=MODERN[-1],
            capabilities={"tools": {}},
            info={"name": self._api.title, "version": self._api.version},
        )

    def call(self, ask: Ask) -> "_Calling":
        """As `Server.call` says."""
        return _Calling(self, ask)

    async def notify(self, peer: Peer, method: str, params: Mapping[str, Any]) -> None:
        """An API is told nothing."""

    @asynccontextmanager
    async def listen(
        self, peer: Peer, kinds: frozenset[str], resources: frozenset[str]
    ) -> AsyncIterator[AsyncIterator[Message]]:
        """An API says nothing unasked."""
        del peer, kinds, resources
        async with aclosing(_silence()) as nothing:
            yield nothing

    async def left(self, session: str) -> None:
        """Nothing is kept for anybody."""

    async def answered(self, ask: Ask) -> Message:
        """The response to a request.

        Raises:
            ServerFailed, ServerTimeout, ResultTooLarge: the API does not answer.
        """
        if ask.method == "tools/list":
            tools = [each.tool for each in self._api.operations]
            hints = {"ttlMs": _LIST_MS, "cacheScope": "private"}
            return _said({"resultType": "complete", "tools": tools, **hints})
        if ask.method != "tools/call":
            return error(METHOD_NOT_FOUND, "Method not found")
        operation = self._by_name.get(str(ask.params.get("name")))
        if operation is None:
            return error(INVALID_PARAMS, "Unknown tool")
        arguments = ask.params.get("arguments", {})
        try:
            sent = _request(operation, arguments)
        except UnsendableError as fault:
            return error(INVALID_PARAMS, f"Invalid arguments: {fault}")
        return _said(await self._passed(sent, self._limits.waits(ask.method, operation.id)))

    async def _passed(self, sent: Sent, waits: Waits) -> dict[str, Any]:
        place = await self._gate.enter()
        is_well: bool | None = None
        try:
            patience = Patience(self.id, waits, self._deadlines)
            status, said = await patience.wait(self._asked(sent))
            is_well = status < _FAULTY
        except ServerFailed:
            is_well = False
            raise
        finally:
            place.give_back(is_well=is_well)
        return said

    async def _asked(self, sent: Sent) -> tuple[int, dict[str, Any]]:
        if self._http is None:
            raise ServerFailed("the gateway is stopping")
        typed = {"Content-Type": JSON} if sent.body is not None else {}
        try:
            response = await self._http.request(
                sent.method,
                URL(self._api.url.rstrip("/") + sent.target, encoded=True),
                data=sent.body,
                headers={**_BASE, **typed, **sent.headers, **self._api.headers},
                allow_redirects=False,
                timeout=aiohttp.ClientTimeout(total=None, connect=self._limits.connect_s),
            )
        except (aiohttp.ClientError, OSError, ValueError):
            raise ServerFailed(f"no connection to {self.id}") from None
        answer = Answer(self.id, response, self._limits)
        try:
            body = await answer.whole()
        except StreamEnded:
            raise ServerFailed(f"{self.id} ended its answer too early") from None
        finally:
            answer.close()
        return response.status, result(
            response.status, response.content_type, response.charset, body
        )


class _Calling:
    """One request: implements `ports.Call`."""

    def __init__(self, server: RestServer, ask: Ask) -> None:
        self._server = server
        self._ask = ask
        self._response: Message | None = None

    async def __aenter__(self) -> Self:
        """Send it."""
        self._response = await self._server.answered(self._ask)
        return self

    async def __aexit__(self, *fault: object) -> None:
        """Nothing is left open."""

    def __aiter__(self) -> AsyncIterator[Message]:
        """Iterate over the one message."""
        return self._messages()

    async def reply(self, message: Message) -> None:
        """An API asks nothing."""

    async def _messages(self) -> AsyncGenerator[Message, None]:
        if self._response is not None:
            yield self._response


def _request(operation: Operation, arguments: object) -> Sent:
    if not isinstance(arguments, Mapping):
        raise UnsendableError("they are no object")
    try:
        places = broken(operation.schema, dict(arguments))
    except UnusableSchemaError:
        raise UnsendableError("the document's schema is none") from None
    if places:
        named = ", ".join("/".join(map(str, place)) or "arguments" for place in places[:3])
        raise UnsendableError(f"not what the schema asks for at {named}")
    return made(operation, arguments)


def _said(what: dict[str, Any]) -> Message:
    return {"jsonrpc": "2.0", "result": what}


async def _silence() -> AsyncGenerator[Message, None]:
    await asyncio.Event().wait()
    yield {}


def _session() -> aiohttp.ClientSession:
    """Make it inside the event loop."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=4.0),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
    )
