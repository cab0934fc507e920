"""What an operator writes about one deployment."""

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from guardrail_gw.catalog.facts import Amount, Name
from guardrail_gw.core.amounts import Price
from guardrail_gw.documents import Strict

ApiVersion = Annotated[str, Field(pattern=r"^20[0-9]{2}-[01][0-9]-[0-3][0-9](?:-preview)?$")]


class PriceConfig(Strict):
    """A price of your contract, or one the catalog lacks: US dollars per million tokens."""

    input: Amount
    output: Amount
    cached_input: Amount | None = None
    """Left out: cached input costs what input costs."""
    cache_write: Amount | None = None
    """Left out: input that the provider also keeps for minutes costs what input costs."""
    cache_write_long: Amount | None = None
    """Left out: input that it keeps for an hour costs what `cache_write` does."""

    def price(self) -> Price:
        """As the other rooms read it."""
        cached: Decimal = self.input if self.cached_input is None else self.cached_input
        return Price(
            input=self.input,
            output=self.output,
            cached_input=cached,
            cache_write=self.cache_write,
            cache_write_long=self.cache_write_long,
        )


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
    base_url: str | None = None
    """Required where each customer has a host of its own, and for self-hosted deployments."""
    api_version: ApiVersion | None = None
    """A version of the provider's interface, where its address names one (Azure)."""
    credential: Name | None = None
    """The name of a credential in the key store, never the key."""
    price: PriceConfig | None = None
    inference: tuple[str, ...] = ()
    """Self-hosted only: countries or jurisdictions in which the model runs."""
    storage: tuple[str, ...] = ()
    """Self-hosted only: where requests may be kept (logs included)."""
