"""Clients of the legacy era: sessions, a stream for each request, and one that no request began.

A connection that breaks cancels nothing: what is said meanwhile is kept, and can be read from the
event on that the client names.

Source: Model Context Protocol 2025-11-25, basic/lifecycle, basic/transports, server/utilities.
"""

from collections.abc import Mapping
from contextlib import ExitStack, aclosing, suppress
from dataclasses import dataclass, replace
from typing import Final

from aiohttp import web

from guardrail_gw.dialects.mcp import eras
from guardrail_gw.dialects.mcp.eras import Fault
from guardrail_gw.dialects.mcp.methods import DISCOVER
from guardrail_gw.errors import BodyTooLarge, Overloaded, Refusal
from guardrail_gw.mcp.front import said
from guardrail_gw.mcp.front.envelope import Id, Notice, Request, Response
from guardrail_gw.mcp.front.listeners import Listeners, Standing
from guardrail_gw.mcp.front.outlet import Outlet
from guardrail_gw.mcp.front.replay import Pause, Stream, place
from guardrail_gw.mcp.front.session_calls import SessionCalls
from guardrail_gw.mcp.front.sessions import Session, Sessions
from guardrail_gw.mcp.front.visit import Visit, accepted, json, refusal
from guardrail_gw.mcp.ports import LISTEN, Era, Introduction, Peer
from guardrail_gw.mcp_errors import ListeningOver, MethodDenied, SessionUnknown

SESSION: Final = "mcp-session-id"
_SUBSCRIBING: Final = frozenset({"resources/subscribe", "resources/unsubscribe"})
_MOST_SAID: Final = 64 << 10
"""Bytes of an `initialize`: what a client says of itself is kept as long as its session."""
_MOST_RESOURCES: Final = 256
"""That one session subscribes to."""
_LONGEST_URI: Final = 8 << 10
_NO_SESSION: Final = Fault(
    code=eras.INVALID_REQUEST, message="Mcp-Session-Id is missing; begin with `initialize`"
)


