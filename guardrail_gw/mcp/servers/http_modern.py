"""A server of the modern era over HTTP: every request stands alone.

Source: Model Context Protocol 2026-07-28, basic/transports/streamable-http,
basic/patterns/subscriptions.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final

from guardrail_gw.dialects.mcp import headers as repeating
from guardrail_gw.dialects.mcp.eras import (
    CAPABILITIES,
    HEADER_MISMATCH,
    INFO,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    MISSING_CAPABILITY,
    REVISION,
)
from guardrail_gw.mcp.ports import LISTEN, Described, Message, Paused, Peer, unheard
from guardrail_gw.mcp.servers.answer import EVENTS
from guardrail_gw.mcp.servers.http_call import OK, Posted, refused
from guardrail_gw.mcp.servers.link import LinkGone
from guardrail_gw.mcp.servers.listening import listening, subscribed
from guardrail_gw.mcp.servers.messages import Kind, error_code, kind, request
from guardrail_gw.mcp.servers.params import Params
from guardrail_gw.mcp.servers.tasks import Beside
from guardrail_gw.mcp.servers.wire import Wire
from guardrail_gw.mcp_errors import ServerFailed

_OF_THE_ERA: Final = frozenset(
    {-32700, -32600, -32603, HEADER_MISMATCH, INVALID_PARAMS, METHOD_NOT_FOUND, MISSING_CAPABILITY}
)
"""Codes with which a server of this era does not take a request; another one may be of another."""
_PAGES: Final = 20


class ModernHttp:
    """All requests to one server; implements `link.Link`."""

    def __init__(self, wire: Wire, described: Described, beside: Beside) -> None:
        self._wire = wire
        self._described = described
        self._tasks = beside.tasks
        self._mint = beside.mint
        self._params = Params(beside.clock)

    @property
    def described(self) -> Described:
        """What the server is."""
        return self._described

    async def prepare(self, peer: Peer) -> None:
        """Requests of this era say all that is wanted."""

    async def open(self, message: Message, paused: Paused = unheard) -> Posted:
        """Send a request; raises as `Link.open`. An answer of this era comes in one stream."""
        del paused
        if message["method"] != "tools/call":
            return await self._sent(message, {})
        posted = await self._sent(message, await self._repeated(message))
        if posted.first_code == HEADER_MISMATCH:
            self._params.forget()
            posted = await self._sent(message, await self._repeated(message))
        return posted

    async def _repeated(self, message: Message) -> dict[str, str]:
        """The headers of a call's arguments; a tool that is not known is looked for first."""
        params = message["params"]
        tool, arguments = params.get("name"), params.get("arguments")
        if not isinstance(tool, str) or not isinstance(arguments, Mapping):
            return {}
        if self._params.must_look(tool):
            await self._look(params.get("_meta", {}))
        return repeating.written_params(self._params.of(tool), arguments)

    async def _look(self, meta: Mapping[str, Any]) -> None:
        """Learn which arguments of which tools are repeated: page by page, and not for ever."""
        own = {key: value for key, value in meta.items() if key in (REVISION, CAPABILITIES, INFO)}
        params: dict[str, Any] = {"_meta": own}
        for _ in range(_PAGES):
            posted = await self._sent(request(self._mint(), "tools/list", params), {})
            try:
                while kind(said := await posted.next()) is not Kind.RESPONSE:
                    pass
            finally:
                await posted.close(is_over=True)
            cursor = said.get("result", {}).get("nextCursor")
            if not isinstance(cursor, str):
                break
            params = {"_meta": own, "cursor": cursor}
        self._params.looked()

    async def _sent(self, message: Message, headers: Mapping[str, str]) -> Posted:
        params, method = message.get("params", {}), message["method"]
        own = repeating.written(method, params, self._described.revision)
        answer = await self._wire.post(message, {**own, **headers})
        learn = self._params.learn if method == "tools/list" else None
        posted = Posted(self._wire.name, message["id"], answer, self._tasks, learn)
        if answer.status != OK:
            posted.begin_with(await self._not_taken(posted))
        return posted

    async def _not_taken(self, posted: Posted) -> Message:
        fault = await refused(self._wire.name, posted.answer)
        if error_code(fault) not in _OF_THE_ERA and _is_reserved(error_code(fault)):
            raise LinkGone
        return fault

    async def notify(self, message: Message) -> None:
        """A server of this era is told nothing beside requests."""

    @asynccontextmanager
    async def listen(
        self, peer: Peer, kinds: frozenset[str], resources: frozenset[str]
    ) -> AsyncIterator[AsyncIterator[Message]]:
        """What the server says unasked; it ends when the server ends it, with ServerFailed."""
        params = listening(peer, self._described.revision, kinds, resources)
        posted = await self.open(request(self._mint(), LISTEN, params))
        if posted.answer.status != OK or posted.answer.kind != EVENTS:
            posted.answer.close()
            raise ServerFailed(f"{self._wire.name} does not say what changes")
        try:
            async with aclosing(subscribed(posted, kinds, resources)) as said:
                yield said
        finally:
            posted.answer.close()


def _is_reserved(code: int | None) -> bool:
    """Whether the protocol speaks, and no tool or application."""
    return code is not None and -32768 <= code <= -32000  # noqa: PLR2004 - JSON-RPC's numbers
