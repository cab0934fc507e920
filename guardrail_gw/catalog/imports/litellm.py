"""The price file of litellm: `model_prices_and_context_window.json`, US dollars per token.

Source: https://github.com/BerriAI/litellm (MIT outside its folder `enterprise`)
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from guardrail_gw.catalog.facts import Listing
from guardrail_gw.catalog.imports.amounts import dollars, rates
from guardrail_gw.catalog.model_facts import (
    Modality,
    PriceFact,
    RateFact,
    TierFact,
    TierName,
    UnitFact,
)

_PER = Decimal(1_000_000)
_RATES = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cached_input": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
    "cache_write_long": "cache_creation_input_token_cost_above_1hr",
    "reasoning": "output_cost_per_reasoning_token",
    "audio_input": "input_cost_per_audio_token",
    "audio_output": "output_cost_per_audio_token",
    "image_output": "output_cost_per_image_token",
}
_TAKES = {
    "image": "supports_vision",
    "audio": "supports_audio_input",
    "video": "supports_video_input",
    "pdf": "supports_pdf_input",
}
_CAN = {
    "computer_use": "supports_computer_use",
    "parallel_tools": "supports_parallel_function_calling",
    "prefill": "supports_assistant_prefill",
    "prompt_cache": "supports_prompt_caching",
    "reasoning": "supports_reasoning",
    "structured_output": "supports_response_schema",
    "system": "supports_system_messages",
    "tool_choice": "supports_tool_choice",
    "tools": "supports_function_calling",
    "web_search": "supports_web_search",
}
_ABOVE = re.compile(r"_above_([0-9]+)k_tokens$")
_PRIORITIES: tuple[TierName, ...] = ("flex", "priority", "ultrafast")
_MODES = {"chat", "responses", "embedding"}
_WHOLE: Mapping[str, tuple[tuple[Modality, ...], tuple[Modality, ...]]] = {
    "image_generation": (("text",), ("image",)),
    "audio_speech": (("text",), ("audio",)),
    "audio_transcription": (("audio",), ("text",)),
}
"""Modes whose answers come as a whole -> what they take and give."""
_UNITS = (
    ("image", ("output_cost_per_image", "input_cost_per_image"), Decimal(1)),
    ("million_characters", ("input_cost_per_character",), _PER),
    ("minute", ("input_cost_per_second",), Decimal(60)),
)
Row = Mapping[str, Any]


def is_it(data: Mapping[str, Any]) -> bool:
    """Whether a JSON object is this catalogue."""
    return any(isinstance(row, dict) and "litellm_provider" in row for row in data.values())


def rows(data: Mapping[str, Any], listing: Listing) -> dict[str, dict[str, Any]]:
    """Each model of a provider -> the fields of its `ModelFact` that are stated."""
    here = {
        name.removeprefix(listing.prefix): row
        for name, row in data.items()
        if isinstance(row, dict)
        and row.get("litellm_provider") in listing.providers
        and row.get("mode") in {*_MODES, *_WHOLE}
    }
    return {
        name: {**_fields(row), "regional": _regional(row, name, here, listing)}
        for name, row in here.items()
    }


def _fields(row: Row) -> dict[str, Any]:
    if row["mode"] in _WHOLE:
        return _whole(row)
    embeds = row["mode"] == "embedding"
    return {
        "context": _tokens(row.get("max_input_tokens")),
        "output": None if embeds else _tokens(row.get("max_output_tokens")),
        "takes": _takes(row),
        "gives": ("embedding",) if embeds else _gives(row),
        "can": tuple(can for can, field in _CAN.items() if row.get(field) is True),
        "price": _price(row, embeds=embeds),
        "retires": _day(row.get("deprecation_date")),
        "source": _page(row),
    }


def _whole(row: Row) -> dict[str, Any]:
    """A model that paints, speaks or writes down: what is not counted in tokens has units."""
    takes, gives = _WHOLE[row["mode"]]
    base = rates(row, _RATES, per=_PER)
    units = {name: _unit(row, fields, parts) for name, fields, parts in _UNITS}
    stated = base.model_dump(exclude_none=True)
    return {
        "takes": takes,
        "gives": gives,
        "price": None if base.input is None else PriceFact(**stated),
        "units": UnitFact(**units) if any(units.values()) else None,
        "retires": _day(row.get("deprecation_date")),
        "source": _page(row),
    }


def _unit(row: Row, fields: tuple[str, ...], parts: Decimal) -> Decimal | None:
    """The first of these that is a price."""
    found = (dollars(row.get(field), per=parts) for field in fields)
    return next((each for each in found if each is not None), None)


def _page(row: Row) -> str | None:
    """The page that is named for the row, if it is one."""
    source = row.get("source")
    return source if isinstance(source, str) and source.startswith("https://") else None


def _takes(row: Row) -> tuple[str, ...]:
    listed = row.get("supported_modalities") or ()
    more = {takes for takes, field in _TAKES.items() if row.get(field) is True}
    known = {"text", *more, *(m for m in listed if m in _TAKES)}
    return tuple(m for m in ("text", *_TAKES) if m in known)


def _gives(row: Row) -> tuple[str, ...]:
    listed = set(row.get("supported_output_modalities") or ("text",))
    if row.get("supports_audio_output") is True:
        listed.add("audio")
    return tuple(m for m in ("text", "image", "audio", "video") if m in listed)


def _tokens(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _price(row: Row, *, embeds: bool) -> PriceFact | None:
    """None unless both reading and writing have a price."""
    tiers = [tier for tier in row.get("tiered_pricing") or () if isinstance(tier, dict)]
    first = tiers[0] if tiers else row
    base = rates(first, _RATES, per=_PER)
    if base.input is None or (base.output is None and not embeds):
        return None
    above = dict(_tiers(tiers) if tiers else _bands(row))
    same = base.reasoning == base.output
    stated = base.model_dump(exclude={"reasoning"} if same else set(), exclude_none=True)
    return PriceFact(**stated, above=above, tiers=dict(_priorities(row, base)))


def _priorities(row: Row, base: RateFact) -> Iterator[tuple[TierName, TierFact]]:
    """`input_cost_per_token_priority` and its like; Anthropic's fast mode is told as a factor."""
    for tier in _PRIORITIES:
        rate = rates(row, {ours: f"{theirs}_{tier}" for ours, theirs in _RATES.items()}, per=_PER)
        if rate.input is not None and rate.output is not None:
            stated = rate.model_dump(exclude_none=True)
            yield tier, TierFact(**stated, above=dict(_bands(row, f"_{tier}")))
    fast = (row.get("provider_specific_entry") or {}).get("fast")
    if isinstance(fast, Decimal | int) and not isinstance(fast, bool) and fast >= 1:
        stated = base.model_dump(exclude_none=True)
        yield "fast", TierFact(**{name: rate * fast for name, rate in stated.items()})


