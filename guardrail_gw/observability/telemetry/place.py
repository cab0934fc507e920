"""Whether the receiver of spans lies where every policy lets data be: it is held to their rules."""

from collections.abc import Iterable

from guardrail_gw.catalog import hosts
from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.errors import ConfigError
from guardrail_gw.policy.policy import ResidencyRule
from guardrail_gw.policy.source import PolicySet
from guardrail_gw.telemetry import TelemetryConfig


def countries_of(config: TelemetryConfig, catalog: Catalog) -> frozenset[str]:
    """The countries in which what is sent there may be.

    Raises:
        ConfigError: a place that nobody knows, or a provider's own host.
    """
    try:
        hosts.nobodys(hosts.address(config.endpoint), catalog.files)
        return catalog.jurisdictions.countries(config.storage)
    except ConfigError as error:
        raise ConfigError(f"telemetry: {error}") from None


def forbidding(countries: frozenset[str], policies: PolicySet) -> tuple[str, ...]:
    """Ids of the residency rules of which the receiver is outside, sorted; none: it is lawful.

    Every rule of every document counts, also one that binds some requests only: what is sent is of
    all of them. Where nothing is known nothing is lawful.
    """
    if not countries:
        return ("unknown",)
    return tuple(sorted(r.rule for r in _rules(policies) if not r.admits(countries, countries)))


def _rules(policies: PolicySet) -> Iterable[ResidencyRule]:
    return (rule for document in policies.documents for rule in document.policy.residency)
