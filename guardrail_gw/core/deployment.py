"""Where a request can be sent: provider x model x region x credential."""

import hashlib
import json
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from urllib.parse import quote

from guardrail_gw.core.ability import NOT_DESCRIBED, Abilities
from guardrail_gw.core.amounts import Bill, Measured, Price, Tier, Usage, measured_usd
from guardrail_gw.core.parameters import AS_THE_DIALECT_SAYS, Parameters, Takes
from guardrail_gw.core.reason import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a provider takes requests of one dialect, where it has a way of its own."""

    dialect: str
    path: str
    """Appended to the base URL: `{model}` is the model's name, `{operation}` what the dialect says
    there."""
    stream_path: str = ""
    """The same where a stream is asked for; empty: no other."""
    operations: tuple[str, ...] = ()
    """Those of the dialect's operations that the provider has; empty: all."""
    without: tuple[str, ...] = ()
    """Members of the body that the provider does not take, since the address says the same."""
    members: tuple[tuple[str, str | int], ...] = ()
    """Members that the body has instead: names and values."""
    from_headers: tuple[tuple[str, str], ...] = ()
    """Headers of the dialect that are members here, as lists: names of both."""
    is_wrapped: bool = False
    """The events of a stream come wrapped in binary messages."""
    within: tuple[str, ...] = ()
    """Members, each within the one before; the last one holds the body, as base64."""
    answers_as: tuple[tuple[str, str], ...] = ()
    """Members of an answer, and what the dialect calls them."""

    @property
    def reshapes(self) -> bool:
        """Whether a body has other members here than the dialect gives it."""
        return bool(self.without or self.members or self.from_headers or self.within)

    def has(self, operation: str) -> bool:
        """Whether the provider has an operation, given with its query."""
        return not self.operations or operation.partition("?")[0] in self.operations

    def address(self, operation: str, model: str, *, stream: bool) -> str:
        """Path and query of a request for one model."""
        path = self.stream_path if stream and self.stream_path else self.path
        named = path.replace("{model}", quote(model, safe="@"))
        bare, _, query = operation.partition("?")
        joint = "&" if "?" in path else "?"
        more = f"{joint}{query}" if query and "{operation}" in path else ""
        return named.replace("{operation}", bare) + more


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """Something without which nothing may be sent, and when it ends."""

    what: str
    """`dpa` or `transfer_mechanism`."""
    ends_us: int
    """From this instant on it is over; microseconds since the epoch."""

    def __str__(self) -> str:
        """For records and errors."""
        ended = datetime.fromtimestamp(self.ends_us / 1e6, tz=UTC).isoformat(timespec="seconds")
        return f"its {self.what} ended at {ended}"


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
    taken: tuple[tuple[str, frozenset[Takes]], ...] = ()
    """Dialect -> what its model takes of what not every model does."""
    forms: tuple[Form, ...] = ()
    """Dialects that it takes in a way of its own."""
    also_speaks: frozenset[str] = frozenset()
    """Other dialects that it answers at the same base URL."""
    region: str = ""
    """The provider's name for the place that is asked; empty where there is none."""
    zone: str = ""
    """Where it runs in the operator's words: for how near it is, never for what is lawful."""
    service: str = ""
    """What signatures for the provider call it; empty where it takes none."""
    credential: str | None = None
    """The credential's name in the key store, never its value. None sends no key."""
    price: Price | None = None
    """None when the catalog knows no price."""
    most_written: int | None = None
    """The most tokens of one answer; None when the catalog does not say."""
    prefill: bool = False
    """Its model goes on with an answer that is given it as begun; unknown means no."""
    abilities: Abilities = NOT_DESCRIBED
    """What is known of what its model can do."""
    quality: int = 0
    """Its class, as the operator has it: more is stronger, 0 is none."""
    units: Measured = ()
    """US dollars for one of each unit that is known to be priced."""
    batch_share: Decimal | None = None
    """What of its price is asked for in a batch; None when the catalog does not say."""
    bill: Bill | None = None
    """Where it says what it asks for an answer; None: nowhere that is known."""
    terms: tuple[Term, ...] = ()
    """What its contract ends with; past one of them it is lawful for nobody."""
    rank_usd: float = field(init=False, repr=False, compare=False)
    """By which the cheapest is found: US dollars for a million input tokens and a million output
    tokens together; infinite where the price is unknown."""

    mark: int = field(init=False, repr=False, compare=False)
    """64 bits of its id, by which chance tells it from others."""

    def __post_init__(self) -> None:
        """Work out once what every plan looks at."""
        mark = hashlib.blake2b(self.id.encode(), digest_size=8).digest()
        object.__setattr__(self, "mark", int.from_bytes(mark, "big"))
        price = self.price
        usd = math.inf if price is None else float(price.input + price.output)
        object.__setattr__(self, "rank_usd", usd)

    def priced(self, tier: Tier | None) -> Price | None:
        """The price of what was counted in a tier, where it is known; None is the usual one.

        What rises with the size of a request is not known of many requests that were counted
        together, as in a batch.
        """
        if tier in (None, Tier.STANDARD) or self.price is None:
            return self.price
        if tier is not Tier.BATCH:
            return next((price for name, price in self.price.tiers if name is tier), None)
        known = self.batch_share is not None and not self.price.above
        return self.price.times(self.batch_share) if known and self.batch_share else None

    def dearest(self, tier: Tier | None) -> tuple[Price, ...]:
        """The prices of which the highest may be asked for.

        Args:
            tier: that a request asks for; it may be answered in the usual one, and if nobody knows
                what it costs, at any price that is known. A batch costs no more than usual.
        """
        if self.price is None or tier in (None, Tier.STANDARD, Tier.BATCH):
            return () if self.price is None else (self.price,)
        own = self.priced(tier)
        others = (own,) if own is not None else (price for _, price in self.price.tiers)
        return (self.price, *others)

    def most_usd(self, usage: Usage, tier: Tier | None) -> Decimal:
        """What so much may have cost here at most; 0 where no price is known."""
        costs = (price.cost_usd(usage) for price in self.dearest(tier))
        return max(costs, default=Decimal(0))

    def unsaid(self, tier: Tier | None) -> Tier | None:
        """The tier of an answer that does not say it: the one asked for, if that is dearer."""
        own = self.priced(tier)
        if tier is None or own is None or self.price is None:
            return None
        return tier if own.input + own.output > self.price.input + self.price.output else None

    def lapsed(self, now_us: int) -> Term | None:
        """The term that has ended, if one has."""
        if not self.terms:
            return None
        return next((term for term in self.terms if now_us >= term.ends_us), None)

    @property
    def holder(self) -> str:
        """Names the account at which it keeps things; deployments of one account share it."""
        account = (self.provider, self.base_url, self.region, self.credential)
        return hashlib.sha256(json.dumps(account).encode()).hexdigest()

    def speaks(self, dialect: str) -> bool:
        """Whether a request in this dialect can be sent to it as it is."""
        return dialect == self.dialect or dialect in self.also_speaks

    def reads(self, dialect: str) -> Parameters:
        """What has to be done to the members of a body in this dialect."""
        if not self.parameters:
            return AS_THE_DIALECT_SAYS
        return next(
            (each for name, each in self.parameters if name == dialect), AS_THE_DIALECT_SAYS
        )

    def cost_usd(
        self, usage: Usage | None, measured: Measured, tier: Tier | None = None
    ) -> Decimal | None:
        """What an answer costs here, exact; by its units where they are priced, else by tokens."""
        cost = measured_usd(measured, self.units)
        price = self.priced(tier)
        if cost is None and usage is not None and price is not None:
            cost = price.cost_usd(usage)
        return cost

    def takes(self, dialect: str) -> frozenset[Takes]:
        """What the model takes in a dialect of what not every model does; unknown means no."""
        return next((each for name, each in self.taken if name == dialect), frozenset())

    def form(self, dialect: str, operation: str = "") -> Form | None:
        """How it takes requests of a dialect; None: as the dialect says.

        Args:
            dialect: its name.
            operation: what is asked for; some are taken in another way than the others.
        """
        own = [form for form in self.forms if form.dialect == dialect]
        return next((form for form in own if form.has(operation)), own[0] if own else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """Why one deployment is out, in words that hold configuration names only."""

    deployment: str
    reason: Reason
    detail: str
