"""From the catalog's facts to a price."""

from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.catalog.model_facts import (
    ModelFact,
    PriceFact,
    RateFact,
    TierFact,
    TierName,
    UnitFact,
)
from guardrail_gw.catalog.pricing import listed, listed_units
from guardrail_gw.core.amounts import Price, Tier, Unit, Usage

CATALOG = Catalog.load()
PROVIDERS = CATALOG.providers


def priced(*, regional: bool = False, provider: str = "groq", **fields: Any) -> Price | None:
    """The price of a model of these facts."""
    return listed(ModelFact(by="x", **fields), PROVIDERS[provider], regional=regional)


def rate(**amounts: str) -> dict[str, Any]:
    """Rates by their class."""
    return {name: Decimal(amount) for name, amount in amounts.items()}


def test_a_long_request_costs_what_long_ones_cost() -> None:
    """All tokens of a request that reads more than the bound have the dearer price."""
    long = {"200000": RateFact(**rate(input="6"))}
    price = priced(price=PriceFact(**rate(input="3", output="15", cached_input="0.3"), above=long))
    short = Usage(input=150_000, output=1000, cached_input=50_000)
    more = Usage(input=150_001, output=1000, cached_input=50_000)

    assert price is not None
    assert price.cost_usd(short) == Decimal("0.45") + Decimal("0.015") + Decimal("0.015")
    assert price.cost_usd(more) == Decimal("0.900006") + Decimal("0.015") + Decimal("0.015")


def test_thinking_that_costs_more_is_what_output_costs() -> None:
    """Usage does not tell thinking from speaking, so the dearer of the two counts."""
    price = priced(price=PriceFact(**rate(input="1", output="2", reasoning="8")))

    assert price is not None
    assert price.output == Decimal(8)


def test_an_embedding_has_no_output_to_pay_for() -> None:
    """A model that only embeds needs no price of output; any other does."""
    only_input = PriceFact(**rate(input="0.1"))

    embeds = priced(price=only_input, gives=("embedding",))

    assert embeds is not None
    assert (embeds.input, embeds.output) == (Decimal("0.1"), Decimal(0))
    assert priced(price=only_input, gives=("text",)) is None
    assert priced() is None


def test_a_region_s_price_is_unknown_where_its_factor_is() -> None:
    """The model's factor counts before the provider's; without either there is no price."""
    fact = PriceFact(**rate(input="1", output="2"), above={"1000": RateFact(**rate(input="3"))})

    own = priced(regional=True, provider="mistral", price=fact)
    model = listed(
        ModelFact(by="x", price=fact, regional=Decimal("1.2")), PROVIDERS["groq"], regional=True
    )

    assert own is not None
    assert model is not None
    assert (own.input, model.input) == (Decimal("1.1"), Decimal("1.2"))
    assert model.above[0][1].input == Decimal("3.6")
    assert priced(regional=True, price=fact) is None


def test_a_disputed_price_is_none() -> None:
    """Two catalogues that disagree make no price."""
    with pytest.raises(ValidationError, match="a disputed price is left out"):
        ModelFact(by="x", disputed=True, price=PriceFact(**rate(input="1", output="2")))


def test_tokens_of_images_and_recordings_have_rates_of_their_own() -> None:
    """Those of texts are not taken for them: without their own the price is unknown."""
    both = PriceFact(**rate(input="5", output="10", image_output="40", audio_input="6"))
    neither = PriceFact(**rate(input="5", output="10"))

    paints = priced(price=both, gives=("image",))
    hears = priced(price=both, takes=("audio",), gives=("text",))

    assert paints is not None
    assert hears is not None
    assert (paints.input, paints.output) == (Decimal(5), Decimal(40))
    assert (hears.input, hears.output) == (Decimal(6), Decimal(10))
    assert priced(price=neither, gives=("image",)) is None
    assert priced(price=neither, takes=("audio",), gives=("text",)) is None


def test_units_cost_more_where_processing_there_does() -> None:
    """By the same factor as tokens; where nobody knows it, the cost is unknown."""
    model = ModelFact(by="x", units=UnitFact(minute=Decimal("0.6")))
    openai, groq = PROVIDERS["openai"], PROVIDERS["groq"]

    assert listed_units(model, openai, regional=False) == ((Unit.SECOND, Decimal("0.01")),)
    assert openai.regional is not None
    assert listed_units(model, openai, regional=True) == (
        (Unit.SECOND, Decimal("0.01") * openai.regional.multiplier),
    )
    assert groq.regional is None
    assert listed_units(model, groq, regional=True) == ()
    assert listed_units(ModelFact(by="x"), openai, regional=False) == ()


def test_of_a_tier_what_is_not_said_is_the_most_that_it_can_be() -> None:
    """Classes of tokens rise with the input, and long requests cost what the dearer of both says.

    A tier that is cheaper makes nothing cheaper of which it does not speak.
    """
    usual = rate(input="2", output="10", cached_input="0.2")
    tiers: dict[TierName, TierFact] = {
        "priority": TierFact(**rate(input="4", output="18")),
        "flex": TierFact(
            **rate(input="1", output="5"), above={"200000": RateFact(**rate(input="3", output="6"))}
        ),
    }
    long = {"200000": RateFact(**rate(input="3", output="20"))}
    price = priced(price=PriceFact(**usual, above=long, tiers=tiers))

    assert price is not None
    known = dict(price.tiers)
    priority, flex = known[Tier.PRIORITY], known[Tier.FLEX]
    assert _shown(priority.input, priority.output, priority.cached_input) == "4 18 0.4"
    assert _shown(flex.input, flex.output, flex.cached_input) == "1 5 0.2"
    [(_, dear)], [(_, cheap)] = priority.above, flex.above
    assert _shown(dear.input, dear.output) == "4 20"
    assert _shown(cheap.input, cheap.output) == "3 6"


def _shown(*amounts: Decimal | None) -> str:
    return " ".join(f"{amount:g}" for amount in amounts if amount is not None)


def test_what_is_heard_spoken_and_painted_keeps_its_price() -> None:
    """A model that only speaks writes tokens of speech, whatever its usage calls them."""
    said = rate(input="1", output="2", audio_input="10", audio_output="20", image_output="30")

    both, speaks = (
        priced(price=PriceFact(**said)),
        priced(price=PriceFact(**said), gives=("audio",)),
    )

    assert both is not None
    assert speaks is not None
    assert _shown(both.input, both.output, speaks.output) == "1 2 20"
    assert _shown(both.audio_input, both.audio_output, both.image_output) == "10 20 30"


def test_a_tier_has_a_price_of_input() -> None:
    """Or it is none."""
    with pytest.raises(ValidationError, match="a tier without `input`"):
        PriceFact(**rate(input="1", output="2"), tiers={"flex": TierFact(**rate(output="1"))})


def test_shipped_tiers_are_cheaper_or_dearer_as_their_name_says() -> None:
    """A digit that slipped would show."""
    shares = {
        (provider, name, tier): (rates.input / fact.price.input, rates.output / fact.price.output)
        for provider in PROVIDERS
        for name, fact in CATALOG.models(provider).models.items()
        if fact.price is not None
        for tier, rates in fact.price.tiers.items()
        if rates.input and rates.output and fact.price.input and fact.price.output
    }

    assert len(shares) > 200
    for (*_, tier), both in shares.items():
        low, high = (Decimal("0.4"), 1) if tier == "flex" else (1, 10)
        assert all(low <= share <= high for share in both)
