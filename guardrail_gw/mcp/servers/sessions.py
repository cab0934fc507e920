"""Sessions and processes that are kept for clients: never one for two of them.

One is made when its client first asks something, and made anew when it is over. It ends with the
client's own session, or when nobody used it for long.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeVar

from guardrail_gw.core.ports import Clock
from guardrail_gw.mcp.ports import Peer
from guardrail_gw.mcp.servers.link import Link, key_of
from guardrail_gw.mcp_errors import ServerFailed

_LOOK_S: Final = 0.05
_RARELY_S: Final = 60.0
_OWNER: Final = 4
"""So many members of a key say whose it is (`link.key_of`): tenant, team, user, key."""
Key = tuple[Any, ...]


class Kept(Link, Protocol):
    """What is kept for one client."""

    used_s: float
    """When it was used last."""

    @property
    def is_in_use(self) -> bool:
        """Whether a call is under way, or somebody listens."""
        ...

    @property
    def has_calls(self) -> bool:
        """Whether a call is under way; who only listens begins anew elsewhere."""
        ...

    async def end(self) -> None:
        """End it well."""
        ...

    def over(self) -> None:
        """It is over already."""
        ...


class Crowded(ServerFailed):
    """There are as many as there may be."""


K = TypeVar("K", bound=Kept)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """How many are kept, and for how long."""

    most: int
    idle_s: float
    wait_s: float
    """For one of those that nobody's session needs to be free."""
    what: str
    """What they are, for who reads an error: `sessions`."""


@dataclass(slots=True)
class _Place(Generic[K]):
    """One client's: what is kept, or the wait for it."""

    client: str | None
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    kept: K | None = None

    @property
    def is_idle(self) -> bool:
        return self.kept is not None and not self.kept.is_in_use and not self.lock.locked()


class Sessions(Generic[K]):
    """Of one server."""

    def __init__(
        self, name: str, keeping: Keeping, clock: Clock, begin: Callable[[Peer], Awaitable[K]]
    ) -> None:
        self._name = name
        self._keeping = keeping
        self._clock = clock
        self._begin = begin
        self._places: dict[Key, _Place[K]] = {}

    @property
    def kept(self) -> list[K]:
        """All of them."""
        return [place.kept for place in self._places.values() if place.kept is not None]

    async def of(self, peer: Peer) -> K:
        """The client's own.

        Raises:
            ServerFailed: none can be made, or there are as many as there may be.
        """
        key = key_of(peer)
        place = self._places.get(key)
        if place is None:
            await self._make_room(key)
            place = self._places.setdefault(key, _Place(peer.session))
        async with place.lock:
            if place.kept is None:
                try:
                    place.kept = await self._begin(peer)
                except BaseException:
                    self._places.pop(key, None)
                    raise
            place.kept.used_s = self._clock.monotonic_s()
            return place.kept

    def drop(self, link: Link) -> None:
        """Forget one that is over."""
        for key, place in list(self._places.items()):
            if place.kept is link:
                del self._places[key]
                place.kept.over()

    async def left(self, client: str) -> None:
        """End what was kept for a client's session."""
        await self._end([key for key, place in self._places.items() if place.client == client])

    async def close(self) -> None:
        """End all."""
        await self._end(list(self._places))

    async def end_idle(self) -> None:
        """End those that nobody used for long; for ever."""
        while True:
            await self._clock.sleep(min(_RARELY_S, self._keeping.idle_s / 4))
            before = self._clock.monotonic_s() - self._keeping.idle_s
            await self._end([key for key, used_s in self._idle() if used_s < before])

    async def _make_room(self, key: Key) -> None:
        """Wait until there may be one more; one that is no session's makes way.

        Where all are sessions', one makes way that nobody uses now, of whoever has so many that it
        still has more than who asks: a key that takes all leaves room for others.

        Raises:
            ServerFailed: none does in time.
        """
        until = self._clock.monotonic_s() + self._keeping.wait_s
        while len(self._places) >= self._keeping.most:
            free = [(used_s, k) for k, used_s in self._idle() if not self._places[k].client]
            if free:
                await self._end([min(free, key=lambda each: each[0])[1]])
                continue
            if (greedy := self._of_the_greediest(key)) is not None:
                await self._end([greedy])
                continue
            if self._clock.monotonic_s() >= until:
                what = f"{self._keeping.most} {self._keeping.what} of {self._name}"
                raise Crowded(f"all {what} are in use", retry_after_s=1.0)
            await self._clock.sleep(_LOOK_S)

    def _of_the_greediest(self, asking: Key) -> Key | None:
        """What may be ended of whoever has two more than who asks: the longest unused."""
        counts = Counter(key[:_OWNER] for key in self._places)
        mine = counts[asking[:_OWNER]]
        idle = [
            (-counts[key[:_OWNER]], place.kept.used_s, key)
            for key, place in self._places.items()
            if place.kept is not None and not place.kept.has_calls and not place.lock.locked()
            if counts[key[:_OWNER]] >= mine + 2
        ]
        return min(idle, key=lambda each: each[:2])[2] if idle else None

    def _idle(self) -> list[tuple[Key, float]]:
        return [
            (key, place.kept.used_s)
            for key, place in self._places.items()
            if place.kept is not None and place.is_idle
        ]

    async def _end(self, keys: list[Key]) -> None:
        places = [self._places.pop(key) for key in keys]
        kept = [place.kept for place in places if place.kept is not None]
        await asyncio.gather(*(each.end() for each in kept))
