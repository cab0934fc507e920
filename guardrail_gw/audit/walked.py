"""One segment while `verify` walks through it."""

from bisect import bisect_right
from dataclasses import dataclass, field
from sys import maxsize

from guardrail_gw.audit.inventory import Points
from guardrail_gw.audit.stride import Stride


@dataclass(slots=True)
class Walked:
    """Where the walk is."""

    name: str
    first: int
    until: int | None
    """The next segment's first index."""
    points: Points
    end: int = 0
    count: int = 0
    excess: bytes = b""
    signed: int = 0
    """Records covered by checkpoints when the segment begins."""
    must_be_signed: bool = False
    """The epoch before ended in order, so a checkpoint covers all of it."""
    gap: bool = False
    stride: Stride | None = None
    """Of the epoch, once its record is read."""
    stops: list[int] = field(default_factory=list)
    """Sizes at which something has to be compared, in order."""

    def stop(self, size: int) -> int:
        """The next of the sizes behind `size`."""
        after = bisect_right(self.stops, size)
        return self.stops[after] if after < len(self.stops) else maxsize
