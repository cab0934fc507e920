"""Where a request can be sent: provider x model x region x credential."""

from dataclasses import dataclass

from guardrail_gw.core.amounts import Price
from guardrail_gw.core.parameters import AS_THE_DIALECT_SAYS, Parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """One place that can answer, as configured and checked against the catalog at start."""

    id: str
    provider: str
    """The provider's id in the catalog."""
    model: str
    """The model's name there; replaces the virtual model's name in the body."""
    base_url: str
    """Without a trailing slash; the dialect appends its path."""
    dialect: str
    """What it speaks first of all."""
    inference: frozenset[str]
    """ISO 3166-1 alpha-2 countries in which the model may run; empty means unknown."""
    storage: frozenset[str]
    """Countries in which the provider may keep the request; empty means unknown."""
    key_headers: tuple[tuple[str, str], ...] = (("Authorization", "Bearer {key}"),)
    """Names and values of the headers in which the provider takes its key."""
    fixed_members: tuple[tuple[str, str], ...] = ()
    """Members that every body sent to it has, whatever the client says: names and values."""
    renamed_members: tuple[tuple[str, str], ...] = ()
    """What the gateway's own translations call a member -> what this provider calls it."""
    parameters: tuple[tuple[str, Parameters], ...] = ()
    """Dialect -> how this provider reads the members of its bodies."""
    also_speaks: frozenset[str] = frozenset()
    """Other dialects that it answers at the same base URL."""
    credential: str | None = None
    """The credential's name in the key store, never its value. None sends no key."""
    price: Price | None = None
    """None when the catalog knows no price."""

    def speaks(self, dialect: str) -> bool:
        """Whether a request in this dialect can be sent to it as it is."""
        return dialect == self.dialect or dialect in self.also_speaks

    def reads(self, dialect: str) -> Parameters:
        """What has to be done to the members of a body in this dialect."""
        return next(
            (each for name, each in self.parameters if name == dialect), AS_THE_DIALECT_SAYS
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Why one deployment is out, in words that hold configuration names only."""

    deployment: str
    reason: str
    """A stable code: `residency.inference_outside`, `residency.storage_outside`,
    `residency.unknown`, `routing.breaker_open`, ..."""
    detail: str
