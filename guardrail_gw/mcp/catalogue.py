"""What all servers offer: asked in parallel, kept for a while, the last good answer above all.

    listings ──▶ fresh? ── yes ──▶ what is kept
                  └ no ──▶ one refresh of each server at a time; whoever waits, waits `list_s`
    listen ──▶ "my list has changed" ──▶ refresh ──▶ whoever listens here is told

A refresh outlives those who wait for it: a server that was too slow for a request, or was down, is
there for the next one, and clients are told that the list has changed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import Refusal
from guardrail_gw.mcp.aggregate.fetching import GATEWAY, fetched
from guardrail_gw.mcp.aggregate.kinds import CHANGES, Kind
from guardrail_gw.mcp.aggregate.paging import Lack, Listing
from guardrail_gw.mcp.ports import Described, Server

T = TypeVar("T")
_HARD: Final = 12
"""A refresh is given up after so many times `list_s`."""
_FIRST_S, _LONGEST_S = 1.0, 60.0
"""Between one try to listen and the next."""

Heard = Callable[[str, Kind], None]
"""Server and list that is another one now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offering:
    """One server, and how long its part of a list is waited for."""

    server: Server
    list_s: float


@dataclass(slots=True, kw_only=True)
class _Kept:
    """What is known of one list."""

    listing: Listing | None = None
    until_s: float = 0.0
    refresh: asyncio.Task[Listing] | None = None
    lack: Lack | None = None
    """Why the last refresh brought nothing."""
    missed: bool = False
    """Somebody went without what it is now."""
    asked: int = 0
    """How often it was said to be another one."""