@dataclass(slots=True, kw_only=True)
class LegacyFront:
    """Answers them."""

    sessions: Sessions
    calls: SessionCalls
    listeners: Listeners

    async def post(self, visit: Visit, message: Request | Notice | Response) -> web.StreamResponse:
        """Answer one POST."""
        id_ = message.id if isinstance(message, Request) else None
        if isinstance(message, Request) and message.method == "initialize":
            return await self._initialize(visit, message)
        found = await self._session(visit, id_)
        if not isinstance(found, Session):
            return found
        with self.sessions.used(found):
            if isinstance(message, Request):
                return await self._answer(visit, found, message)
            if isinstance(message, Response):
                return await self._taken(visit, found, message)
            await self._noted(visit, found, message)
            return accepted()

    async def get(self, visit: Visit) -> web.StreamResponse:
        """Open the stream that no request began, or one that broke off."""
        found = await self._session(visit, None)
        if not isinstance(found, Session):
            return found
        named = visit.headers.get("last-event-id")
        at = place(named) if named is not None else ("0", -1)
        stream = found.streams.get(at[0]) if at is not None else None
        if at is not None and at[0] == "0":
            return await self._heard(visit, found, None if named is None else at[1])
        if at is None or stream is None:
            wrong = Fault(code=eras.INVALID_PARAMS, message="no such event is kept here")
            return await visit.faulty(None, wrong)
        with self.sessions.used(found), visit.outlet(found.id) as outlet:
            await outlet.begin()
            await _deliver(stream, outlet, after=at[1])
            return await outlet.finished()

    async def _heard(self, visit: Visit, session: Session, after: int | None) -> web.StreamResponse:
        """The stream that no request began, as long as it may go on.

        Args:
            visit: whose it is.
            session: of its client.
            after: the event that the client read last; None: it begins.
        """
        standing = self.listeners.standing(visit.request.headers, visit.who, session.endpoint)
        with ExitStack() as held:
            try:
                held.enter_context(self.listeners.place(visit.who))
            except Refusal as why:
                return await visit.refused(None, why)
            self.calls.listen(visit.endpoint, session)
            if after is None and session.unsolicited.is_read:
                wrong = Fault(
                    code=eras.INVALID_REQUEST, message="this stream is being read already"
                )
                return json(said.fault(None, wrong), 409)
            held.enter_context(self.sessions.used(session))
            outlet = held.enter_context(visit.outlet(session.id))
            await outlet.begin()
            with suppress(ListeningOver):
                async with self.listeners.stream(standing):
                    at = -1 if after is None else after
                    await _deliver(session.unsolicited, outlet, after=at, standing=standing)
            return await outlet.finished()

    async def delete(self, visit: Visit) -> web.StreamResponse:
        """End a session."""
        found = await self._session(visit, None)
        if not isinstance(found, Session):
            return found
        await self.sessions.end(found)
        return web.Response(status=200)

    async def _session(self, visit: Visit, id_: Id | None) -> Session | web.StreamResponse:
        name = visit.headers.get(SESSION)
        if name is None:
            return await visit.faulty(id_, _NO_SESSION)
        try:
            return self.sessions.of(name, visit.endpoint.name, visit.who)
        except SessionUnknown as why:
            return await visit.refused(id_, why)

    async def _initialize(self, visit: Visit, request: Request) -> web.StreamResponse:
        params = request.params
        if len(visit.posted.body) > _MOST_SAID:
            long = BodyTooLarge(f"`initialize` has {_MOST_SAID} bytes at most")
            return await visit.refused(request.id, long)
        capabilities, info = params.get("capabilities", {}), params.get("clientInfo", {})
        if not isinstance(capabilities, dict) or not isinstance(info, dict):
            wrong = Fault(
                code=eras.INVALID_PARAMS, message="capabilities and clientInfo must be objects"
            )
            return await visit.faulty(request.id, wrong)
        peer = Peer(
            principal=visit.who,
            era=Era.LEGACY,
            revision=eras.negotiated(params.get("protocolVersion")),
            session=self.sessions.new_id(),
            capabilities=capabilities,
            info=info,
        )
        try:
            session = self.sessions.make(visit.endpoint.name, peer)
        except Refusal as why:
            return await visit.refused(request.id, why)
        told: Introduction | web.StreamResponse | None = None
        try:
            told = await visit.introduced(request.id, peer)
        finally:
            if not isinstance(told, Introduction):
                self.sessions.unkept(session)
        if not isinstance(told, Introduction):
            return told
        self.sessions.keep(session)
        body = said.result(request.id, said.initialized(told, peer.revision))
        return json(body, headers={"Mcp-Session-Id": session.id})

    async def _answer(self, visit: Visit, session: Session, request: Request) -> web.StreamResponse:
        own = await self._own(visit, session, request)
        if own is not None:
            return own
        if request.id in session.calls:
            wrong = Fault(code=eras.INVALID_REQUEST, message="a request with this id is running")
            return await visit.faulty(request.id, wrong)
        with visit.outlet(session.id) as outlet:
            posted = replace(visit.posted, begun=outlet.named)
            try:
                stream = self.calls.begin(visit.endpoint, session, request, posted)
            except Refusal as why:
                return await visit.refused(request.id, why)
            if session.is_primed:
                await outlet.prime(stream.event_id(stream.prime()))
            await _deliver(stream, outlet)
            return await outlet.finished()

    async def _own(
        self, visit: Visit, session: Session, request: Request
    ) -> web.StreamResponse | None:
        """What the gateway answers itself; None: the server is asked."""
        if request.method == "ping":
            return json(said.result(request.id, {}))
        if request.method == "logging/setLevel":
            return await self._level(visit, session, request)
        if request.method in _SUBSCRIBING:
            return await self._subscribed(visit, session, request)
        if request.method in (LISTEN, DISCOVER):  # a session has a stream, and has begun
            why = MethodDenied("there is no such method in this revision of the protocol")
            return await visit.refused(request.id, why)
        return None

    async def _level(self, visit: Visit, session: Session, request: Request) -> web.StreamResponse:
        level = request.params.get("level")
        if level not in eras.LEVELS:
            wrong = Fault(code=eras.INVALID_PARAMS, message="level is none of the protocol's")
            return await visit.faulty(request.id, wrong)
        refused = await _without(visit, session, request, "logging")
        if refused is not None:
            return refused
        session.log_level = level
        self.calls.listen_anew(visit.endpoint, session)
        return json(said.result(request.id, {}))

    async def _subscribed(
        self, visit: Visit, session: Session, request: Request
    ) -> web.StreamResponse:
        uri = request.params.get("uri")
        if not isinstance(uri, str) or len(uri) > _LONGEST_URI:
            wrong = Fault(code=eras.INVALID_PARAMS, message="uri must be a string, and not so long")
            return await visit.faulty(request.id, wrong)
        refused = await _without(visit, session, request, "resources", "subscribe")
        if refused is not None:
            return refused
        if request.method == "resources/subscribe":
            if len(session.resources) >= _MOST_RESOURCES and uri not in session.resources:
                full = Overloaded(f"a session subscribes to {_MOST_RESOURCES} resources at most")
                return await visit.refused(request.id, full)
            session.resources.add(uri)
        else:
            session.resources.discard(uri)
        self.calls.listen_anew(visit.endpoint, session)
        return json(said.result(request.id, {}))

    async def _taken(self, visit: Visit, session: Session, message: Response) -> web.StreamResponse:
        """An answer to what a server asked."""
        try:
            await self.calls.answered(visit.endpoint, session, message, visit.posted)
        except Refusal as why:
            return refusal(None, why, "")
        return accepted()

    async def _noted(self, visit: Visit, session: Session, notice: Notice) -> None:
        """Take a notification; one that nobody knows goes no further."""
        if notice.method == "notifications/cancelled":
            self.calls.cancel(session, notice.params.get("requestId"))
        elif notice.method == "notifications/roots/list_changed":
            await self.calls.roots_changed(visit.endpoint, session)


async def _deliver(
    stream: Stream, outlet: Outlet, *, after: int = -1, standing: Standing | None = None
) -> None:
    """Write what comes on a stream; a single message that ends it is a whole answer."""
    async with aclosing(stream.read(after)) as events:
        async for name, data in events:
            if standing is not None:
                await standing.check()
            if isinstance(data, Pause):
                await outlet.prime(name, data.wait_s)
                return
            if stream.ended and not outlet.has_begun and not stream.has_unread:
                outlet.last(data)
                continue
            await outlet.event(data, name)


async def _without(
    visit: Visit, session: Session, request: Request, *path: str
) -> web.StreamResponse | None:
    """The refusal of what the server did not say it can do; None: it did."""
    try:
        at: object = (await visit.endpoint.described(session.peer)).capabilities
        for name in path:
            at = at.get(name) if isinstance(at, Mapping) else None
        if at is None or at is False:
            raise MethodDenied(f"the server does not offer {request.method}")
    except Refusal as why:
        return await visit.refused(request.id, why)
    return None
