"""The catalog, and how a configured deployment is held to it.

A deployment's countries follow from the host that is called and from the declared deployment type,
never from a label: a host that does not belong to the declared region is refused at start.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Self, TypeVar

from guardrail_gw.catalog import age, hosts, parameters
from guardrail_gw.catalog.abilities import abilities_of
from guardrail_gw.catalog.configured import DeploymentConfig
from guardrail_gw.catalog.credential import CredentialConfig
from guardrail_gw.catalog.facts import (
    JurisdictionsFile,
    ProviderFact,
    RegionFact,
    Shape,
    Terms,
)
from guardrail_gw.catalog.files import Files, Models
from guardrail_gw.catalog.jurisdictions import Jurisdictions
from guardrail_gw.catalog.model_facts import ModelFact
from guardrail_gw.catalog.pricing import listed, listed_units
from guardrail_gw.catalog.profiles import spread
from guardrail_gw.core.amounts import Measured, Price
from guardrail_gw.core.deployment import Deployment, Form
from guardrail_gw.documents import closest, load, suggestion
from guardrail_gw.errors import ConfigError

T = TypeVar("T")
SHIPPED = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """Providers, regions, jurisdictions, models and prices."""

    jurisdictions: Jurisdictions
    files: Files = field(repr=False)

    @classmethod
    def load(cls, overlays: Iterable[Path] = (), *, directory: Path = SHIPPED) -> Self:
        """Read which places there are; what is known of a provider is read when it is asked for.

        Args:
            overlays: folders of the operator's own, later ones before earlier ones.
            directory: the folder that is shipped.

        Raises:
            ConfigError: jurisdictions.yaml is damaged, or a folder holds no catalog.
        """
        places = load(directory / "jurisdictions.yaml", JurisdictionsFile)
        single = {code: frozenset({code}) for code in places.countries}
        named = {name: fact.countries for name, fact in places.jurisdictions.items()}
        # A country code keeps its own meaning even if someone names a jurisdiction like it.
        jurisdictions = Jurisdictions(members=named | single)
        folders = tuple(overlays)
        for folder in folders:
            if not any((folder / part).is_dir() for part in ("providers", "models")):
                raise ConfigError(f"{folder}: has no folder `providers` or `models`")
        files = Files(shipped=directory, overlays=folders, places=jurisdictions)
        return cls(jurisdictions=jurisdictions, files=files)

    @property
    def providers(self) -> Mapping[str, ProviderFact]:
        """Every provider by its id; what is looked up is read, and may raise ConfigError."""
        return self.files

    def models(self, provider: str) -> Models:
        """What is known of a provider's models.

        Raises:
            ConfigError: a file is damaged.
        """
        return self.files.models(provider)

    def deployment(self, config: DeploymentConfig) -> Deployment:
        """Check a configured deployment and fill in what the catalog knows.

        Raises:
            ConfigError: names deployment and field; the base URL itself is never quoted.
        """
        provider = self._provider(config)
        if {".", ".."} & set(config.model.split("/")):
            raise _fault(config, "model", "'.' and '..' are no parts of a model's name")
        dialect = self._dialect(config, provider)
        region = None if provider.self_hosted else self._region(config, provider)
        terms = self._terms(config, provider, region)
        return Deployment(
            id=config.id,
            provider=config.provider,
            model=config.model,
            base_url=self._base_url(config, region, dialect),
            dialect=dialect,
            also_speaks=_also(config, provider, dialect),
            forms=_forms(config, provider),
            region=config.region or "",
            zone=config.zone or "",
            service=provider.service or "",
            key_headers=tuple(provider.key_headers.items()),
            inference=self._countries(config, "inference", terms.inference),
            storage=self._countries(config, "storage", terms.storage),
            fixed_members=tuple(region.fixed_members.items()) if region else (),
            renamed_members=tuple(provider.renamed_members.items()),
            parameters=parameters.of_model(provider.parameters, config.priced_as or config.model),
            taken=parameters.taken(provider.parameters, config.priced_as or config.model),
            credential=config.credential,
            price=self._price(config, provider, terms),
            most_written=self._most_written(config),
            prefill=self._takes_prefill(config),
            quality=config.quality or 0,
            abilities=abilities_of(config, self._fact(config)),
            units=self._units(config, provider, terms),
            batch_share=provider.batch.share if provider.batch else None,
            bill=provider.bill.bill() if provider.bill else None,
            terms=tuple(config.contract.terms()) if config.contract else (),
        )

    def check_credential(self, config: DeploymentConfig, credential: CredentialConfig) -> None:
        """A token or a signature goes only to whom it is meant for.

        Raises:
            ConfigError: the provider takes credentials of other kinds, or nobody says where a
                signature is good.
        """
        taken = self.providers[config.provider].signing
        if credential.kind not in taken:
            raise _fault(
                config,
                "credential",
                f"is of the kind {credential.kind!r}; {config.provider} takes {', '.join(taken)}",
            )
        if credential.aws is not None and not (credential.aws.region or config.region):
            raise _fault(config, "credential", "signs for no region; say `aws.region`")

    def age_days(self, config: DeploymentConfig, today: date) -> int:
        """Days since the oldest fact on which a checked deployment rests was verified."""
        facts = self.models(config.provider)
        model = None if config.price else facts.models.get(config.priced_as or config.model)
        dates = age.dates(self.providers[config.provider], config.region, model, facts.imports)
        return max((age.days(each, today) for each in dates), default=0)

    def _provider(self, config: DeploymentConfig) -> ProviderFact:
        if config.provider not in self.providers:
            near = suggestion(closest(config.provider, self.providers))
            raise _fault(config, "provider", f"{config.provider!r} is not in the catalog{near}")
        provider = self.providers[config.provider]
        if provider.retired is not None:
            raise _fault(
                config, "provider", f"{provider.name} ended on {provider.retired.on.isoformat()}"
            )
        return provider

    def _dialect(self, config: DeploymentConfig, provider: ProviderFact) -> str:
        if config.dialect is None:
            return provider.dialects[0]
        if config.dialect not in provider.dialects:
            known = ", ".join(provider.dialects)
            near = suggestion(closest(config.dialect, provider.dialects))
            raise _fault(config, "dialect", f"{config.dialect!r} is not one of {known}{near}")
        return config.dialect

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

    def _terms(
        self, config: DeploymentConfig, provider: ProviderFact, region: RegionFact | None
    ) -> Terms:
        if region is None:
            if config.region is not None:
                raise _fault(config, "region", "a self-hosted deployment has none; say `inference`")
            if config.deployment_type is not None:
                raise _fault(config, "deployment_type", "a self-hosted deployment has none")
            return Terms(inference=config.inference, storage=config.storage)
        terms = _declared(config, region)
        return _named(
            config,
            "destinations",
            lambda: spread(provider, terms, config.model, config.destinations),
        )

    def _base_url(self, config: DeploymentConfig, region: RegionFact | None, dialect: str) -> str:
        url = config.base_url
        if url is None and region is not None:
            url = _of_region(config, region, dialect, self.providers[config.provider])
        if url is None:
            known = f"; it looks like {region.example}" if region and region.example else ""
            raise _fault(config, "base_url", f"missing{known}")
        _named(config, "base_url", lambda: self._check_host(config, url, region))
        _named(config, "base_url", lambda: _check_version(config, url, self.providers))
        return url.rstrip("/")

    def _check_host(self, config: DeploymentConfig, url: str, region: RegionFact | None) -> None:
        parts = hosts.address(url)
        if region is None or config.region is None:
            hosts.nobodys(parts, self.files)
            return
        hosts.in_region(parts, config.region, region)
        if self.files.overlays and self.files.added(config.provider, config.region):
            hosts.not_moved(parts, config.provider, self.files)

    def _countries(
        self, config: DeploymentConfig, name: str, places: tuple[str, ...]
    ) -> frozenset[str]:
        return _named(config, name, lambda: self.jurisdictions.countries(places))

    def _most_written(self, config: DeploymentConfig) -> int | None:
        fact = self._fact(config)
        return config.output or (None if fact is None else fact.output)

    def _fact(self, config: DeploymentConfig) -> ModelFact | None:
        return self.models(config.provider).models.get(config.priced_as or config.model)

    def _takes_prefill(self, config: DeploymentConfig) -> bool:
        fact = self.models(config.provider).models.get(config.priced_as or config.model)
        return fact is not None and "prefill" in fact.can

    def _units(self, config: DeploymentConfig, provider: ProviderFact, terms: Terms) -> Measured:
        """What units cost: as configured, else as the catalog has it."""
        if config.unit_price is not None:
            return config.unit_price.rates()
        fact = self._fact(config)
        return () if fact is None else listed_units(fact, provider, regional=terms.regional_price)

    def _price(
        self, config: DeploymentConfig, provider: ProviderFact, terms: Terms
    ) -> Price | None:
        """The configured price, else the catalog's; None when neither knows one."""
        if config.price is not None:
            return config.price.price()
        models = self.models(config.provider).models
        fact = models.get(config.priced_as or config.model)
        price = None if fact is None else listed(fact, provider, regional=terms.regional_price)
        has_units = fact is not None and fact.units is not None
        if price is None and not has_units and config.priced_as is not None:
            near = suggestion(closest(config.priced_as, models))
            raise _fault(config, "priced_as", f"no price is listed for it{near}")
        return price