class Catalogue:
    """The lists of all servers."""

    def __init__(
        self,
        offerings: Iterable[Offering],
        *,
        clock: Clock,
        keep_s: float,
        changed: Callable[[str, Listing], Awaitable[None]] | None = None,
    ) -> None:
        """Without I/O.

        Args:
            offerings: in the order of the configuration.
            clock: for how long lists are kept.
            keep_s: how long one is kept that does not say.
            changed: awaited with every new list before anybody is given it.
        """
        self._offerings = {each.server.id: each for each in offerings}
        self._clock = clock
        self._keep_s = keep_s
        self._changed = changed
        self._kept = {(id_, kind): _Kept() for id_ in self._offerings for kind in Kind}
        self._turns = {id_: asyncio.Lock() for id_ in self._offerings}
        self._listeners: dict[object, Heard] = {}
        self._tasks = set[asyncio.Task[Any]]()

    @property
    def servers(self) -> tuple[str, ...]:
        """Ids, in the order of the configuration."""
        return tuple(self._offerings)

    async def start(self) -> None:
        """Begin to listen to what changes; no server needs to be there yet."""
        for offering in self._offerings.values():
            _ = self._begin(self._listen(offering))

    async def close(self) -> None:
        """Stop asking and listening."""
        tasks = [*self._tasks]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def hear(self, heard: Heard) -> Callable[[], None]:
        """Be told of every list that is another one now; what is returned ends it."""
        mark = object()
        self._listeners[mark] = heard
        return lambda: self._forget(mark)

    async def listings(
        self, kind: Kind, servers: Iterable[str] | None = None
    ) -> dict[str, Listing | Lack]:
        """The lists of these servers, or of all: each within its `list_s`, whatever the others do.

        Args:
            kind: which list.
            servers: ids; None: all.
        """
        wanted = [*(self._offerings if servers is None else servers)]
        found = await asyncio.gather(*(self.listing(id_, kind) for id_ in wanted))
        return dict(zip(wanted, found, strict=True))

    async def listing(self, server: str, kind: Kind) -> Listing | Lack:
        """One server's list; an older one, with the reason, if it does not answer in time.

        Raises:
            KeyError: there is no such server.
        """
        kept = self._kept[server, kind]
        if kept.listing is not None and self._clock.monotonic_s() < kept.until_s:
            return kept.listing
        refresh = self._refresh(server, kind)
        done, _ = await asyncio.wait({refresh}, timeout=self._offerings[server].list_s)
        if done and not refresh.cancelled() and refresh.exception() is None:
            return refresh.result()
        kept.missed = True
        lack = (kept.lack or Lack.FAILED) if done else Lack.TIMEOUT
        if kept.listing is None:
            return lack
        return replace(kept.listing, lacks=(*kept.listing.lacks, lack))

    async def described(self, server: str) -> Described:
        """What a server says of itself.

        Raises:
            UpstreamFault: it does not answer.
        """
        return await self._offerings[server].server.described(GATEWAY)

    def list_s(self, server: str) -> float:
        """How long a server's part of a list is waited for."""
        return self._offerings[server].list_s

    def known(self, server: str, kind: Kind) -> Listing | None:
        """The last good list, however old; nobody is asked."""
        return self._kept[server, kind].listing

    def at_once(self, server: str, kind: Kind) -> Listing | None:
        """The last good list; one whose time is over is asked for anew meanwhile."""
        kept = self._kept.get((server, kind))
        if kept is None or kept.listing is None:
            return None
        if self._clock.monotonic_s() >= kept.until_s:
            _ = self._refresh(server, kind)
        return kept.listing

    def stale(self, server: str, kind: Kind) -> None:
        """Have the list asked for anew by whoever needs it next."""
        self._kept[server, kind].until_s = 0.0

    def tell_all(self) -> None:
        """Tell listeners that what they may see of tools may be another list now."""
        for server in self._offerings:
            self._tell(server, Kind.TOOLS)

    def _refresh(self, server: str, kind: Kind) -> "asyncio.Task[Listing]":
        """The refresh that is under way, or a new one."""
        kept = self._kept[server, kind]
        if kept.refresh is None or kept.refresh.done():
            kept.refresh = self._begin(self._fetch(server, kind))
        return kept.refresh

    async def _fetch(self, server: str, kind: Kind) -> Listing:
        offering, kept = self._offerings[server], self._kept[server, kind]
        while True:
            asked = kept.asked
            try:
                async with self._turns[server], asyncio.timeout(_HARD * offering.list_s):
                    listing = await fetched(offering.server, kind)
            except (Refusal, TimeoutError) as fault:
                kept.lack = Lack.TIMEOUT if isinstance(fault, TimeoutError) else Lack.FAILED
                raise
            if asked == kept.asked:  # else it has changed meanwhile
                break
        await self._keep(server, kept, listing)
        return listing

    async def _keep(self, server: str, kept: _Kept, listing: Listing) -> None:
        had, missed = kept.listing is not None, kept.missed
        is_new = kept.listing is None or kept.listing.entries != listing.entries
        if is_new and self._changed is not None:
            await self._changed(server, listing)
        keep_s = self._keep_s if listing.ttl_s is None else min(listing.ttl_s, self._keep_s)
        kept.listing, kept.until_s = listing, self._clock.monotonic_s() + keep_s
        kept.lack, kept.missed = None, False
        if is_new and (had or missed):
            self._tell(server, listing.kind)

    async def _listen(self, offering: Offering) -> None:
        wait_s = _FIRST_S
        while True:
            since_s = self._clock.monotonic_s()
            with suppress(Refusal, OSError):
                await self._heard_from(offering.server)
            if self._clock.monotonic_s() - since_s > _LONGEST_S:
                wait_s = _FIRST_S
            await self._clock.sleep(wait_s)
            wait_s = min(wait_s * 2, _LONGEST_S)

    async def _heard_from(self, server: Server) -> None:
        async with server.listen(GATEWAY, CHANGES, frozenset()) as said:
            self._is_back(server.id)
            async for message in said:
                for kind in Kind:
                    if message.get("method") == kind.changed:
                        self._again(server.id, kind)

    def _is_back(self, server: str) -> None:
        """Ask for what was asked for in vain while it was away."""
        for kind in Kind:
            if self._kept[server, kind].missed:
                self._again(server, kind)

    def _again(self, server: str, kind: Kind) -> None:
        """Ask anew; a refresh that is under way does so when it is done."""
        self._kept[server, kind].asked += 1
        self.stale(server, kind)
        _ = self._refresh(server, kind)

    def _tell(self, server: str, kind: Kind) -> None:
        for heard in tuple(self._listeners.values()):
            heard(server, kind)

    def _forget(self, mark: object) -> None:
        self._listeners.pop(mark, None)

    def _begin(self, work: Coroutine[Any, Any, T]) -> "asyncio.Task[T]":
        task = asyncio.create_task(work)  # noqa: TID251 - `close` awaits it
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waited has it; perhaps nobody did
