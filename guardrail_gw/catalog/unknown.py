"""What is not known of a provider, said plainly: unknown means no wherever it is asked for."""

from collections.abc import Iterator, Mapping
from typing import Final

from guardrail_gw.catalog.facts import ProviderFact
from guardrail_gw.catalog.model_facts import ModelFact

_COPIED: Final = "openai_chat"
"""The dialect that many providers speak who did not make it, hardly two of them the same."""


def unknown(provider: ProviderFact, models: Mapping[str, ModelFact]) -> Iterator[str]:
    """One sentence for each thing that no source was found for."""
    if provider.retired is not None:
        return
    if not provider.self_hosted:
        yield from _terms(provider)
        if provider.parameters_unknown is not None:
            yield provider.parameters_unknown.says
        elif _COPIED in provider.dialects and not provider.parameters:
            yield f"where its parameters are not those of {_COPIED}"
    if not models:
        yield "its models and their prices"
    elif unpriced := sum(model.price is None for model in models.values()):
        yield f"the price of {unpriced} of {len(models)} models"


def _terms(provider: ProviderFact) -> Iterator[str]:
    if provider.retention is None:
        yield "how long requests are kept"
    elif provider.retention.days is None:
        yield "for how many days requests are kept"
    if provider.training is None:
        yield "whether it trains on requests"
    for what in ("inference", "storage"):
        silent = [
            name if kind is None else f"{name} ({kind})"
            for name, region in provider.regions.items()
            for kind, terms in region.each_terms()
            if not getattr(terms, what)
        ]
        if silent:
            verb = "runs" if what == "inference" else "stores"
            yield f"where it {verb}: {', '.join(silent)}"
