"""Where a model may run whose name lets the provider choose among regions.

At Bedrock `eu.anthropic.…` may run in any region of the profile `eu`, `global.…` anywhere, and
`anthropic.…` in the region that is asked. Where a name of unknown beginning runs is unknown.

Source: https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html
"""

from collections.abc import Iterable

from guardrail_gw.catalog.facts import ProviderFact, Terms
from guardrail_gw.errors import ConfigError

_UNKNOWN = Terms(inference=(), storage=())


def spread(
    provider: ProviderFact, terms: Terms, model: str, declared: tuple[str, ...] = ()
) -> Terms:
    """The terms of a region, widened to every region that may serve the model.

    Args:
        provider: who chooses.
        model: its name there.
        terms: of the region that is asked; it counts in any case.
        declared: the profile's regions for this very model, if the operator says so: some of those
            that the catalog names, never others.

    Raises:
        ConfigError: regions are declared that the profile does not have.
    """
    if provider.profiles is None:
        _none_declared(declared)
        return terms
    first = model.partition(".")[0]
    profile = provider.profiles.by_prefix.get(first)
    if profile is None:
        _none_declared(declared)
        return terms if first in provider.profiles.makers else _UNKNOWN
    if beyond := sorted(set(declared) - set(profile.regions)):
        raise ConfigError(f"{', '.join(beyond)} is not a region of the profile {first!r}")
    return _union(terms, (provider.regions[r].terms() for r in declared or profile.regions))


def _none_declared(declared: tuple[str, ...]) -> None:
    if declared:
        raise ConfigError("only a model whose name begins with a profile has any")


def _union(terms: Terms, others: Iterable[Terms | None]) -> Terms:
    """All of them together; nothing at all where one of them is unknown, or there is none."""
    each = list(others)
    if not each or None in each:
        return _UNKNOWN
    known = [terms, *(t for t in each if t is not None)]
    sure = all(t.inference for t in known), all(t.storage for t in known)
    return Terms(
        inference=tuple(sorted({p for t in known for p in t.inference})) if sure[0] else (),
        storage=tuple(sorted({p for t in known for p in t.storage})) if sure[1] else (),
        regional_price=terms.regional_price,
    )
