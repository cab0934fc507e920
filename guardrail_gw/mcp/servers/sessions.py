"""Sessions of the legacy era with one server: never one for two clients.

A session is made when its client first asks something, and made anew when the server has forgotten
it. It ends with the client's own session, or when nobody used it for long.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from guardrail_gw.core.ports import Clock
from guardrail_gw.mcp.ports import Peer
from guardrail_gw.mcp.servers.http_legacy import HttpSession
from guardrail_gw.mcp.servers.limits import Limits
from guardrail_gw.mcp.servers.link import Link, key_of
from guardrail_gw.mcp_errors import ServerFailed

Key = tuple[Any, ...]
Begin = Callable[[Peer], Awaitable[HttpSession]]


@dataclass(slots=True)
class _Place:
    """One client's: a session, or the wait for it."""

    client: str | None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    session: HttpSession | None = None


class Sessions:
    """Of one server."""

    def __init__(self, name: str, limits: Limits, clock: Clock, begin: Begin) -> None:
        self._name = name
        self._limits = limits
        self._clock = clock
        self._begin = begin
        self._places: dict[Key, _Place] = {}

    def __len__(self) -> int:
        """How many there are."""
        return sum(place.session is not None for place in self._places.values())

    async def of(self, peer: Peer) -> HttpSession:
        """The client's session.

        Raises:
            ServerFailed: the server begins none, or there are as many as there may be.
        """
        key = key_of(peer)
        place = self._places.get(key)
        if place is None:
            self._make_room()
            place = self._places[key] = _Place(peer.session)
        async with place.lock:
            if place.session is None:
                try:
                    place.session = await self._begin(peer)
                except BaseException:
                    self._places.pop(key, None)
                    raise
            place.session.used_s = self._clock.monotonic_s()
            return place.session

    def drop(self, link: Link) -> None:
        """Forget a session that the server has forgotten."""
        for key, place in list(self._places.items()):
            if place.session is link:
                del self._places[key]
                place.session.over()

    async def left(self, client: str) -> None:
        """End what was kept for a client's session."""
        await self._end([key for key, place in self._places.items() if place.client == client])

    async def close(self) -> None:
        """End all."""
        await self._end(list(self._places))

    async def end_idle(self) -> None:
        """End those that nobody used for long; for ever."""
        while True:
            await self._clock.sleep(min(60.0, self._limits.session_idle_s / 4))
            before = self._clock.monotonic_s() - self._limits.session_idle_s
            await self._end([key for key, place in self._places.items() if _is_idle(place, before)])

    def _make_room(self) -> None:
        if len(self._places) >= self._limits.sessions:
            raise ServerFailed(f"there are {len(self._places)} sessions with {self._name}")

    async def _end(self, keys: list[Key]) -> None:
        places = [self._places.pop(key) for key in keys]
        sessions = [place.session for place in places if place.session is not None]
        await asyncio.gather(*(session.end() for session in sessions))


def _is_idle(place: _Place, before: float) -> bool:
    session = place.session
    return session is not None and not session.is_in_use and session.used_s < before
