"""The endpoint of all servers: each request goes to the one that it means, through the chain.

    list    ─▶ each server's list, as an exchange of its own ─▶ joined, in names of this endpoint
    call …  ─▶ the server that the name or URI is of ─▶ its answer, in names of this endpoint
    listen  ─▶ servers with a resource that is subscribed to; changes of lists are the catalogue's

What a caller may use is decided where each server is asked, as at its own endpoint.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

from guardrail_gw import __version__
from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.dialects.mcp.methods import DISCOVER
from guardrail_gw.errors import PolicyRefusal, Refusal, UpstreamFault
from guardrail_gw.mcp.aggregate.asking import Meant
from guardrail_gw.mcp.aggregate.joining import PARTIAL, joined
from guardrail_gw.mcp.aggregate.kinds import BY_METHOD, Kind
from guardrail_gw.mcp.aggregate.paging import Lack, Listing
from guardrail_gw.mcp.aggregate.telling import Telling
from guardrail_gw.mcp.front.endpoint import Endpoint, Posted, Running, introduction
from guardrail_gw.mcp.front.nowhere import Refuse
from guardrail_gw.mcp.listening import listening
from guardrail_gw.mcp.ports import LISTEN, Ask, Described, Era, Introduction, Message, Peer, Told
from guardrail_gw.mcp.tools import Tools
from guardrail_gw.mcp_errors import (
    MethodDenied,
    ServerFailed,
    ServerTimeout,
    SessionUnknown,
    ToolDenied,
)
from guardrail_gw.policy.tools import ToolRules

NAMING: Final = frozenset(
    {
        *("tools/call", "prompts/get", "completion/complete", "resources/read"),
        *("resources/subscribe", "resources/unsubscribe"),
    }
)
"""Methods that name something of a server; others mean none."""
_CAPABILITIES: Final[Mapping[str, Any]] = {
    "tools": {"listChanged": True},
    "prompts": {"listChanged": True},
    "resources": {"subscribe": True, "listChanged": True},
    "completions": {},
    "logging": {},
}
"""All of them, whatever servers have now: one that comes late has its place."""
_INFO: Final[Mapping[str, Any]] = {"name": "guardrail-gw", "version": __version__}
_TTL_S: Final = 5.0
"""Clients of the modern era may keep a list so long: what policy says of it can change."""
_MOST_SESSIONS: Final = 100_000
_NOBODY: Final = RequestId("")


@dataclass(slots=True, kw_only=True)
class AllServers:
    """Implements `front.endpoint.Endpoint`."""

    singles: Mapping[str, Endpoint]
    """Server -> its own endpoint, in the order of the configuration."""
    tools: Tools
    rules: Callable[[Principal], ToolRules]
    """What holds for a caller now, to leave out servers that it may not ask."""
    refuse: Refuse
    """Has on record what goes to no server."""
    name: str = ""
    _running: dict[RequestId, str] = field(default_factory=dict)
    """Calls in the middle of which something may be answered -> whose they are."""
    _visited: OrderedDict[str, set[str]] = field(default_factory=OrderedDict)
    """Session -> servers that were asked in it."""

    async def described(self, peer: Peer) -> Described:
        """What the endpoint is."""
        del peer
        return Described(
            era=Era.MODERN, revision="2026-07-28", capabilities=_CAPABILITIES, info=_INFO
        )

    async def introduced(self, peer: Peer, posted: Posted) -> Introduction:
        """What the endpoint says of itself, with what its servers tell models.

        What each of them says is an exchange of its own; one that says nothing is not asked.
        """
        rules = self.rules(peer.principal)
        servers = [server for server in self.singles if rules.uses(server)]
        told = await asyncio.gather(*(self._told(peer, server, posted) for server in servers))
        return Introduction(
            capabilities=_CAPABILITIES,
            info=_INFO,
            instructions="\n\n".join(filter(None, told)) or None,
        )

    def call(self, ask: Ask, posted: Posted) -> AbstractAsyncContextManager[Running]:
        """Ask whom it means."""
        if ask.method in BY_METHOD:
            return self._listed(ask, posted)
        if ask.method == LISTEN:
            return self._listening(ask, posted)
        return self._asked(ask, posted)

    async def tell(self, told: Told, posted: Posted) -> None:
        """Answer what a server asked in the middle of a call of this endpoint."""
        server = self._running.get(told.exchange)
        if server is None:
            why = SessionUnknown("no call of this name is under way")
            await self.refuse(told, posted, why)
            raise why
        await self.singles[server].tell(told, posted)

    async def notify(self, peer: Peer, method: str, params: Mapping[str, Any]) -> None:
        """Tell the servers that the client's session has been at, and that it may ask now."""
        rules = self.rules(peer.principal)
        for server in filter(rules.uses, sorted(self._visited.get(peer.session or "", ()))):
            await self.singles[server].notify(peer, method, params)

    async def left(self, session: str) -> None:
        """Tell them that it is over."""
        for server in sorted(self._visited.pop(session, ())):
            await self.singles[server].left(session)

    async def _told(self, peer: Peer, server: str, posted: Posted) -> str | None:
        """A server's instructions, under its name; nothing of one that does not answer in time."""
        catalogue = self.tools.catalogue
        ask = Ask(peer=peer, method=DISCOVER, params={}, may_be_kept=True)
        quiet = Posted(tags=posted.tags)
        try:
            async with asyncio.timeout(catalogue.list_s(server)):
                if not (await catalogue.described(server)).instructions:
                    return None
                async with self.singles[server].call(ask, quiet) as running:
                    said = (await introduction(running.messages)).instructions
        except (Refusal, TimeoutError):
            return None
        return f"{server}: {said}" if said else None

    @asynccontextmanager
    async def _asked(self, ask: Ask, posted: Posted) -> AsyncIterator[Running]:
        meant = await self._meant(ask, posted)
        self._visit(ask.peer.session, meant.server)
        telling = self.tools.telling(meant.server)
        own = replace(ask, params=meant.params)
        async with self.singles[meant.server].call(own, posted) as running:
            self._running[running.exchange] = meant.server
            try:
                async with aclosing(_in_our_names(running, telling, ask.method)) as messages:
                    yield Running(exchange=running.exchange, messages=messages)
            finally:
                self._running.pop(running.exchange, None)

    async def _meant(self, ask: Ask, posted: Posted) -> Meant:
        """Whom a request is for; raises Refusal, which is on record."""
        try:
            if ask.method not in NAMING:
                raise MethodDenied("the endpoint of all servers does not pass this method on")
            return await self.tools.meant(ask.method, ask.params)
        except Refusal as why:
            await self.refuse(ask, posted, why)
            raise

    @asynccontextmanager
    async def _listed(self, ask: Ask, posted: Posted) -> AsyncIterator[Running]:
        kind, rules = BY_METHOD[ask.method], self.rules(ask.peer.principal)
        servers = [server for server in self.singles if rules.uses(server)]
        own = Ask(peer=ask.peer, method=ask.method, params={}, may_be_kept=True)
        quiet = replace(posted, begun=Posted().begun)
        found = await asyncio.gather(
            *(self._list(s, kind, own, quiet if n else posted) for n, s in enumerate(servers))
        )
        listings = dict(zip(servers, found, strict=True))
        told = {server: self._entry(server, kind) for server in servers}
        answered = {s: each for s, each in listings.items() if isinstance(each, Listing | Lack)}
        whole = joined(kind, answered, servers, lambda server, entry: told[server](entry))
        try:
            if kind is Kind.TOOLS and not whole.entries:
                _explain(listings)
            result = whole.page(ask.params.get("cursor"), ttl_s=_TTL_S)
        except Refusal as why:  # the servers' own exchanges went well
            await self.refuse(ask, posted, why)
            raise
        yield Running(exchange=_NOBODY, messages=_one({"result": result}))

    async def _list(
        self, server: str, kind: Kind, ask: Ask, posted: Posted
    ) -> Listing | Lack | None:
        """One server's list, as its caller may see it; None: the policy hides it.

        Raises:
            Refusal: a safeguard does not do its work, so nothing is shown.
        """
        try:
            async with self.singles[server].call(ask, posted) as running:
                async for message in running.messages:
                    if "method" not in message:
                        return _listing(kind, message)
        except PolicyRefusal:
            return None
        except UpstreamFault as fault:
            return Lack.TIMEOUT if isinstance(fault, ServerTimeout) else Lack.FAILED
        return Lack.FAILED

    def _entry(
        self, server: str, kind: Kind
    ) -> Callable[[Mapping[str, Any]], dict[str, Any] | None]:
        telling = self.tools.telling(server, kind)
        return {
            Kind.TOOLS: telling.tool,
            Kind.PROMPTS: telling.prompt,
            Kind.RESOURCES: telling.resource,
            Kind.TEMPLATES: telling.template,
        }[kind]

    @asynccontextmanager
    async def _listening(self, ask: Ask, posted: Posted) -> AsyncIterator[Running]:
        rules = self.rules(ask.peer.principal)
        async with listening(self.singles, self.tools, rules, ask, posted) as messages:
            yield Running(exchange=_NOBODY, messages=messages)

    def _visit(self, session: str | None, server: str) -> None:
        if session is None:
            return
        self._visited.setdefault(session, set()).add(server)
        self._visited.move_to_end(session)
        while len(self._visited) > _MOST_SESSIONS:
            self._visited.popitem(last=False)


