"""Clients of the modern era: every request stands alone, and its answer's stream is all there is.

Source: Model Context Protocol 2026-07-28, basic/transports/streamable-http, basic/patterns.
"""

from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from aiohttp import web

from guardrail_gw.dialects.mcp import eras, headers
from guardrail_gw.dialects.mcp.eras import Fault, Modern
from guardrail_gw.dialects.mcp.methods import DISCOVER
from guardrail_gw.errors import Refusal
from guardrail_gw.mcp.front import said, translate
from guardrail_gw.mcp.front.endpoint import Posted
from guardrail_gw.mcp.front.envelope import Id, Notice, Request, Response
from guardrail_gw.mcp.front.listeners import Listeners, Standing
from guardrail_gw.mcp.front.outlet import Outlet
from guardrail_gw.mcp.front.schemas import Schemas
from guardrail_gw.mcp.front.visit import Visit, accepted, json, waiting
from guardrail_gw.mcp.ports import LISTEN, Ask, Era, Message, Peer
from guardrail_gw.mcp_errors import ListeningOver, MethodDenied

_GONE: Final = frozenset(
    {
        *("initialize", "ping", "logging/setLevel", "resources/subscribe"),
        "resources/unsubscribe",
    }
)
"""Of the legacy era, and nobody's any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Turn:
    """One request, and where its answer goes."""

    visit: Visit
    request: Request
    ask: Ask
    posted: Posted
    outlet: Outlet

    def fail(self, wrong: Fault) -> None:
        """Answer with a fault."""
        status = said.STATUSES.get(wrong.code, 200)
        self.outlet.last(said.fault(self.request.id, wrong), status=status)

    def refuse(self, why: Refusal) -> None:
        """Answer with a refusal, which is on record."""
        name = self.outlet.headers.get("x-request-id", "")
        line = said.refusal(self.request.id, why, name)
        self.outlet.last(line, status=why.status, more=waiting(why))


@dataclass(slots=True, kw_only=True)
class ModernFront:
    """Answers them."""

    schemas: Schemas
    listeners: Listeners

    async def post(self, visit: Visit, message: Request | Notice | Response) -> web.StreamResponse:
        """Answer one POST."""
        if isinstance(message, Response):
            wrong = Fault(code=eras.INVALID_REQUEST, message="no server asks anything in this era")
            return await visit.faulty(None, wrong)
        if isinstance(message, Notice):
            unspoken = eras.unsupported(visit.headers.get(headers.VERSION, ""))
            return await visit.faulty(None, unspoken) if unspoken else accepted()
        described = _described(visit, message)
        if isinstance(described, Fault):
            return await visit.faulty(message.id, described)
        if message.method in _GONE:
            why = MethodDenied("there is no such method in this revision of the protocol")
            return await visit.refused(message.id, why)
        return await self._answer(visit, message, _peer(visit, described))

    async def _answer(self, visit: Visit, request: Request, peer: Peer) -> web.StreamResponse:
        try:
            if request.method == DISCOVER:
                return await _discovered(visit, request, peer)
            if request.method == "tools/call":
                wrong = await self._params(visit, request, peer)
                if wrong is not None:
                    return await visit.faulty(request.id, wrong)
        except Refusal as why:
            return await visit.refused(request.id, why)
        if request.method == LISTEN:
            return await self._heard(visit, request, peer)
        with visit.outlet() as outlet:
            turn = _turn(visit, request, peer, outlet)
            try:
                await _asked(turn)
            except Refusal as why:
                turn.refuse(why)
            return await outlet.finished()

    async def _heard(self, visit: Visit, request: Request, peer: Peer) -> web.StreamResponse:
        """A subscription, as long as it may go on."""
        server = visit.endpoint.name
        standing = self.listeners.standing(visit.request.headers, visit.who, server)
        with ExitStack() as held:
            try:
                held.enter_context(self.listeners.place(visit.who))
            except Refusal as why:
                return await visit.refused(request.id, why)
            outlet = held.enter_context(visit.outlet())
            turn = _turn(visit, request, peer, outlet)
            try:
                await self._listen(turn, standing)
            except Refusal as why:
                turn.refuse(why)
            return await outlet.finished()

    async def _listen(self, turn: _Turn, standing: Standing) -> None:
        """Acknowledge it first, then pass on what the server says, tagged with its id."""
        id_, outlet = turn.request.id, turn.outlet
        kinds = translate.honoured(turn.request.params)
        if kinds is None:
            wrong = "params.notifications must be an object"
            turn.fail(Fault(code=eras.INVALID_PARAMS, message=wrong))
            return
        ask = replace(turn.ask, params={**turn.ask.params, "notifications": kinds})
        with suppress(ListeningOver):
            async with (
                turn.visit.endpoint.call(ask, turn.posted) as running,
                self.listeners.stream(standing),
            ):
                await outlet.event(_acknowledged(kinds, id_))
                async for message in running.messages:
                    await standing.check()
                    if "method" in message:
                        await outlet.event(said.line(translate.tagged(message, id_)))
        tag = {eras.SUBSCRIPTION: id_}
        outlet.last(said.result(id_, {"resultType": "complete", "_meta": tag}))

    async def _params(self, visit: Visit, request: Request, peer: Peer) -> Fault | None:
        """The fault of headers that do not say what the arguments say."""
        arguments, name = request.params.get("arguments", {}), request.params.get("name")
        if not isinstance(name, str) or not isinstance(arguments, dict):
            return None
        if not arguments and not any(each.startswith(headers.PARAM) for each in visit.headers):
            return None
        wanted = await self.schemas.wanted(visit.endpoint, peer, name)
        wrong = headers.param_mismatch(wanted, arguments, visit.request.headers.items())
        if wrong is None:
            return None
        return Fault(
            code=eras.HEADER_MISMATCH, message=f"{wrong} does not say what the arguments say"
        )


async def _asked(turn: _Turn) -> None:
    async with turn.visit.endpoint.call(turn.ask, turn.posted) as running:
        async for message in running.messages:
            if "method" not in message:  # it is on record how it ended
                _last(message, turn)
                await turn.outlet.leave()
            elif "id" in message:  # a connection to a server has such a call wait, and says so
                turn.fail(_unable(message["method"]))
                return
            else:
                await _between(message, turn)


async def _between(message: Message, turn: _Turn) -> None:
    """A notification; log messages are for those who asked for them."""
    if message["method"] == translate.LOGGED and turn.ask.peer.log_level is None:
        return
    told = translate.notice(message, translate.progress_token(turn.request.params))
    if told is not None:
        await turn.outlet.event(said.line(told))


def _last(message: Message, turn: _Turn) -> None:
    """The response."""
    error = message.get("error")
    if error is not None:
        status = said.STATUSES.get(error.get("code"), 200)
        line = said.line(said.response(turn.request.id, {"error": error}))
        turn.outlet.last(line, status=status)
        return
    result = translate.modern_result(turn.request.method, message["result"])
    turn.outlet.last(said.result(turn.request.id, result))


async def _discovered(visit: Visit, request: Request, peer: Peer) -> web.StreamResponse:
    told = await visit.introduced(request.id, peer)
    if isinstance(told, web.StreamResponse):
        return told
    return json(said.result(request.id, said.discovered(told)))


def _turn(visit: Visit, request: Request, peer: Peer, outlet: Outlet) -> _Turn:
    return _Turn(
        visit=visit,
        request=request,
        ask=Ask(
            peer=peer,
            method=request.method,
            params=translate.inward(request.params),
            wants_progress=translate.progress_token(request.params) is not None,
        ),
        posted=visit.posted.told(outlet.named),
        outlet=outlet,
    )


def _acknowledged(kinds: Mapping[str, Any], id_: Id) -> bytes:
    told: Message = {
        "method": "notifications/subscriptions/acknowledged",
        "params": {"notifications": kinds},
    }
    return said.line(translate.tagged(told, id_))


def _described(visit: Visit, request: Request) -> Modern | Fault:
    twice = visit.has_repeated and headers.repeated(visit.request.headers.items())
    if twice:
        return Fault(code=eras.HEADER_MISMATCH, message=f"the header {twice} stands there twice")
    return eras.modern(request.method, request.params, visit.headers)


def _peer(visit: Visit, described: Modern) -> Peer:
    return Peer(
        principal=visit.who,
        era=Era.MODERN,
        revision=described.revision,
        capabilities=described.capabilities,
        info=described.info,
        log_level=described.log_level,
    )


def _unable(method: object) -> Fault:
    name = translate.CAPABILITY.get(method) if isinstance(method, str) else None
    needed: dict[str, Any] = {name: {}} if name else {}
    return Fault(
        code=eras.MISSING_CAPABILITY,
        message="the server asks for something that this client did not say it can do",
        data={"requiredCapabilities": needed},
    )
