"""The listing of models.dev (`api.json`): US dollars per million tokens.

Source: https://github.com/anomalyco/models.dev (MIT)
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from guardrail_gw.catalog.facts import Listing
from guardrail_gw.catalog.imports.amounts import rates
from guardrail_gw.catalog.model_facts import PriceFact, RateFact

_PER = Decimal(1)
_RATES = {
    "input": "input",
    "output": "output",
    "cached_input": "cache_read",
    "cache_write": "cache_write",
    "reasoning": "reasoning",
    "audio_input": "input_audio",
    "audio_output": "output_audio",
}
_MODALITIES = ("text", "image", "audio", "video", "pdf")
_CAN = {"reasoning": "reasoning", "structured_output": "structured_output", "tools": "tool_call"}


def is_it(data: Mapping[str, Any]) -> bool:
    """Whether a JSON object is this catalogue."""
    return any(isinstance(each, dict) and "models" in each for each in data.values())


def rows(data: Mapping[str, Any], listing: Listing) -> dict[str, dict[str, Any]]:
    """Each model of a provider -> the fields of its `ModelFact` that are stated."""
    found: dict[str, dict[str, Any]] = {}
    for provider in listing.providers:
        each = data.get(provider, {})
        for name, row in each.get("models", {}).items():
            found[name.removeprefix(listing.prefix)] = {
                **_fields(row),
                "source": each.get("doc") if _https(each.get("doc")) else None,
            }
    return found


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    limit = row.get("limit", {})
    modalities = row.get("modalities", {})
    return {
        "context": limit.get("input") or limit.get("context") or None,
        "output": limit.get("output") or None,
        "takes": tuple(m for m in _MODALITIES if m in modalities.get("input", ())),
        "gives": tuple(m for m in _MODALITIES if m in modalities.get("output", ())),
        "can": tuple(can for can, field in _CAN.items() if row.get(field) is True),
        "price": _price(row.get("cost") or {}),
    }


def _price(cost: Mapping[str, Any]) -> PriceFact | None:
    base = rates(cost, _RATES, per=_PER)
    if base.input is None or base.output is None:
        return None
    same = base.reasoning == base.output
    stated = base.model_dump(exclude={"reasoning"} if same else set(), exclude_none=True)
    return PriceFact(**stated, above=dict(_tiers(cost.get("tiers") or ())))


def _tiers(tiers: Any) -> Iterator[tuple[str, RateFact]]:  # noqa: ANN401 - somebody's JSON
    for tier in tiers:
        size = tier.get("tier", {}).get("size")
        band = rates(tier, _RATES, per=_PER)
        if isinstance(size, int) and band.input is not None:
            yield str(size), band


def _https(value: object) -> bool:
    return isinstance(value, str) and value.startswith("https://")
