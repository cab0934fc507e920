"""One HTTP request of somebody who is known."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web

from guardrail_gw.core.identity import Principal
from guardrail_gw.dialects.mcp import eras
from guardrail_gw.dialects.mcp.eras import Fault
from guardrail_gw.errors import BodyRefused, Refusal
from guardrail_gw.mcp.front import said
from guardrail_gw.mcp.front.endpoint import Endpoint, Posted
from guardrail_gw.mcp.front.envelope import Id
from guardrail_gw.mcp.front.outlet import Outlet
from guardrail_gw.mcp.front.tasks import Tasks
from guardrail_gw.mcp.ports import Introduction, Peer
from guardrail_gw.mcp_errors import EraMismatch, HeaderMismatch
from guardrail_gw.server.plain import SERVER
from guardrail_gw.server.whole import Whole

_NOTHING: Final = Posted()
Turned = tuple[Refusal, str]
"""What the caller is told, and the id of the exchange that records it."""


@dataclass(slots=True, kw_only=True)
class Visit:
    """Who asks which endpoint, and how it is answered."""

    request: web.Request
    who: Principal
    endpoint: Endpoint
    tasks: Tasks
    write_timeout_s: float
    headers: Mapping[str, str] = field(repr=False)
    """By lower-case names."""
    posted: Posted = field(default=_NOTHING, repr=False)
    turn_away: Callable[[Refusal], Awaitable[Turned]] = field(repr=False)
    """Records a refusal."""

    @property
    def has_repeated(self) -> bool:
        """Whether a header stands there twice."""
        return len(self.headers) < len(self.request.headers)

    def outlet(self, session: str | None = None) -> Outlet:
        """The answer to it."""
        headers = {} if session is None else {"Mcp-Session-Id": session}
        return Outlet(self.request, self.tasks, timeout_s=self.write_timeout_s, headers=headers)

    async def introduced(self, id_: Id, peer: Peer) -> Introduction | web.StreamResponse:
        """What the endpoint says of itself to this client, or the refusal of that."""
        names: list[str] = []
        posted = Posted(tags=self.posted.tags, begun=names.append)  # nothing of the client's own
        try:
            return await self.endpoint.introduced(peer, posted)
        except Refusal as why:  # it is on record as soon as it has a name
            return refusal(id_, why, names[-1]) if names else await self.refused(id_, why)

    async def refused(self, id_: Id | None, why: Refusal) -> web.StreamResponse:
        """Refuse it as a whole, and have that recorded."""
        told, name = await self.turn_away(why)
        return refusal(id_, told, name)

    async def faulty(self, id_: Id | None, wrong: Fault) -> web.StreamResponse:
        """Answer what is none of its era's, and have that recorded."""
        meant = _as_refusal(wrong)
        told, name = await self.turn_away(meant)
        if told is not meant:  # it could not be recorded
            return refusal(id_, told, name)
        return json(said.fault(id_, wrong), said.STATUSES.get(wrong.code, 400))


def json(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None) -> Whole:
    """A whole answer that is a message."""
    own = {"Content-Type": "application/json", "Server": SERVER, **(headers or {})}
    return Whole(body=body, headers=own, status=status)


def refusal(
    id_: Id | None, why: Refusal, name: str, headers: Mapping[str, str] | None = None
) -> Whole:
    """A refusal as a whole answer with its HTTP status."""
    own = {**(headers or {}), **waiting(why)}
    if name:
        own["x-request-id"] = name
    return json(said.refusal(id_, why, name), why.status, own)


def waiting(why: Refusal) -> dict[str, str]:
    """The header that says when trying again makes sense, where it does."""
    return {} if why.wait_s is None else {"Retry-After": str(why.wait_s)}


def accepted(session: str | None = None) -> web.Response:
    """A notification or a response has arrived."""
    own = {"Server": SERVER} | ({} if session is None else {"Mcp-Session-Id": session})
    return web.Response(status=202, headers=own)


def _as_refusal(wrong: Fault) -> Refusal:
    if wrong.code == eras.HEADER_MISMATCH:
        return HeaderMismatch(wrong.message)
    if wrong.code == eras.UNSUPPORTED_REVISION:
        return EraMismatch("this revision of the protocol is not spoken here")
    return BodyRefused(wrong.message, code="body.not_rpc")
