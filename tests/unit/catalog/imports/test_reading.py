"""Downloaded catalogues, as facts: small files of the three shapes, written for these tests."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.catalog.imports.amounts import dollars
from guardrail_gw.catalog.imports.reading import read
from guardrail_gw.catalog.model_facts import ModelFact, PriceFact, RateFact, UnitFact
from guardrail_gw.errors import ConfigError

PROVIDERS = Catalog.load().providers
DAY = date(2026, 11, 1)


def taken(folder: Path, data: Any, provider: str) -> dict[str, ModelFact]:
    """What a file says of a provider."""
    path = folder / "catalogue.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    models, _ = read(path, version="7", as_of=DAY).models(PROVIDERS[provider])
    return models


def test_a_row_of_litellm(tmp_path: Path) -> None:
    """Prices per token become dollars per million, exact; what is not stated stays unknown."""
    row = {
        "litellm_provider": "anthropic",
        "mode": "chat",
        "max_input_tokens": 200000,
        "max_output_tokens": 64000,
        "input_cost_per_token": 3e-06,
        "output_cost_per_token": 1.5e-05,
        "cache_read_input_token_cost": 3.0000000000000004e-07,
        "cache_creation_input_token_cost_above_1hr": 6e-06,
        "input_cost_per_token_above_200k_tokens": 6e-06,
        "output_cost_per_token_above_200k_tokens": 2.25e-05,
        "input_cost_per_token_batches": 1.5e-06,
        "output_cost_per_reasoning_token": 1.5e-05,
        "supports_vision": True,
        "supports_function_calling": True,
        "supports_assistant_prefill": False,
        "provider_specific_entry": {"us": 1.1},
        "deprecation_date": "2027-01-31",
        "source": "https://example.org/prices",
    }

    fact = taken(tmp_path, {"claude-x": row, "sample_spec": {"mode": "chat"}}, "anthropic")

    assert fact == {
        "claude-x": ModelFact(
            context=200000,
            output=64000,
            takes=("text", "image"),
            gives=("text",),
            can=("tools",),
            price=PriceFact(
                input=Decimal(3),
                output=Decimal(15),
                cached_input=Decimal("0.3"),
                cache_write_long=Decimal(6),
                above={"200000": RateFact(input=Decimal(6), output=Decimal("22.5"))},
            ),
            regional=Decimal("1.1"),
            retires=date(2027, 1, 31),
            source="https://example.org/prices",
            by="litellm-7",
        )
    }


def test_a_row_of_litellm_with_tiers(tmp_path: Path) -> None:
    """The first tier is the price, the others are what longer requests cost."""
    tiers = [
        {"range": [0, 32000], "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06},
        {"range": [32000, 9e9], "input_cost_per_token": 3e-06, "output_cost_per_token": 4e-06},
    ]
    row = {"litellm_provider": "dashscope", "mode": "chat", "tiered_pricing": tiers}

    fact = taken(tmp_path, {"dashscope/qwen-x": row}, "dashscope")["qwen-x"]

    assert fact.price is not None
    assert (fact.price.input, fact.price.output) == (Decimal(1), Decimal(2))
    assert fact.price.above == {"32000": RateFact(input=Decimal(3), output=Decimal(4))}


@pytest.mark.parametrize(
    ("changed", "price", "regional"),
    [
        ({"input_cost_per_token": 0}, None, None),
        ({"input_cost_per_token": None}, None, None),
        ({"input_cost_per_token": True}, None, None),
        ({"input_cost_per_token": "many"}, None, None),
        ({"output_cost_per_token": -1}, None, None),
        ({"regional_endpoint_uplift_multiplier": 1.1}, Decimal(1), Decimal("1.1")),
        ({"regional_endpoint_uplift_multiplier": 0.5}, Decimal(1), None),
        (
            {
                "regional_processing_uplift_multiplier_eu": 1.1,
                "regional_processing_uplift_multiplier_us": 1.2,
            },
            Decimal(1),
            None,
        ),
    ],
)
def test_nothing_is_guessed(
    tmp_path: Path, changed: dict[str, Any], price: Decimal | None, regional: Decimal | None
) -> None:
    """Zero, nonsense and statements that disagree are unknown."""
    row: dict[str, Any] = {"litellm_provider": "openai", "mode": "chat"}
    row |= {"input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06, **changed}

    fact = taken(tmp_path, {"gpt-x": row}, "openai")["gpt-x"]

    assert (fact.price and fact.price.input, fact.regional) == (price, regional)
    assert (fact.context, fact.output, fact.retires, fact.source) == (None,) * 4


def test_a_cache_that_is_cheaper_to_write_than_to_read_is_none(tmp_path: Path) -> None:
    """Such a row means something else by it, so the rate is left out."""
    row = {"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1e-06}
    row |= {"output_cost_per_token": 2e-06, "cache_read_input_token_cost": 5e-07}
    row |= {"cache_creation_input_token_cost": 4e-07}

    price = taken(tmp_path, {"gpt-x": row}, "openai")["gpt-x"].price

    assert price is not None
    assert (price.cached_input, price.cache_write) == (Decimal("0.5"), None)


def test_rows_of_zones_give_the_regional_factor(tmp_path: Path) -> None:
    """`azure/eu/gpt-x` is no model of its own but says what gpt-x costs in a region."""
    plain: dict[str, Any] = {"litellm_provider": "azure", "mode": "chat"}
    plain |= {"input_cost_per_token": 2e-06, "output_cost_per_token": 8e-06}
    there = plain | {"input_cost_per_token": 2.2e-06, "output_cost_per_token": 8.8e-06}

    found = taken(tmp_path, {"azure/gpt-x": plain, "azure/eu/gpt-x": there}, "azure-openai")

    assert found.keys() == {"gpt-x"}
    assert found["gpt-x"].regional == Decimal("1.1")


def test_a_model_of_models_dev(tmp_path: Path) -> None:
    """Prices are per million there; the provider's page is the source."""
    model = {
        "limit": {"context": 128000, "output": 8192},
        "modalities": {"input": ["text", "pdf"], "output": ["text"]},
        "tool_call": True,
        "reasoning": False,
        "cost": {
            "input": 0.5,
            "output": 1.5,
            "cache_read": 0,
            "tiers": [{"input": 1, "output": 3, "tier": {"size": 64000}}],
        },
    }
    data = {"groq": {"doc": "https://example.org/models", "models": {"m": model}}}

    fact = taken(tmp_path, data, "groq")["m"]

    assert fact.price == PriceFact(
        input=Decimal("0.5"),
        output=Decimal("1.5"),
        above={"64000": RateFact(input=Decimal(1), output=Decimal(3))},
    )
    assert (fact.context, fact.output, fact.takes) == (128000, 8192, ("text", "pdf"))
    assert (fact.can, fact.source, fact.by) == (
        ("tools",),
        "https://example.org/models",
        "models-dev-7",
    )


