"""State in this process alone: gone when it ends. For tests, and where nothing may touch a disk."""

from dataclasses import dataclass
from typing import Final

from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import StateDown

MAX_BYTES: Final = 256 << 20
"""Of all values together."""


@dataclass(slots=True)
class _Value:
    data: bytes
    until_us: int


class MemoryStore:
    """Implements `core.ports.StateStore`; what is over its time goes when room is needed."""

    def __init__(self, clock: Clock, *, max_bytes: int = MAX_BYTES) -> None:
        self._clock = clock
        self._max_bytes = max_bytes
        self._values: dict[str, _Value] = {}
        self._size = 0

    async def start(self) -> None:
        """Nothing to do."""

    async def close(self) -> None:
        """Forget everything."""
        self._values.clear()
        self._size = 0

    async def get(self, name: str) -> bytes | None:
        """The value, if its time is not over."""
        return self._read(name)

    async def put(self, name: str, value: bytes, *, ttl_s: float) -> None:
        """Set it."""
        self._write(name, value, ttl_s)

    async def swap(self, name: str, old: bytes | None, new: bytes, *, ttl_s: float) -> bool:
        """Set it if it is `old`; nothing else runs in between."""
        if self._read(name) != old:
            return False
        self._write(name, new, ttl_s)
        return True

    async def delete(self, name: str) -> bool:
        """Take it away."""
        was_there = self._read(name) is not None
        self._drop(name)
        return was_there

    def _read(self, name: str) -> bytes | None:
        value = self._values.get(name)
        return None if value is None or value.until_us <= self._clock.now_us() else value.data

    def _write(self, name: str, value: bytes, ttl_s: float) -> None:
        now_us = self._clock.now_us()
        old = self._values.get(name)
        more = len(value) - (len(old.data) if old else 0)
        if self._size + more > self._max_bytes:
            self._purge(now_us)
            old = self._values.get(name)
            more = len(value) - (len(old.data) if old else 0)
        if self._size + more > self._max_bytes:
            raise StateDown("the state in memory is full")
        self._values[name] = _Value(value, now_us + round(ttl_s * 1e6))
        self._size += more

    def _purge(self, now_us: int) -> None:
        for name in [n for n, value in self._values.items() if value.until_us <= now_us]:
            self._drop(name)

    def _drop(self, name: str) -> None:
        value = self._values.pop(name, None)
        if value is not None:
            self._size -= len(value.data)
