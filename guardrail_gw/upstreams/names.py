"""Addresses of names: kept for a bounded time, asked for anew beside their use, never for ever.

The system's resolver does not say how long an answer holds, so the operator does. What does not
exist is remembered, too, for a moment; and while nobody can be asked, what was known is used for
a bounded time.
"""

import asyncio
import socket
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import DefaultResolver

MOST: Final = 1024
"""Names; the one that was used longest ago goes first."""

Ask = Callable[[str, int, socket.AddressFamily], Awaitable[list[ResolveResult]]]
_Key = tuple[str, int, socket.AddressFamily]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameBounds:
    """In seconds."""

    ttl_s: float = 10.0
    """For so long addresses are used without asking anybody."""
    stale_s: float = 300.0
    """For so long after that they are used while they are asked for anew, or cannot be."""
    failed_s: float = 1.0
    """For so long a name that has no address, or could not be asked for, is not asked for again."""
    doubt_s: float = 1.0
    """An answer younger than this is believed, whoever could not be reached."""


@dataclass(slots=True)
class _Known:
    """What is known of one name."""

    addresses: list[ResolveResult]
    asked_s: float
    """When these addresses were given."""
    again_s: float
    """From then on somebody asks anew."""
    ends_s: float
    """From then on they are not used."""
    error: str | None = None
    """Why the last look-up failed, if it did."""
    is_doubted: bool = False
    """Nobody could be reached there: the next one waits for a new answer."""

    def turned(self) -> list[ResolveResult]:
        """All addresses, another one first each time."""
        first = self.addresses.pop(0)
        self.addresses.append(first)
        return [first, *self.addresses[:-1]]


class Names(AbstractResolver):
    """The names of one event loop; give it to connectors whose own cache is off."""

    def __init__(self, bounds: NameBounds, ask: Ask | None = None) -> None:
        """Use it inside the event loop.

        Args:
            bounds: how long what is used.
            ask: looks a name up; None: the system does.
        """
        self._bounds = bounds
        self._resolver = DefaultResolver() if ask is None else None
        self._ask = ask or self._system
        self._known: OrderedDict[_Key, _Known] = OrderedDict()
        self._asking: dict[_Key, asyncio.Task[_Known]] = {}
        self.asked = 0
        """Look-ups that were made."""
        self.failed = 0
        """Those that gave no address."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of a name, another one first each time.

        Raises:
            OSError: there are none, or none are known; its text is the resolver's for this name.
        """
        key, now_s = (host, port, family), asyncio.get_running_loop().time()
        known = self._known.get(key)
        if known is None or now_s >= known.again_s:
            asking = self._asked(key)
            if known is None or known.is_doubted or now_s >= known.ends_s:
                known = await asyncio.shield(asking)
        if key in self._known:  # others may have taken its place meanwhile
            self._known.move_to_end(key)
        if not known.addresses:
            raise OSError(None, known.error or "no address")
        return known.turned()

    def doubt(self, host: str) -> None:
        """Nobody could be reached there: whoever connects next asks for its addresses anew."""
        since_s = asyncio.get_running_loop().time() - self._bounds.doubt_s
        for (name, _, _), known in self._known.items():
            if name == host and known.addresses and known.asked_s <= since_s:
                known.is_doubted, known.again_s = True, 0.0

    async def close(self) -> None:
        """Give up what is being asked for."""
        for task in list(self._asking.values()):
            task.cancel()
        await asyncio.gather(*self._asking.values(), return_exceptions=True)
        if self._resolver is not None:
            await self._resolver.close()

    def _asked(self, key: _Key) -> "asyncio.Task[_Known]":
        """The look-up that is under way, or a new one; whoever leaves does not end it."""
        task = self._asking.get(key)
        if task is None:
            task = self._asking[key] = asyncio.create_task(  # noqa: TID251 - ends in `close`
                self._look_up(key)
            )
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        return task

    async def _look_up(self, key: _Key) -> _Known:
        self.asked += 1
        error = None
        try:
            found = await self._ask(*key)
        except OSError as failed:
            found, error = [], failed.strerror or "no address"
        except UnicodeError:  # a label that is longer than names allow
            found, error = [], "not a name"
        now_s, bounds = asyncio.get_running_loop().time(), self._bounds
        if found:
            ends_s = now_s + bounds.ttl_s + bounds.stale_s
            return self._put(key, _Known(list(found), now_s, now_s + bounds.ttl_s, ends_s))
        self.failed += 1
        known = self._known.get(key)
        if known is None or now_s >= known.ends_s:
            known = _Known([], now_s, 0.0, now_s + bounds.failed_s)
        known.again_s, known.error, known.is_doubted = now_s + bounds.failed_s, error, False
        return self._put(key, known)

    def _put(self, key: _Key, known: _Known) -> _Known:
        self._known[key] = known
        self._known.move_to_end(key)
        if len(self._known) > MOST:
            self._known.popitem(last=False)
        return known

    async def _system(
        self, host: str, port: int, family: socket.AddressFamily
    ) -> list[ResolveResult]:
        if self._resolver is None:  # it was given something else to ask
            return []
        return await self._resolver.resolve(host, port, family)
