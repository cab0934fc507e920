"""Another model, asked when nobody of the first one answers."""

from dataclasses import dataclass
from enum import StrEnum

from guardrail_gw.core.deployment import Deployment


class Cause(StrEnum):
    """Why another model is asked."""

    BUDGET = "budget"
    """No budget has room for what it may cost: another model may be cheaper."""
    RATE_LIMIT = "rate_limit"
    """Everybody is at a rate, ours or the provider's."""
    TIMEOUT = "timeout"
    UNFIT = "unfit"
    """Nobody's model can do what is asked: tools, images, so long a request."""
    CONTENT_POLICY = "content_policy"
    """A filter of the provider's refused the request. Counts where it is named, and only there:
    whoever asks elsewhere what one provider does not let pass has to mean it."""
    ERROR = "error"
    """Everybody failed, or is left alone since they kept failing."""


BY_DEFAULT = frozenset(Cause) - {Cause.CONTENT_POLICY}
"""Where no cause is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fallback:
    """Another model for a request that nobody of its own answers, and who may lawfully see it."""

    model: str
    on: frozenset[Cause]
    lawful: tuple[Deployment, ...]
    is_rung: bool = False
    """It is on the ladder of the first one: asked when a budget that downgrades has no room."""
