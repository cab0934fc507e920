"""How much one server may take, as its connection is told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long one call may take."""

    idle_s: float
    """Without a message; progress begins it anew."""
    total_s: float
    """Whatever is said."""


@lru_cache(maxsize=256)  # every call asks, and there are few servers
def _waits(idle_s: float, total_s: float) -> Waits:
    return Waits(idle_s=idle_s, total_s=total_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Of one server."""

    connect_s: float = 5.0
    idle_s: float = 60.0
    """Without a message; progress begins it anew."""
    total_s: float = 300.0
    concurrent: int = 64
    max_result_bytes: int = 10 << 20
    session_idle_s: float = 1800.0
    """A session of the legacy era that nobody uses for so long is ended."""
    sessions: int = 10_000
    parked_each: int = 16
    """Calls of one client that wait for its answers; all together `concurrent`."""
    parked_s: float = 300.0
    """How long a call waits for the answers of a client of the modern era."""
    tools: Mapping[str, Waits] = field(default_factory=dict)
    """Tools whose calls may take another time than the others'."""

    @property
    def usual(self) -> Waits:
        """How long everything may take that is no call of one of `tools`."""
        return _waits(self.idle_s, self.total_s)

    def waits(self, method: str, name: object) -> Waits:
        """How long a request may take, by its method and the name in it."""
        if method != "tools/call" or not isinstance(name, str):
            return self.usual
        return self.tools.get(name, self.usual)

    @property
    def max_call_bytes(self) -> int:
        """Of all that is said in one call: progress and log messages come on top of the result."""
        return 2 * self.max_result_bytes
