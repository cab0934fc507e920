"""A server over HTTP, of whichever era it is.

The era is found out at first use: `server/discover` is asked or a session is begun, whichever the
client itself would have done, and if anything comes back but what it should, or nothing, the other
of both. What was found out is forgotten when the server fails.

Source: Model Context Protocol 2026-07-28, basic/versioning ("Compatibility").
"""

import asyncio
import itertools
from collections.abc import Mapping
from typing import Any, Final

from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import UpstreamFault
from guardrail_gw.mcp.ports import Era, Message, Peer
from guardrail_gw.mcp.servers import modern
from guardrail_gw.mcp.servers.http_call import OK, Posted, no_answer, refused
from guardrail_gw.mcp.servers.http_legacy import HttpSession
from guardrail_gw.mcp.servers.http_modern import ModernHttp
from guardrail_gw.mcp.servers.limits import Limits
from guardrail_gw.mcp.servers.link import Link, LinkGone
from guardrail_gw.mcp.servers.messages import Kind, kind, request
from guardrail_gw.mcp.servers.sessions import Crowded, Keeping, Sessions
from guardrail_gw.mcp.servers.spoken import Spoken
from guardrail_gw.mcp.servers.tasks import Beside, Tasks
from guardrail_gw.mcp.servers.wire import Connect, Wire
from guardrail_gw.mcp_errors import ServerFailed, ServerTimeout

BAD_REQUEST: Final = 400
_ASSUMED = "2026-07-28"
"""The revision in which a server is asked which it speaks."""


class HttpTransport:
    """Implements `link.Transport`."""

    def __init__(
        self,
        name: str,
        where: tuple[str, Mapping[str, str]],
        limits: Limits,
        speaks: Era | None,
        around: tuple[Clock, Connect],
    ) -> None:
        """Make it anywhere; `start` inside the event loop.

        Args:
            name: the server's.
            where: its address, and the headers that are sent with every request.
            limits: the server's.
            speaks: its era; None: it is found out.
            around: the time, and what makes connections.
        """
        clock, self._connect = around
        self._name = name
        self._where = where
        self._limits = limits
        self._spoken = Spoken(speaks)
        self._ids = itertools.count(1)
        self._tasks = Tasks()
        self._beside = Beside(tasks=self._tasks, clock=clock, mint=self.mint)
        keeping = Keeping(
            most=limits.sessions, idle_s=limits.session_idle_s, wait_s=0.0, what="sessions"
        )
        self._sessions: Sessions[HttpSession] = Sessions(name, keeping, clock, self._begun)
        self._wire: Wire | None = None
        self._modern: ModernHttp | None = None
        self._finding = asyncio.Lock()

    async def start(self) -> None:
        """Make ready."""
        self._wire = Wire(self._name, self._where, self._limits, self._connect)
        self._tasks.begin(self._sessions.end_idle(), f"mcp-idle-{self._name}")

    async def close(self) -> None:
        """End sessions and connections."""
        await self._sessions.close()
        await self._tasks.close()
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()

    def ready(self, peer: Peer) -> Link | None:
        """As `Transport.ready` says: requests of the modern era share one way."""
        return self._modern if self._spoken.order(peer.era)[0] is Era.MODERN else None

    async def link(self, peer: Peer) -> Link:
        """As `Transport.link` says."""
        fault: UpstreamFault | None = None
        for era in self._spoken.order(peer.era):
            try:
                return await self._way(era, peer)
            except Crowded:
                raise
            except UpstreamFault as why:
                self._spoken.lacks(era)
                fault = why
        self.doubt()
        raise fault or ServerFailed(f"{self._name} does not say what it is")

    async def drop(self, link: Link) -> None:
        """As `Transport.drop` says."""
        self.doubt()
        self._sessions.drop(link)

    def doubt(self) -> None:
        """As `Transport.doubt` says."""
        self._spoken.doubt()
        self._modern = None

    async def left(self, session: str) -> None:
        """As `Transport.left` says."""
        await self._sessions.left(session)

    def mint(self) -> int:
        """An id that no other request to the server has."""
        return next(self._ids)

    async def _way(self, era: Era, peer: Peer) -> Link:
        if era is Era.LEGACY:
            return await self._sessions.of(peer)
        if self._modern is None:
            async with self._finding:
                if self._modern is None:
                    self._modern = await self._discovered(peer)
        return self._modern

    async def _discovered(self, peer: Peer) -> ModernHttp:
        params = {"_meta": modern.envelope(peer, _ASSUMED)}
        headers = {"MCP-Protocol-Version": _ASSUMED, "Mcp-Method": modern.DISCOVER}
        try:
            async with asyncio.timeout(2 * self._limits.connect_s):
                result = await self._result(params, headers)
                if modern.speaks_after_all(result, _ASSUMED):
                    result = await self._result(params, headers)
        except TimeoutError:
            raise ServerTimeout(f"{self._name} is silent too long") from None
        if "result" not in result:
            raise ServerFailed(f"{self._name} does not say what it is")
        described = modern.described(self._name, result["result"])
        return ModernHttp(self._live, described, self._beside)

    async def _result(self, params: Mapping[str, Any], headers: dict[str, str]) -> Message:
        """The response, also one that refuses the revision."""
        id_ = self.mint()
        answer = await self._live.post(request(id_, modern.DISCOVER, params), headers)
        posted = Posted(self._name, id_, answer, self._tasks)
        try:
            if answer.status not in (OK, BAD_REQUEST):
                raise no_answer(self._name, answer)
            if answer.status == BAD_REQUEST:
                return await refused(self._name, answer)
            while kind(said := await posted.next()) is not Kind.RESPONSE:
                pass
        finally:
            await posted.close(is_over=True)
        return said

    async def _begun(self, peer: Peer) -> HttpSession:
        session = HttpSession(self._live, self._beside)
        try:
            async with asyncio.timeout(self._limits.connect_s + self._limits.idle_s):
                await session.begin(peer)
        except TimeoutError:
            raise ServerTimeout(f"{self._name} is silent too long") from None
        except LinkGone:
            raise ServerFailed(f"{self._name} ends its session at once") from None
        return session

    @property
    def _live(self) -> Wire:
        if self._wire is None:
            raise ServerFailed("the gateway is stopping")
        return self._wire
