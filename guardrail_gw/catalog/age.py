"""How old facts are. Providers change terms and prices; what is old is said to be old."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from guardrail_gw.catalog.facts import ProviderFact, Sourced
from guardrail_gw.catalog.model_facts import Import, ModelFact

STALE_DAYS = 180


def days(verified_on: date, today: date) -> int:
    """Days since then."""
    return (today - verified_on).days


def dates(
    provider: ProviderFact,
    region: str | None = None,
    model: ModelFact | None = None,
    imports: Mapping[str, Import] | None = None,
) -> Iterator[date]:
    """When the facts were verified on which a deployment of these rests."""
    yield from (fact.verified_on for fact in _sourced(provider))
    if region is not None and region in provider.regions:
        here = provider.regions[region]
        yield from (fact.verified_on for fact in (here, here.retention) if fact is not None)
    if model is not None and imports is not None:
        yield imports[model.by].verified_on


def _sourced(provider: ProviderFact) -> Iterable[Sourced]:
    each = (provider.retention, provider.training, provider.regional, provider.batch)
    return (fact for fact in each if fact is not None)