async def _in_our_names(
    running: Running, telling: Telling, method: str
) -> AsyncGenerator[Message, None]:
    async for message in running.messages:
        if "method" in message:
            yield telling.notification(message)
        elif isinstance(result := message.get("result"), Mapping):
            yield {**message, "result": telling.result(method, result)}
        else:
            yield message


async def _one(message: Message) -> AsyncIterator[Message]:
    yield message


def _listing(kind: Kind, message: Message) -> Listing | Lack:
    result = message.get("result")
    entries = result.get(kind.value) if isinstance(result, Mapping) else None
    if not isinstance(result, Mapping) or not isinstance(entries, list):
        return Lack.FAILED
    meta = result.get("_meta")
    lacks = meta.get(PARTIAL, ()) if isinstance(meta, Mapping) else ()
    known = tuple(Lack(each) for each in lacks if each in set(Lack))
    things = tuple(each for each in entries if isinstance(each, Mapping))
    return Listing(kind=kind, entries=things, lacks=known)


def _explain(listings: Mapping[str, Listing | Lack | None]) -> None:
    """No tool at all is an error unless no server has one: models make up what they lack."""
    if absent := [server for server, each in listings.items() if isinstance(each, Lack)]:
        raise ServerFailed(f"no tools: {', '.join(map(repr, absent))} did not answer")
    if not listings or None in listings.values():
        raise ToolDenied("the policy lets this key use none of the tools that there are")
