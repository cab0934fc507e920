"""What a deployment costs, by the catalog's facts."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from guardrail_gw.catalog.facts import ProviderFact
from guardrail_gw.catalog.model_facts import ModelFact, PriceFact, RateFact, TierFact
from guardrail_gw.core.amounts import Measured, Price, Tier, times


def listed(model: ModelFact, provider: ProviderFact, *, regional: bool) -> Price | None:
    """The price of a model; None where the catalog does not know it, regional processing included.

    Args:
        model: what is known of it.
        provider: who offers it.
        regional: whether the region's terms say that processing there costs more.
    """
    fact = model.price
    factor = _factor(model, provider) if regional else Decimal(1)
    if fact is None or factor is None:
        return None
    usual = _banded(fact, fact, factor, model)
    if usual is None:
        return None
    tiers = ((name, _tier(each, fact, factor, model)) for name, each in fact.tiers.items())
    known = tuple((Tier(name), price) for name, price in tiers if price is not None)
    return replace(usual, tiers=known)


def _banded(
    fact: PriceFact | TierFact, base: RateFact, factor: Decimal, model: ModelFact
) -> Price | None:
    plain = _price(fact, base, factor, model)
    bands = sorted((int(bound), rate) for bound, rate in fact.above.items())
    dearer = [(bound, _price(rate, base, factor, model)) for bound, rate in bands]
    known = tuple((bound, price) for bound, price in dearer if price is not None)
    return None if plain is None else replace(plain, above=known)


def _tier(tier: TierFact, fact: PriceFact, factor: Decimal, model: ModelFact) -> Price | None:
    """The price of a tier; of what is not said the highest that it can be."""
    if tier.input is None or fact.input is None:
        return None
    more = max(tier.input / fact.input, Decimal(1))
    base = RateFact(**{name: times(rate, more) for name, rate in _rates(fact).items()})
    above = {
        bound: RateFact(**_dearer(_rates(rate), _rates(tier))) for bound, rate in fact.above.items()
    }
    return _banded(tier.model_copy(update={"above": above | tier.above}), base, factor, model)


def _rates(fact: RateFact) -> dict[str, Decimal | None]:
    return {name: getattr(fact, name) for name in RateFact.model_fields}


def _dearer(
    one: Mapping[str, Decimal | None], other: Mapping[str, Decimal | None]
) -> dict[str, Decimal | None]:
    """The higher rate of each class."""
    both = ((name, [r for r in (one[name], other[name]) if r is not None]) for name in one)
    return {name: max(rates, default=None) for name, rates in both}


def listed_units(model: ModelFact, provider: ProviderFact, *, regional: bool) -> Measured:
    """What one of each unit costs; none where regional processing costs nobody knows what."""
    factor = _factor(model, provider) if regional else Decimal(1)
    if model.units is None or factor is None:
        return ()
    return tuple((unit, cost * factor) for unit, cost in model.units.rates())


def _factor(model: ModelFact, provider: ProviderFact) -> Decimal | None:
    if model.regional is not None:
        return model.regional
    return None if provider.regional is None else provider.regional.multiplier


def _price(rate: RateFact, base: RateFact, factor: Decimal, model: ModelFact) -> Price | None:
    """One set of rates; what it leaves out is as in `base`."""
    given = base.model_dump() | rate.model_dump(exclude_none=True)
    output = _output(given, model)
    asked = given["audio_input"] if model.takes == ("audio",) else given["input"]
    if asked is None or output is None:
        return None
    cached = asked if given["cached_input"] is None else given["cached_input"]
    return Price(
        input=asked * factor,
        output=output * factor,
        cached_input=cached * factor,
        cache_write=times(given["cache_write"], factor),
        cache_write_long=times(given["cache_write_long"], factor),
        audio_input=times(given["audio_input"], factor),
        audio_output=times(given["audio_output"], factor),
        image_output=times(given["image_output"], factor),
    )


def _output(rates: dict[str, Decimal | None], model: ModelFact) -> Decimal | None:
    """The dearer of what is said and what is thought, for usage does not tell them apart."""
    if model.gives == ("image",):  # tokens of an image are no tokens of a text
        return rates["image_output"]
    names = ("output", "reasoning", *(("audio_output",) if model.gives == ("audio",) else ()))
    known = [rate for name in names if (rate := rates[name]) is not None]
    if not known:
        return Decimal(0) if model.gives == ("embedding",) else None
    return max(known)
