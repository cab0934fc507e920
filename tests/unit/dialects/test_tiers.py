"""Which tier is asked for, and which one an answer is counted in."""

from typing import Any

import pytest

from guardrail_gw.core.amounts import Tier
from guardrail_gw.dialects.tiers import asked_tier, counted_tier, tier_of


@pytest.mark.parametrize(
    ("said", "tier"),
    [
        (None, None),
        ("", None),
        ("auto", None),
        ("SERVICE_TIER_UNSPECIFIED", None),
        ("default", Tier.STANDARD),
        ("on_demand", Tier.STANDARD),
        ("ON_DEMAND", Tier.STANDARD),
        ("SERVICE_TIER_STANDARD", Tier.STANDARD),
        ("flex", Tier.FLEX),
        ("ON_DEMAND_FLEX", Tier.FLEX),
        ("priority", Tier.PRIORITY),
        ("SERVICE_TIER_PRIORITY", Tier.PRIORITY),
        ({"type": "priority"}, Tier.PRIORITY),
        ({}, None),
        ("scale", Tier.OTHER),
        ("PROVISIONED_THROUGHPUT", Tier.OTHER),
        ("other", Tier.OTHER),
        (7, Tier.OTHER),
    ],
)
def test_words_of_all_providers_come_to_a_few(said: Any, tier: Tier | None) -> None:
    """What has no name here is not taken for the usual tier: it may cost more."""
    assert tier_of(said) is tier


@pytest.mark.parametrize(
    ("dialect", "members", "tier"),
    [
        ("openai_chat", {"service_tier": "priority"}, Tier.PRIORITY),
        ("openai_responses", {"service_tier": "flex"}, Tier.FLEX),
        ("openai_chat", {"serviceTier": "flex"}, None),
        ("anthropic_messages", {"service_tier": "standard_only"}, Tier.STANDARD),
        ("anthropic_messages", {"speed": "fast", "service_tier": "auto"}, Tier.FAST),
        ("anthropic_messages", {"speed": "standard"}, None),
        ("gemini_generate", {"serviceTier": "PRIORITY"}, Tier.PRIORITY),
        ("gemini_generate", {"service_tier": "flex"}, Tier.FLEX),
        ("openai_embeddings", {"service_tier": "priority"}, None),
    ],
)
def test_each_dialect_asks_in_its_own_place(dialect: str, members: Any, tier: Tier | None) -> None:
    """A request that does not say it leaves it to the provider."""
    assert asked_tier(dialect, members) is tier


@pytest.mark.parametrize(
    ("counts", "tier"),
    [
        (None, None),
        ({"input_tokens": 1}, None),
        ({"service_tier": "standard"}, Tier.STANDARD),
        ({"service_tier": "standard", "speed": "fast"}, Tier.FAST),
        ({"trafficType": "ON_DEMAND_PRIORITY"}, Tier.PRIORITY),
        ({"serviceTier": "flex", "trafficType": "ON_DEMAND"}, Tier.FLEX),
    ],
)
def test_some_answers_say_it_beside_their_counts(counts: Any, tier: Tier | None) -> None:
    """Of two words the more particular one counts."""
    assert counted_tier(counts) is tier
