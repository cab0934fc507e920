"""The catalog, and how a configured deployment is held to it.

A deployment's countries follow from the host that is called and from the declared deployment type,
never from a label: a host that does not belong to the declared region is refused at start.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Self

from guardrail_gw.catalog.configured import DeploymentConfig
from guardrail_gw.catalog.facts import (
    JurisdictionsFile,
    PricesFile,
    ProviderFact,
    ProvidersFile,
    RegionFact,
    Terms,
)
from guardrail_gw.catalog.jurisdictions import Jurisdictions
from guardrail_gw.core.amounts import Price
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.documents import closest, load, suggestion
from guardrail_gw.errors import ConfigError

_HERE = Path(__file__).resolve().parent

_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])"
    r"(?P<port>:[0-9]{1,5})?(?P<path>(?:/[A-Za-z0-9._~-]+)*)/?"
)
"""Nothing else: no user name, query or fragment, no capital letter, no trailing dot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Providers, regions, jurisdictions and prices."""

    jurisdictions: Jurisdictions
    providers: Mapping[str, ProviderFact] = field(repr=False)
    prices: PricesFile = field(repr=False)

    @classmethod
    def load(cls, directory: Path = _HERE) -> Self:
        """Read the three data files.

        Raises:
            ConfigError: a file is damaged, or a region names a place that nobody knows.
        """
        places = load(directory / "jurisdictions.yaml", JurisdictionsFile)
        single = {code: frozenset({code}) for code in places.countries}
        named = {name: fact.countries for name, fact in places.jurisdictions.items()}
        catalog = cls(
            # A country code keeps its own meaning even if someone names a jurisdiction like it.
            jurisdictions=Jurisdictions(members=named | single),
            providers=load(directory / "providers.yaml", ProvidersFile).providers,
            prices=load(directory / "prices.yaml", PricesFile),
        )
        for terms in catalog._all_terms():
            catalog.jurisdictions.countries((*terms.inference, *terms.storage))
        return catalog

    def deployment(self, config: DeploymentConfig) -> Deployment:
        """Check a configured deployment and fill in what the catalog knows.

        Raises:
            ConfigError: names deployment and field; the base URL itself is never quoted.
        """
        provider = self._provider(config)
        region = None if provider.self_hosted else self._region(config, provider)
        terms = self._terms(config, region)
        return Deployment(
            id=config.id,
            provider=config.provider,
            model=config.model,
            base_url=self._base_url(config, region),
            dialect=provider.dialect,
            key_headers=tuple(provider.key_headers.items()),
            inference=self._countries(config, "inference", terms.inference),
            storage=self._countries(config, "storage", terms.storage),
            fixed_members=tuple(region.fixed_members.items()) if region else (),
            renamed_members=tuple(provider.renamed_members.items()),
            credential=config.credential,
            price=self._price(config, terms),
        )

    def _all_terms(self) -> Iterator[Terms]:
        for provider in self.providers.values():
            for name, region in provider.regions.items():
                own = region.terms()
                if (own is None) == (not region.deployment_types):
                    raise ConfigError(f"catalog: region {name} needs terms or deployment types")
                yield from region.deployment_types.values()
                if own is not None:
                    yield own

    def _provider(self, config: DeploymentConfig) -> ProviderFact:
        if config.provider not in self.providers:
            near = suggestion(closest(config.provider, self.providers))
            raise _fault(config, "provider", f"{config.provider!r} is not in the catalog{near}")
        return self.providers[config.provider]

    def _region(self, config: DeploymentConfig, provider: ProviderFact) -> RegionFact:
        known = ", ".join(provider.regions)
        if config.inference or config.storage:
            raise _fault(config, "inference", "only a self-hosted deployment declares countries")
        if config.region is None:
            raise _fault(config, "region", f"missing; one of {known}")
        if config.region not in provider.regions:
            near = suggestion(closest(config.region, provider.regions))
            raise _fault(config, "region", f"{config.region!r} is not one of {known}{near}")
        return provider.regions[config.region]

    def _terms(self, config: DeploymentConfig, region: RegionFact | None) -> Terms:
        kinds = region.deployment_types if region else {}
        if config.deployment_type is not None and config.deployment_type not in kinds:
            near = suggestion(closest(config.deployment_type, kinds))
            known = f"one of {', '.join(kinds)}" if kinds else "known here; leave it out"
            raise _fault(
                config, "deployment_type", f"{config.deployment_type!r} is not {known}{near}"
            )
        if region is None:
            if config.region is not None:
                raise _fault(config, "region", "a self-hosted deployment has none; say `inference`")
            return Terms(inference=config.inference, storage=config.storage)
        if config.deployment_type is not None:
            return kinds[config.deployment_type]
        own = region.terms()
        if own is None:
            raise _fault(config, "deployment_type", f"missing; one of {', '.join(kinds)}")
        return own

    def _base_url(self, config: DeploymentConfig, region: RegionFact | None) -> str:
        url = config.base_url
        if url is None and region is not None:
            url = region.base_url
        if url is None:
            raise _fault(config, "base_url", "missing")
        match = _URL.fullmatch(url)
        if match is None:
            raise _fault(
                config,
                "base_url",
                "must be https://host/path in lower case, without user name, query or fragment",
            )
        if region is None:
            self._own_host(config, match["host"])
        else:
            _host_of_region(config, region, match)
        return url.rstrip("/")

    def _own_host(self, config: DeploymentConfig, host: str) -> None:
        """A provider's host cannot be declared to be one's own machine, in a country of choice."""
        for name, provider in self.providers.items():
            if any(re.fullmatch(region.host, host) for region in provider.regions.values()):
                raise _fault(
                    config, "base_url", f"{host} belongs to {name}; say `provider: {name}`"
                )

    def _countries(
        self, config: DeploymentConfig, name: str, places: tuple[str, ...]
    ) -> frozenset[str]:
        try:
            return self.jurisdictions.countries(places)
        except ConfigError as error:
            raise _fault(config, name, str(error)) from error

    def _price(self, config: DeploymentConfig, terms: Terms) -> Price | None:
        """The configured price, else the catalog's; None when neither knows one."""
        if config.price is not None:
            return config.price.price()
        listed = self.prices.prices.get(config.provider, {})
        fact = listed.get(config.priced_as or config.model)
        if fact is None:
            if config.priced_as is not None:
                near = suggestion(closest(config.priced_as, listed))
                raise _fault(config, "priced_as", f"no price is listed for it{near}")
            return None
        factor = fact.regional if terms.regional_price else 1
        cached = fact.input if fact.cached_input is None else fact.cached_input
        return Price(
            input=fact.input * factor,
            output=fact.output * factor,
            cached_input=cached * factor,
            cache_write=_times(fact.cache_write, factor),
            cache_write_long=_times(fact.cache_write_long, factor),
        )


def _host_of_region(config: DeploymentConfig, region: RegionFact, url: re.Match[str]) -> None:
    if url["scheme"] != "https" or url["port"]:
        raise _fault(config, "base_url", "a provider is reached by https on its usual port")
    if not re.fullmatch(region.host, url["host"]):
        raise _fault(
            config, "base_url", f"host {url['host']} does not belong to region {config.region!r}"
        )


def _times(amount: Decimal | None, factor: Decimal | int) -> Decimal | None:
    return None if amount is None else amount * factor


def _fault(config: DeploymentConfig, name: str, message: str) -> ConfigError:
    return ConfigError(f"deployment {config.id}: {name}: {message}")
