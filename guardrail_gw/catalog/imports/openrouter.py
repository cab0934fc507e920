"""The listing of OpenRouter (`/api/v1/models`): US dollars per token, at OpenRouter itself.

Source: https://openrouter.ai/docs/api-reference/list-available-models (under the terms of the site)
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from guardrail_gw.catalog.facts import Listing
from guardrail_gw.catalog.imports.amounts import rates
from guardrail_gw.catalog.model_facts import PriceFact

_PER = Decimal(1_000_000)
_RATES = {
    "input": "prompt",
    "output": "completion",
    "cached_input": "input_cache_read",
    "cache_write": "input_cache_write",
    "reasoning": "internal_reasoning",
    "audio_input": "audio",
}
_MODALITIES = {"text": "text", "image": "image", "audio": "audio", "video": "video", "pdf": "file"}
_CAN = {
    "parallel_tools": "parallel_tool_calls",
    "reasoning": "reasoning",
    "structured_output": "structured_outputs",
    "tool_choice": "tool_choice",
    "tools": "tools",
}


def is_it(data: Mapping[str, Any]) -> bool:
    """Whether a JSON object is this listing."""
    listed = data.get("data")
    return isinstance(listed, list) and any("pricing" in e for e in listed if isinstance(e, dict))


def rows(data: Mapping[str, Any], listing: Listing) -> dict[str, dict[str, Any]]:
    """Each model of a provider -> the fields of its `ModelFact` that are stated."""
    return {
        row["id"].removeprefix(listing.prefix): _fields(row)
        for row in data["data"]
        if isinstance(row, dict) and isinstance(row.get("id"), str)
    }


def _fields(row: Mapping[str, Any]) -> dict[str, Any]:
    built = row.get("architecture") or {}
    can = row.get("supported_parameters") or ()
    return {
        "context": row.get("context_length") or None,
        "output": (row.get("top_provider") or {}).get("max_completion_tokens") or None,
        "takes": _modalities(built.get("input_modalities") or ()),
        "gives": _modalities(built.get("output_modalities") or ()),
        "can": tuple(ours for ours, theirs in _CAN.items() if theirs in can),
        "price": _price(row.get("pricing") or {}),
    }


def _modalities(listed: Any) -> tuple[str, ...]:  # noqa: ANN401 - somebody's JSON
    return tuple(ours for ours, theirs in _MODALITIES.items() if theirs in listed)


def _price(pricing: Mapping[str, Any]) -> PriceFact | None:
    base = rates(pricing, _RATES, per=_PER)
    if base.input is None or base.output is None:
        return None
    same = base.reasoning == base.output
    return PriceFact(**base.model_dump(exclude={"reasoning"} if same else set(), exclude_none=True))
