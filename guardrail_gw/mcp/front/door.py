"""The MCP endpoint's paths: who asks is known before anything of the protocol is read."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from aiohttp import hdrs, web

from guardrail_gw.core.exchange import Arrival, Inbound
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.ports import Clock
from guardrail_gw.core.request_id import RequestIds
from guardrail_gw.core.tags import Tag, Tags, tags_of
from guardrail_gw.dialects.mcp import eras, headers
from guardrail_gw.errors import HeaderRefused, Refusal
from guardrail_gw.mcp.front.admission import Admission
from guardrail_gw.mcp.front.elsewhere import Elsewhere
from guardrail_gw.mcp.front.endpoint import SURFACE, Endpoint, Posted
from guardrail_gw.mcp.front.envelope import read
from guardrail_gw.mcp.front.legacy import SESSION, LegacyFront
from guardrail_gw.mcp.front.modern import ModernFront
from guardrail_gw.mcp.front.pages import Pages
from guardrail_gw.mcp.front.tasks import Tasks
from guardrail_gw.mcp.front.visit import Turned, Visit, refusal
from guardrail_gw.mcp_errors import ToolUnknown
from guardrail_gw.server.exchanges import Exchanges
from guardrail_gw.server.intake import Intake
from guardrail_gw.server.plain import SERVER
from guardrail_gw.server.strangers import Strangers

_METHODS: Final = "DELETE, GET, OPTIONS, POST"
_JSON: Final = ("*/*", "application/*", "application/json")
_EVENTS: Final = ("*/*", "text/*", "text/event-stream")
_USUAL: Final = "application/json, text/event-stream"
"""What nearly every client takes: all that is ever asked for."""


@dataclass(slots=True, kw_only=True)
class Door:
    """Answers every request on a path of the endpoint."""

    endpoints: Mapping[str, Endpoint]
    """By the server's id; the one of all servers is named by nothing."""
    admission: Admission
    pages: Pages
    strangers: Strangers
    chain: Exchanges
    intake: Intake
    clock: Clock
    tasks: Tasks
    modern: ModernFront
    legacy: LegacyFront
    elsewhere: Elsewhere = field(default_factory=Elsewhere)
    write_timeout_s: float
    tags: Sequence[Tag] = ()
    ids: RequestIds = field(default_factory=RequestIds)
    _sweeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Be ready to answer."""
        await self.tasks.start()
        self._sweeper = self.tasks.run(self.legacy.sessions.sweep, "end of idle sessions")

    async def close(self) -> None:
        """End every session, and whatever runs."""
        await self.legacy.sessions.close()
        await self.tasks.close()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer one request: who asks comes first, then whom, then what."""
        if request.method == hdrs.METH_OPTIONS:
            return web.Response(status=204, headers={"Allow": _METHODS, "Server": SERVER})
        return await self.at(request.match_info.get("server", ""), request)

    async def at(self, name: str, request: web.Request) -> web.StreamResponse:
        """Answer a request, none that asks for methods, to the server of this name."""
        try:
            self.pages.visit(request.headers)
            who = await self.admission.principal(request.headers, name)
        except Refusal as why:
            return await self._stranger(request, name, why)
        visit = self._visit(request, who, name)
        try:
            if visit is None:
                raise ToolUnknown("there is no such MCP server here")
            return await self._known(visit)
        except Refusal as why:
            told, exchange = await self._turn_away(why)
            return refusal(None, told, exchange)

    async def _known(self, visit: Visit) -> web.StreamResponse:
        request = visit.request
        is_modern = eras.is_modern(visit.headers.get(headers.VERSION))
        if request.method != hdrs.METH_POST:
            if is_modern:
                own = {"Allow": "OPTIONS, POST", "Server": SERVER}
                return web.Response(status=405, headers=own)
            _accepts(visit, _EVENTS if request.method == hdrs.METH_GET else ())
            handle = self.legacy.get if request.method == hdrs.METH_GET else self.legacy.delete
            other = self.elsewhere.of(visit.headers.get(SESSION))
            if other is not None:
                return await self.elsewhere.answered(other, request, b"")
            return await handle(visit)
        _accepts(visit, _JSON, _EVENTS)
        body = await self.intake.read(request)
        other = None if is_modern else self.elsewhere.of(visit.headers.get(SESSION))
        if other is not None:
            return await self.elsewhere.answered(other, request, body)
        tags = self._tags(request, visit.who) if self.tags else ()
        visit.posted = Posted(body=body, tags=tags)
        message = read(body)
        if is_modern and (other := self.elsewhere.waits(message)) is not None:
            return await self.elsewhere.answered(other, request, body)
        return await (self.modern if is_modern else self.legacy).post(visit, message)

    def _visit(self, request: web.Request, who: Principal, name: str) -> Visit | None:
        endpoint = self.endpoints.get(name)
        if endpoint is None:
            return None
        return Visit(
            request=request,
            who=who,
            endpoint=endpoint,
            tasks=self.tasks,
            write_timeout_s=self.write_timeout_s,
            headers={each.lower(): value for each, value in request.headers.items()},
            turn_away=self._turn_away,
        )

    def _tags(self, request: web.Request, who: Principal) -> Tags:
        said = {
            tag.header: request.headers.getall(tag.header, ()) for tag in self.tags if tag.header
        }
        return tags_of(self.tags, who.tags, said, None)

    async def _stranger(self, request: web.Request, name: str, why: Refusal) -> web.StreamResponse:
        """Turn away somebody nobody knows; only so many of them get a record of their own."""
        own = self.admission.challenge(why, name)
        if not self.strangers.has_own_record(request.remote, SURFACE):
            return refusal(None, self.strangers.turned_away(), "")
        told, exchange = await self._turn_away(why)
        return refusal(None, told, exchange, own)

    async def _turn_away(self, why: Refusal) -> Turned:
        """Record a refusal; what is told if that fails is why it failed."""
        now_us = self.clock.now_us()
        arrival = Arrival(id=self.ids.new(now_us), surface=SURFACE, received_us=now_us)

        async def refuse() -> Inbound:
            raise why

        try:
            async with self.chain.exchange(arrival, refuse):
                return why, arrival.id
        except Refusal as told:
            return told, arrival.id


def _accepts(visit: Visit, *kinds: Sequence[str]) -> None:
    """A client must take both forms of an answer."""
    said = visit.headers.get("accept")
    if said is None or said == _USUAL:
        return
    lines = visit.request.headers.getall(hdrs.ACCEPT, ())
    named = {each.partition(";")[0].strip().lower() for line in lines for each in line.split(",")}
    if any(kind and named.isdisjoint(kind) for kind in kinds):
        raise HeaderRefused("Accept must name application/json and text/event-stream")
