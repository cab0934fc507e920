"""State in this process alone: gone when it ends. For tests, and where nothing may touch a disk."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from guardrail_gw.core.ports import Clock, Share
from guardrail_gw.errors import StateDown
from guardrail_gw.state.shares import used_up

MAX_BYTES: Final = 256 << 20
"""Of all values together."""


@dataclass(slots=True)
class _Value:
    data: bytes
    until_us: int
    shares: tuple[str, ...] = field(default=())


class MemoryStore:
    """Implements `core.ports.StateStore`; what is over its time goes when room is needed."""

    def __init__(self, clock: Clock, *, max_bytes: int = MAX_BYTES) -> None:
        self._clock = clock
        self._max_bytes = max_bytes
        self._values: dict[str, _Value] = {}
        self._size = 0
        self._shared = Counter[str]()
        """Bytes by the name of a share."""

    async def start(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Forget everything."""
        self._values.clear()
        self._shared.clear()
        self._size = 0

    async def get(self, name: str) -> bytes | None:
        """The value, if its time is not over."""
        return self._read(name)

    async def put(
        self, name: str, value: bytes, *, ttl_s: float, shares: tuple[Share, ...] = ()
    ) -> None:
        """Set it."""
        self._write(name, value, ttl_s, shares)

    async def swap(
        self,
        name: str,
        old: bytes | None,
        new: bytes,
        *,
        ttl_s: float,
        shares: tuple[Share, ...] = (),
    ) -> bool:
        """Set it if it is `old`; nothing else runs in between."""
        if self._read(name) != old:
            return False
        self._write(name, new, ttl_s, shares)
        return True

    async def delete(self, name: str) -> bool:
        """Take it away."""
        was_there = self._read(name) is not None
        self._drop(name)
        return was_there

    def _read(self, name: str) -> bytes | None:
        value = self._values.get(name)
        return None if value is None or value.until_us <= self._clock.now_us() else value.data

    def _write(self, name: str, value: bytes, ttl_s: float, shares: tuple[Share, ...]) -> None:
        now_us = self._clock.now_us()
        if self._more(name, value) > self._max_bytes or self._over(name, value, shares):
            self._purge(now_us)
        if self._more(name, value) > self._max_bytes:
            raise StateDown("the state in memory is full")
        if share := self._over(name, value, shares):
            raise used_up(share)
        self._drop(name)
        names = tuple(share.name for share in shares)
        self._values[name] = _Value(value, now_us + round(ttl_s * 1e6), names)
        self._size += len(value)
        self._shared.update(dict.fromkeys(names, len(value)))

    def _more(self, name: str, value: bytes) -> int:
        """Bytes of all values, with this one in its place."""
        old = self._values.get(name)
        return self._size + len(value) - (len(old.data) if old else 0)

    def _over(self, name: str, value: bytes, shares: tuple[Share, ...]) -> Share | None:
        """The share that would be more than used up, if one would."""
        old = self._values.get(name)
        for share in shares:
            before = len(old.data) if old is not None and share.name in old.shares else 0
            if self._shared[share.name] + len(value) - before > share.max_bytes:
                return share
        return None

    def _purge(self, now_us: int) -> None:
        for name in [n for n, value in self._values.items() if value.until_us <= now_us]:
            self._drop(name)

    def _drop(self, name: str) -> None:
        value = self._values.pop(name, None)
        if value is not None:
            self._size -= len(value.data)
            for share in value.shares:
                self._shared[share] -= len(value.data)
                if not self._shared[share]:
                    del self._shared[share]