def _also(config: DeploymentConfig, provider: ProviderFact, dialect: str) -> frozenset[str]:
    """Other dialects of a deployment, unless the operator chose its one."""
    if config.dialect is not None:
        return frozenset()
    return frozenset(provider.also_speaks) - {dialect}


def _forms(config: DeploymentConfig, provider: ProviderFact) -> tuple[Form, ...]:
    """How it is addressed, with or without a version."""
    shapes: Mapping[str, Shape] = provider.forms
    if config.api_version is not None:
        if provider.versioned is None:
            text = f"addresses of {config.provider} name none; leave it out"
            raise _fault(config, "api_version", text)
        shapes = provider.versioned.forms
    version = config.api_version or ""
    fitting = {name: shape for name, shape in shapes.items() if shape.fits(config.model)}
    return tuple(
        form for dialect, shape in fitting.items() for form in shape.every(dialect, version)
    )


def _check_version(
    config: DeploymentConfig, url: str, providers: Mapping[str, ProviderFact]
) -> None:
    """Raise ConfigError where base URL and `api_version` are of different ways of addressing."""
    versioned = providers[config.provider].versioned
    if versioned is None:
        return
    is_versioned = hosts.address(url)["path"] == versioned.base_path
    if is_versioned and config.api_version is None:
        raise ConfigError("an address that ends so needs an `api_version`")
    if not is_versioned and config.api_version is not None:
        raise ConfigError(f"with an `api_version` it looks like {versioned.example}")


