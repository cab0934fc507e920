"""What an operator writes about one deployment."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, model_validator

from guardrail_gw.catalog.connections import ConnectionsConfig
from guardrail_gw.catalog.facts import Amount, Name
from guardrail_gw.catalog.model_facts import TierName, Tokens
from guardrail_gw.core.ability import Ability
from guardrail_gw.core.amounts import Measured, Price, Tier, unit_rates
from guardrail_gw.core.deployment import Term
from guardrail_gw.documents import Strict

ApiVersion = Annotated[str, Field(pattern=r"^20[0-9]{2}-[01][0-9]-[0-3][0-9](?:-preview)?$")]


_LEAST, _MOST = Decimal("0.0001"), Decimal(10_000)
"""US dollars for a million tokens: between these are all prices that anybody asks for."""


class RatesConfig(Strict):
    """US dollars per million tokens of each class."""

    input: Amount
    output: Amount
    cached_input: Amount | None = None
    """Left out: cached input costs what input costs."""
    cache_write: Amount | None = None
    """Left out: input that the provider also keeps for minutes costs what input costs."""
    cache_write_long: Amount | None = None
    """Left out: input that it keeps for an hour costs what `cache_write` does."""
    audio_input: Amount | None = None
    """Left out: what is heard costs what input costs."""
    audio_output: Amount | None = None
    """Left out: what is spoken costs what output costs."""
    image_output: Amount | None = None
    """Left out: the tokens of images that are made cost what output costs."""

    @model_validator(mode="after")
    def _for_a_million(self) -> Self:
        """A slip by a factor of a million would lock everybody out, or let everything through."""
        classes = (getattr(self, name) for name in RatesConfig.model_fields)
        for amount in classes:
            if amount and not _LEAST <= amount <= _MOST:
                raise ValueError(
                    f"{amount} US dollars for a million tokens is no price; is it for one?"
                )
        return self

    def price(self) -> Price:
        """As the other rooms read it."""
        cached: Decimal = self.input if self.cached_input is None else self.cached_input
        return Price(
            input=self.input,
            output=self.output,
            cached_input=cached,
            cache_write=self.cache_write,
            cache_write_long=self.cache_write_long,
            audio_input=self.audio_input,
            audio_output=self.audio_output,
            image_output=self.image_output,
        )


class PriceConfig(RatesConfig):
    """A price of your contract, or one the catalog lacks."""

    tiers: dict[TierName, RatesConfig] = Field(default_factory=dict)
    """Tier that requests can ask for -> what it costs there."""

    def price(self) -> Price:
        """As the other rooms read it."""
        known = tuple((Tier(name), rates.price()) for name, rates in self.tiers.items())
        return replace(super().price(), tiers=known)


class UnitPriceConfig(Strict):
    """US dollars for what is not counted in tokens."""

    image: Amount | None = None
    """One that is made, whatever its size."""
    million_characters: Amount | None = None
    """Of a text that is spoken."""
    minute: Amount | None = None
    """Of a recording that is written down."""

    def rates(self) -> Measured:
        """As the other rooms read it: for one of each."""
        return unit_rates(
            image=self.image, million_characters=self.million_characters, minute=self.minute
        )


Words = Annotated[str, Field(min_length=1, max_length=200)]
Expiry = AwareDatetime | date
"""An instant with its offset, or a day: then the instant at which the day begins in UTC."""


class DpaConfig(Strict):
    """The agreement under which a provider processes data for you (GDPR Art. 28)."""

    reference: Words
    """Where you find it."""
    signed: date
    expires: Expiry | None = None
    """From then on nothing is sent there; left out: it does not end."""


class TransferConfig(Strict):
    """On what basis data goes to a third country (GDPR Arts. 45 to 49)."""

    kind: Literal["adequacy", "dpf", "scc", "bcr", "derogation"]
    reference: Words
    expires: Expiry | None = None
    """As in `dpa`."""


class ContractConfig(Strict):
    """What you have agreed with a provider: an entry of the register of subprocessors."""

    processor: Words
    """Its legal name."""
    purpose: Words
    dpa: DpaConfig | None = None
    transfer_mechanism: TransferConfig | None = None

    def terms(self) -> Iterator[Term]:
        """What ends, and when."""
        for what in ("dpa", "transfer_mechanism"):
            expires: Expiry | None = getattr(getattr(self, what), "expires", None)
            if expires is not None:
                yield Term(what=what, ends_us=_instant_us(expires))


def _instant_us(expires: Expiry) -> int:
    at = expires if isinstance(expires, datetime) else datetime.combine(expires, time(), UTC)
    return round(at.timestamp() * 1e6)


class DeploymentConfig(Strict):
    """One place that can answer; its countries come from the catalog unless it is your own."""

    id: Name
    provider: Name
    region: Name | None = None
    """Required but for self-hosted deployments, which have none."""
    deployment_type: Name | None = None
    """Required where the region has several (Azure: regional, datazone-eu, global)."""
    destinations: tuple[Name, ...] = ()
    """Regions among which the provider chooses for this model; left out: all of its profile."""
    dialect: Name | None = None
    """One of those the provider speaks; left out: its first."""
    model: Annotated[str, Field(min_length=1, max_length=200)]
    """The model's (at Azure: the deployment's) name at the provider."""
    priced_as: str | None = None
    """The model's name in the catalog's price list, when `model` is a name of your own."""
    can: tuple[Ability, ...] = ()
    """What its model can do, where the catalog does not say so."""
    cannot: tuple[Ability, ...] = ()
    """What it cannot do, whatever the catalog says: then it is not asked for it."""
    context: Tokens | None = None
    """The most tokens that it reads; left out: as the catalog has it."""
    output: Tokens | None = None
    """The most tokens that it writes in one answer; left out: as the catalog has it."""
    quality: Annotated[int, Field(ge=1, le=9)] | None = None
    """Its class, for models whose objective is quality: 9 is the strongest."""
    base_url: str | None = None
    """Required where each customer has a host of its own, and for self-hosted deployments."""
    zone: Name | None = None
    """Where it runs, in your own words; for nearness alone, never for residency."""
    connections: ConnectionsConfig | None = None
    api_version: ApiVersion | None = None
    """A version of the provider's interface, where its address names one (Azure)."""
    credential: Name | None = None
    """The name of a credential in the key store, never the key."""
    unit_price: UnitPriceConfig | None = None
    price: PriceConfig | None = None
    contract: ContractConfig | None = None
    """Left out: the register has no entry, and nothing expires."""
    inference: tuple[str, ...] = ()
    """Self-hosted only: countries or jurisdictions in which the model runs."""
    storage: tuple[str, ...] = ()
    """Self-hosted only: where requests may be kept (logs included)."""

    @model_validator(mode="after")
    def _not_both(self) -> Self:
        if both := set(self.can) & set(self.cannot):
            raise ValueError(f"`can` and `cannot` both say {', '.join(sorted(both))}")
        return self