def test_a_model_of_openrouter(tmp_path: Path) -> None:
    """Prices are texts per token there, and hold at OpenRouter only."""
    model = {
        "id": "acme/m",
        "context_length": 32000,
        "architecture": {"input_modalities": ["text", "file"], "output_modalities": ["text"]},
        "pricing": {"prompt": "0.000002", "completion": "0.000004", "internal_reasoning": "0"},
        "supported_parameters": ["tools", "temperature"],
        "top_provider": {"max_completion_tokens": None},
    }
    routed = {**model, "id": "acme/auto", "pricing": {"prompt": "-1", "completion": "-1"}}
    data = {"data": [model, routed]}

    found = taken(tmp_path, data, "openrouter")

    assert found["acme/m"].price == PriceFact(input=Decimal(2), output=Decimal(4))
    assert (found["acme/m"].takes, found["acme/m"].output) == (("text", "pdf"), None)
    assert found["acme/auto"].price is None
    assert taken(tmp_path, data, "openai") == {}


def test_rows_that_make_no_sense_are_named(tmp_path: Path) -> None:
    """A number no model has is not taken over; the other rows are."""
    row = {"litellm_provider": "openai", "mode": "chat", "max_input_tokens": 10**12}
    path = tmp_path / "catalogue.json"
    path.write_text(json.dumps({"bad": row, "good": row | {"max_input_tokens": 9}}))

    models, senseless = read(path, version="7", as_of=DAY).models(PROVIDERS["openai"])

    assert models.keys() == {"good"}
    assert senseless == ("bad",)


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "not JSON"), ("[]", "none of the catalogues"), ("{}", "none of"), ("[" * 99999, "JSON")],
)
def test_another_file_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """What is none of the catalogues is an error that names those that can be read."""
    path = tmp_path / "catalogue.json"
    path.write_text(text, encoding="utf-8")

    with pytest.raises(ConfigError, match=said):
        read(path, version="7", as_of=DAY)


