"""Those whom nobody knows: refused one by one, and beyond a bound counted into one record.

Each refusal costs two records, so that anybody who reaches the port could fill the log. Attempts
that are only counted are never let in; a window's count is one exchange of its own.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Final

from guardrail_gw.core.exchange import Arrival, Inbound
from guardrail_gw.core.ports import Clock
from guardrail_gw.core.request_id import RequestIds
from guardrail_gw.errors import Refusal, TooManyAttempts
from guardrail_gw.server.exchanges import Exchanges

MAX_PEERS: Final = 64
"""Addresses told apart within a window; the rest share one count."""

_OTHERS: Final = "others"
_IPV6_HOST_BITS: Final = 64
"""Whoever has one IPv6 address usually has as many as these bits can tell apart."""


@dataclass(slots=True)
class _Peer:
    recorded: int = 0
    counted: Counter[str] = field(default_factory=Counter)
    """How many beyond, by surface."""


@dataclass(slots=True, kw_only=True)
class Strangers:
    """Bounds the records that unknown callers can cause; `start` before use, `close` at the end."""

    chain: Exchanges
    clock: Clock
    counted: Callable[[int], None]
    """Told of how many attempts a record stands for, for the metrics."""
    own_records: int = 5
    """Refusals of one address within a window that get records of their own."""
    window_s: float = 1.0
    _ids: RequestIds = field(default_factory=RequestIds)
    _peers: dict[str, _Peer] = field(default_factory=dict)
    _due: deque[tuple[str, str, int]] = field(default_factory=deque)
    """Counts of windows that are over, to be recorded."""
    _keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to record counts, window by window."""
        self._keeper = asyncio.get_running_loop().create_task(self._keep(), name="strangers")

    async def close(self) -> None:
        """Record what was counted so far."""
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            keeper.cancel()
            await asyncio.wait({keeper})
        await self.flush()

    def has_own_record(self, address: str | None, surface: str) -> bool:
        """Note one refusal; no means that it is counted and opens no exchange of its own."""
        name = _network(address)
        if name not in self._peers and len(self._peers) >= MAX_PEERS:
            name = _OTHERS
        peer = self._peers.setdefault(name, _Peer())
        if peer.recorded < self.own_records:
            peer.recorded += 1
            return True
        peer.counted[surface] += 1
        return False

    def turned_away(self) -> TooManyAttempts:
        """What the caller of a counted attempt is told."""
        return TooManyAttempts(
            "too many requests without a known key from this address; send the virtual key",
            retry_after_s=self.window_s,
        )

    async def flush(self) -> None:
        """End the window: one exchange for each address that was counted, at each surface."""
        for name, peer in self._peers.items():
            self._due.extend((name, surface, n) for surface, n in peer.counted.items())
        self._peers.clear()
        while self._due:
            await self._record(*self._due.popleft())

    async def _keep(self) -> None:
        while True:
            await self.clock.sleep(self.window_s)
            await self.flush()

    async def _record(self, address: str, surface: str, attempts: int) -> None:
        refusal = self.turned_away()
        refusal.facts = {"attempts": attempts, "address": address}

        async def refuse() -> Inbound:
            raise refusal

        now_us = self.clock.now_us()
        arrival = Arrival(id=self._ids.new(now_us), surface=surface, received_us=now_us)
        self.counted(attempts)
        with suppress(Refusal):
            async with self.chain.exchange(arrival, refuse):
                pass


def _network(address: str | None) -> str:
    """The address; of IPv6 the network, since its hosts are too many to tell apart."""
    try:
        known = ip_address((address or "").partition("%")[0])
    except ValueError:
        return _OTHERS
    if isinstance(known, IPv6Address):
        return str(IPv6Address(int(known) >> _IPV6_HOST_BITS << _IPV6_HOST_BITS)) + "/64"
    return str(known)
