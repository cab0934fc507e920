"""When an exchange passed each step, and as what: for whoever tells of it once it is over."""

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class Passage:
    """Microseconds since the epoch; 0: it never came so far."""

    admitted_us: int = 0
    """It was known who asks, what, and under which policy."""
    redacted_us: int = 0
    committing_us: int = 0
    """Its intent was ready to be written."""
    committed_us: int = 0
    policy: str = ""
    """Digest of the policies that it obeys."""
    asked: str | None = field(default=None, repr=False)
    """The virtual model that the client names, whether there is one or not."""
    found: int | None = None
    """How many findings there were, whatever was done with them."""
