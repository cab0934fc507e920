"""A server of the modern era over HTTP: every request stands alone.

Source: Model Context Protocol 2026-07-28, basic/transports/streamable-http,
basic/patterns/subscriptions.
"""

from collections.abc import AsyncIterator, Awaitable, Mapping
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
from guardrail_gw.mcp.servers.answer import EVENTS, Answer, Made, OnItsWay
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
        return await self._or_again(message, posted)

    def ready(self, message: Message) -> "ReadyHttp | None":
        """As `Link.ready` says."""
        more: Mapping[str, str] = {}
        if message["method"] == "tools/call":
            params = message["params"]
            if self._must_look(params):
                return None
            more = self._of_arguments(params)
        made = self._wire.made(message, {**self._own(message), **more})
        return None if made is None else ReadyHttp(self, message, made)

    def begun(self, made: Made) -> OnItsWay | None:
        """Send what is ready, if that takes no waiting; raises ServerFailed."""
        return self._wire.begun(made)

    async def opened(self, message: Message, sent: OnItsWay) -> Posted:
        """What was begun comes to; raises as `Link.open`."""
        posted = await self._posted(message, self._wire.heard(sent))
        return await self._or_again(message, posted)

    async def _or_again(self, message: Message, posted: Posted) -> Posted:
        """What was sent, or sent again where the server wants other arguments repeated by now."""
        if message["method"] != "tools/call" or posted.first_code != HEADER_MISMATCH:
            return posted
        self._params.forget()
        return await self._sent(message, await self._repeated(message))

    async def _repeated(self, message: Message) -> dict[str, str]:
        """The headers of a call's arguments; a tool that is not known is looked for first."""
        params = message["params"]
        if self._must_look(params):
            await self._look(params.get("_meta", {}))
        return self._of_arguments(params)

    def _must_look(self, params: Mapping[str, Any]) -> bool:
        tool = params.get("name")
        has_arguments = isinstance(params.get("arguments"), Mapping)
        return isinstance(tool, str) and has_arguments and self._params.must_look(tool)

    def _of_arguments(self, params: Mapping[str, Any]) -> dict[str, str]:
        tool, arguments = params.get("name"), params.get("arguments")
        if not isinstance(tool, str) or not isinstance(arguments, Mapping):
            return {}
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
        answer = self._wire.post(message, {**self._own(message), **headers})
        return await self._posted(message, answer)

    def _own(self, message: Message) -> dict[str, str]:
        params = message.get("params", {})
        return repeating.written(message["method"], params, self._described.revision)

    async def _posted(self, message: Message, answering: Awaitable[Answer]) -> Posted:
        answer = await answering
        learn = self._params.learn if message["method"] == "tools/list" else None
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


class ReadyHttp:
    """Implements `link.Ready`."""

    __slots__ = ("_link", "_made", "_message", "_sent")

    def __init__(self, link: ModernHttp, message: Message, made: Made) -> None:
        """Use `ModernHttp.ready`."""
        self._link = link
        self._message = message
        self._made = made
        self._sent: OnItsWay | None = None

    def begin(self) -> bool:
        """As `Ready.begin` says."""
        self._sent = self._link.begun(self._made)
        return self._sent is not None

    async def opened(self) -> Posted:
        """As `Ready.opened` says."""
        sent, self._sent = self._sent, None
        if sent is None:
            return await self._link.open(self._message)
        return await self._link.opened(self._message, sent)

    def close(self) -> None:
        """As `Ready.close` says."""
        if self._sent is not None:
            self._sent.close()


def _is_reserved(code: int | None) -> bool:
    """Whether the protocol speaks, and no tool or application."""
    return code is not None and -32768 <= code <= -32000  # noqa: PLR2004 - JSON-RPC's numbers
