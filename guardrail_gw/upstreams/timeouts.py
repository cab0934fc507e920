"""How long an upstream may take."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """In seconds."""

    connect_s: float
    """Name look-up, TCP and TLS."""
    first_byte_s: float
    """From the call to the response head, connecting included."""
    idle_s: float
    """Between two pieces of a body."""

    @property
    def body_s(self) -> float:
        """From the head to the first piece: a head may come long before there is an answer."""
        return max(self.first_byte_s, self.idle_s)
