"""How much one server may take, as its connection is told."""

from dataclasses import dataclass


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

    @property
    def max_call_bytes(self) -> int:
        """Of all that is said in one call: progress and log messages come on top of the result."""
        return 2 * self.max_result_bytes