def _bands(row: Row, tier: str = "") -> Iterator[tuple[str, RateFact]]:
    """`input_cost_per_token_above_200k_tokens` and its like, by the number of tokens."""
    plain = (field.removesuffix(tier) for field in row if field.endswith(tier))
    bounds = {int(m[1]) for field in plain if (m := _ABOVE.search(field))}
    for bound in sorted(bounds):
        names = {ours: f"{theirs}_above_{bound}k_tokens{tier}" for ours, theirs in _RATES.items()}
        band = rates(row, names, per=_PER)
        if band.input is not None:
            yield str(bound * 1000), band


def _tiers(tiers: list[Any]) -> Iterator[tuple[str, RateFact]]:
    """`tiered_pricing`, from its second tier on."""
    for tier in tiers[1:]:
        least = tier.get("range", [None])[0]
        band = rates(tier, _RATES, per=_PER)
        if band.input is not None and isinstance(least, int | Decimal):
            yield str(int(least)), band


def _regional(row: Row, name: str, here: Mapping[str, Row], listing: Listing) -> Decimal | None:
    """What regional processing multiplies by, where all that is said of it agrees."""
    entry = row.get("provider_specific_entry") or {}
    stated = {
        row.get("regional_processing_uplift_multiplier_eu"),
        row.get("regional_processing_uplift_multiplier_us"),
        row.get("regional_endpoint_uplift_multiplier"),
        entry.get("us"),
        *(_ratio(row, here.get(f"{zone}/{name}")) for zone in listing.zones),
    }
    factors = {Decimal(each) for each in stated if isinstance(each, Decimal | int)}
    factor = factors.pop() if len(factors) == 1 else Decimal(0)
    return factor if factor >= 1 else None


def _ratio(plain: Row, zoned: Row | None) -> Decimal | None:
    """How much dearer a row of a zone is, if reading and writing agree."""
    found = set()
    for field in ("input_cost_per_token", "output_cost_per_token"):
        base, there = dollars(plain.get(field)), dollars((zoned or {}).get(field))
        if base is None or there is None:
            return None
        found.add((there / base).quantize(Decimal("0.001")).normalize())
    return found.pop() if len(found) == 1 else None