@given(value=st.decimals("0.000001", "10000", places=6))
def test_an_amount_stays_what_it_is(value: Decimal) -> None:
    """Per token and back is the same amount, however small."""
    per_token = value / 1_000_000

    assert dollars(per_token) == value
    assert dollars(str(per_token)) == value
    assert "E" not in str(dollars(per_token))


@given(value=st.one_of(st.none(), st.booleans(), st.text(), st.lists(st.integers()), st.floats()))
def test_what_is_no_amount_is_unknown(value: Any) -> None:
    """Nothing but a positive finite number is an amount, and nothing is an exception."""
    found = dollars(value)

    assert found is None or found > 0


@pytest.mark.parametrize(
    ("mode", "costs", "fact"),
    [
        (
            "audio_transcription",
            {"input_cost_per_second": 1e-4, "output_cost_per_second": 1e-4},
            {"takes": ("audio",), "gives": ("text",), "units": UnitFact(minute=Decimal("0.006"))},
        ),
        (
            "audio_speech",
            {"input_cost_per_character": 1.5e-5},
            {
                "takes": ("text",),
                "gives": ("audio",),
                "units": UnitFact(million_characters=Decimal(15)),
            },
        ),
        (
            "image_generation",
            {"input_cost_per_token": 5e-6, "output_cost_per_image_token": 4e-5},
            {
                "takes": ("text",),
                "gives": ("image",),
                "price": PriceFact(input=Decimal(5), image_output=Decimal(40)),
            },
        ),
        ("image_generation", {"input_cost_per_pixel": 4e-8}, {"takes": ("text",)}),
    ],
)
def test_what_is_sold_by_the_piece(
    tmp_path: Path, mode: str, costs: dict[str, float], fact: dict[str, Any]
) -> None:
    """A second, a sign or an image has a price of its own; a pixel has none here."""
    row = {"litellm_provider": "openai", "mode": mode, **costs}

    (made,) = taken(tmp_path, {"x-1": row}, "openai").values()

    assert made.model_dump(exclude_defaults=True, exclude={"by", "gives"}) == ModelFact(
        **fact, by="x"
    ).model_dump(exclude_defaults=True, exclude={"by", "gives"})


def test_tiers_of_litellm(tmp_path: Path) -> None:
    """Each with its own long requests; a fast mode is told as a factor of all rates."""
    row = {
        "litellm_provider": "anthropic",
        "mode": "chat",
        "input_cost_per_token": 3e-06,
        "output_cost_per_token": 1.5e-05,
        "cache_read_input_token_cost": 3e-07,
        "input_cost_per_token_priority": 6e-06,
        "output_cost_per_token_priority": 3e-05,
        "input_cost_per_token_above_200k_tokens_priority": 9e-06,
        "input_cost_per_token_flex": 1e-06,
        "provider_specific_entry": {"fast": 6},
    }

    price = taken(tmp_path, {"claude-x": row}, "anthropic")["claude-x"].price

    assert price is not None
    assert price.above == {}
    assert {name: tier.model_dump(exclude_none=True) for name, tier in price.tiers.items()} == {
        "priority": {
            "input": Decimal(6),
            "output": Decimal(30),
            "above": {"200000": {"input": Decimal(9)}},
        },
        "fast": {
            "input": Decimal(18),
            "output": Decimal(90),
            "cached_input": Decimal("1.8"),
            "above": {},
        },
    }
