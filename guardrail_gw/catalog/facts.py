"""The shape of the catalog's data files; every fact carries where it was read and when."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field

from guardrail_gw.documents import Strict


def _regular(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    return pattern


Address = Annotated[str, Field(pattern=r"^https://[^\s/]+\S*$")]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Amount = Annotated[Decimal, Field(ge=0, max_digits=12, allow_inf_nan=False)]


KeyHeader = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z-]{0,62}$")]
KeyValue = Annotated[str, Field(pattern=r"^(?:[A-Za-z]+ )?\{key\}$")]


FixedName = Annotated[str, Field(pattern=r"^[a-z][a-z_]{0,62}$")]
FixedValue = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]


class JurisdictionFact(Strict):
    """A named set of countries."""

    name: str
    countries: Annotated[frozenset[Country], Field(min_length=1)]
    source: Address
    verified_on: date


class JurisdictionsFile(Strict):
    """jurisdictions.yaml."""

    jurisdictions: dict[str, JurisdictionFact]
    countries: frozenset[Country]
    """All of ISO 3166-1 alpha-2."""


class Terms(Strict):
    """Where a deployment of one type runs and keeps what it is sent; empty is unknown."""

    inference: tuple[str, ...]
    storage: tuple[str, ...]
    regional_price: bool = False
    """The model's `regional` multiplier applies."""


class RegionFact(Strict):
    """One region of one provider: either one set of terms or one per deployment type."""

    host: Annotated[str, AfterValidator(_regular)]
    base_url: Address | None = None
    """None: each customer has a host of its own."""
    inference: tuple[str, ...] | None = None
    storage: tuple[str, ...] | None = None
    regional_price: bool = False
    fixed_members: dict[FixedName, FixedValue] = Field(default_factory=dict)
    """Members of the body without which the region's terms do not hold -> their values."""
    deployment_types: dict[str, Terms] = Field(default_factory=dict)
    """When present, the operator must declare one: the host does not show it."""
    retention: str
    training: str
    source: Address
    verified_on: date

    def terms(self) -> Terms | None:
        """The region's own terms; None where they depend on the deployment type."""
        if self.inference is None or self.storage is None:
            return None
        return Terms(
            inference=self.inference, storage=self.storage, regional_price=self.regional_price
        )


class ProviderFact(Strict):
    """Who answers."""

    name: str
    dialect: str
    key_headers: dict[KeyHeader, KeyValue] = Field(
        default_factory=lambda: {"Authorization": "Bearer {key}"}
    )
    """Names of the headers in which it takes its key -> their values, `{key}` for the key."""
    renamed_members: dict[FixedName, FixedName] = Field(default_factory=dict)
    """Members of a translated body by the dialect's name -> the name that this provider reads."""
    self_hosted: bool = False
    """The operator declares the countries, for the machines are the operator's."""
    regions: dict[str, RegionFact]


class ProvidersFile(Strict):
    """providers.yaml."""

    providers: dict[str, ProviderFact]


class PriceFact(Strict):
    """US dollars per million tokens."""

    input: Amount
    output: Amount
    cached_input: Amount | None = None
    """None: the provider gives no discount."""
    cache_write: Amount | None = None
    """Input that is also kept for minutes; None: it costs what input costs."""
    cache_write_long: Amount | None = None
    """Input that is also kept for an hour; None: it costs what other writing costs."""
    regional: Annotated[Decimal, Field(ge=1, le=10)] = Decimal(1)
    source: Address


class PricesFile(Strict):
    """prices.yaml."""

    taken_from: str
    verified_on: date
    prices: dict[str, dict[str, PriceFact]]
    """Provider, then model."""
