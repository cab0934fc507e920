"""How many connections to a deployment there are, and how long each is kept."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from guardrail_gw.upstreams.names import NameBounds


def _nobody(_: str, __: float) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pooling:
    """Of one deployment, in each worker."""

    limit: int | None = None
    """Connections at once; whoever needs one more waits as long as connecting may take. None: as
    many as there are exchanges."""
    idle_s: float = 15.0
    """A connection that nobody used for so long is closed."""
    max_age_s: float = 600.0
    """One this old is not used again, so that a change of addresses reaches those in steady use."""
    warm: int = 0
    """Connections that are made before anybody asks for them, and again when they have ended; not
    more than `limit`."""

    @property
    def kept_warm(self) -> int:
        """How many there are at least, as far as they can be made."""
        return self.warm if self.limit is None else min(self.warm, self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """The connections of a gateway, as its operator wants them."""

    pooling: Pooling = Pooling()
    """Of every deployment that has none of its own."""
    own: Mapping[str, Pooling] = field(default_factory=dict)
    """Deployment -> its own."""
    names: NameBounds = field(default_factory=NameBounds)
    base_urls: Mapping[str, str] = field(default_factory=dict)
    """Deployment -> where it is: those that may have warm connections."""
    look_s: float = 1.0
    """Between two looks at whether enough connections are warm."""
    connected: Callable[[str, float], None] = _nobody
    """Told of each connection that was made: deployment, and how long TCP and TLS took, seconds."""

    def of(self, deployment: str) -> Pooling:
        """What holds for a deployment."""
        return self.own.get(deployment, self.pooling)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """Connections to one deployment."""

    busy: int
    idle: int
    made: int
    """Since the start."""
    resumed: int
    """Of these, those whose TLS session was an earlier one's."""
    stale: int
    """Kept ones that turned out to be closed when somebody used them."""
