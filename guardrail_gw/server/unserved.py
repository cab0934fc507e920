"""Surfaces of providers that are not passed on: refused in the caller's dialect, and recorded."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import hdrs, web

from guardrail_gw.core.exchange import Arrival, Inbound
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.ports import Clock
from guardrail_gw.core.request_id import RequestIds
from guardrail_gw.dialects import unserved
from guardrail_gw.errors import Overloaded, Refusal
from guardrail_gw.server.access import Access
from guardrail_gw.server.chat import REQUEST_ID, Load, SurfaceDialect, not_served
from guardrail_gw.server.exchanges import Exchanges
from guardrail_gw.server.plain import SERVER
from guardrail_gw.server.stops import stopping
from guardrail_gw.server.strangers import Strangers

_METHODS = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"


@dataclass(slots=True, kw_only=True)
class Unserved:
    """Answers whoever asks for one of them; nothing of a body is read."""

    forms: Mapping[str, SurfaceDialect]
    """The dialects by name: whose errors the callers read."""
    chain: Exchanges
    access: Access
    strangers: Strangers
    clock: Clock
    load: Load
    ids: RequestIds = field(default_factory=RequestIds)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Refuse one request; a probe of the path is told that it is there."""
        if request.method in (hdrs.METH_HEAD, hdrs.METH_OPTIONS):
            return web.Response(status=204, headers={"Allow": _METHODS})
        form = self.forms[unserved.form(request.path, request.headers)]
        name = unserved.surface(request.path)
        who = self._who(request, form)
        if isinstance(who, Refusal) and not self.strangers.has_own_record(request.remote, name):
            return _told(self.strangers.turned_away(), form, "")
        now_us = self.clock.now_us()
        arrival = Arrival(id=self.ids.new(now_us), surface=name, received_us=now_us)
        return _told(await self._refused(arrival, who), form, arrival.id)

    def _who(self, request: web.Request, form: SurfaceDialect) -> Principal | Refusal:
        try:
            return self.access.principal(request.headers, form.query_key(request.raw_path))
        except Refusal as refusal:
            return refusal

    async def _refused(self, arrival: Arrival, who: Principal | Refusal) -> Refusal:
        """Take it through the chain, which records it and lets it go no further."""
        self.load.in_flight += 1
        refusal = who if isinstance(who, Refusal) else self._refusal(arrival.surface)

        async def admit() -> Inbound:
            raise refusal

        try:
            async with self.chain.exchange(arrival, admit):
                return refusal
        except Refusal as told:  # the same, unless it could not be recorded
            return told
        finally:
            self.load.in_flight -= 1

    def _refusal(self, surface: str) -> Refusal:
        if self.load.is_over:
            return stopping()
        if self.load.in_flight > self.load.limit:
            return Overloaded("too many requests are in progress; try again shortly")
        return not_served(surface)


def _told(refusal: Refusal, form: SurfaceDialect, name: str) -> web.Response:
    """A refusal as a whole answer; `name` is the request's id, if it has one."""
    headers = {"Content-Type": "application/json; charset=utf-8", "Server": SERVER}
    if name:
        headers |= dict.fromkeys((REQUEST_ID, *form.id_headers), name)
    if refusal.wait_s is not None:
        headers["Retry-After"] = str(refusal.wait_s)
    return web.Response(
        status=form.status(refusal), body=form.error_body(refusal, name), headers=headers
    )