def _declared(config: DeploymentConfig, region: RegionFact) -> Terms:
    """The region's terms, or those of the declared deployment type."""
    kinds = region.deployment_types
    if config.deployment_type is not None and config.deployment_type not in kinds:
        near = suggestion(closest(config.deployment_type, kinds))
        known = f"one of {', '.join(kinds)}" if kinds else "known here; leave it out"
        raise _fault(config, "deployment_type", f"{config.deployment_type!r} is not {known}{near}")
    if config.deployment_type is not None:
        return kinds[config.deployment_type]
    own = region.terms()
    if own is None:
        raise _fault(config, "deployment_type", f"missing; one of {', '.join(kinds)}")
    return own


def _of_region(
    config: DeploymentConfig, region: RegionFact, dialect: str, provider: ProviderFact
) -> str | None:
    """Where the region speaks this dialect, if everyone has the same address."""
    if dialect in region.base_urls:
        return region.base_urls[dialect]
    elsewhere = dialect != provider.dialects[0] and dialect not in provider.forms
    if elsewhere and region.base_url is not None:
        raise _fault(config, "base_url", f"missing; where it speaks {dialect} is not known")
    return region.base_url


def _named(config: DeploymentConfig, name: str, ask: Callable[[], T]) -> T:
    """Ask, and put deployment and field before what is wrong."""
    try:
        return ask()
    except ConfigError as error:
        raise _fault(config, name, str(error)) from error


def _fault(config: DeploymentConfig, name: str, message: str) -> ConfigError:
    return ConfigError(f"deployment {config.id}: {name}: {message}")
