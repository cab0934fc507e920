"""What a deployment costs, by the catalog's facts."""

from decimal import Decimal

from guardrail_gw.catalog.facts import ProviderFact
from guardrail_gw.catalog.model_facts import ModelFact, RateFact
from guardrail_gw.core.amounts import Measured, Price


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
    plain = _price(fact, fact, factor, model)
    if plain is None:
        return None
    bands = sorted((int(bound), rate) for bound, rate in fact.above.items())
    dearer = [(bound, _price(rate, fact, factor, model)) for bound, rate in bands]
    return Price(
        input=plain.input,
        output=plain.output,
        cached_input=plain.cached_input,
        cache_write=plain.cache_write,
        cache_write_long=plain.cache_write_long,
        above=tuple((bound, price) for bound, price in dearer if price is not None),
    )


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
        cache_write=_times(given["cache_write"], factor),
        cache_write_long=_times(given["cache_write_long"], factor),
    )


def _output(rates: dict[str, Decimal | None], model: ModelFact) -> Decimal | None:
    """The dearer of what is said and what is thought, for usage does not tell them apart."""
    if model.gives == ("image",):  # tokens of an image are no tokens of a text
        return rates["image_output"]
    known = [rate for rate in (rates["output"], rates["reasoning"]) if rate is not None]
    if not known:
        return Decimal(0) if model.gives == ("embedding",) else None
    return max(known)


def _times(amount: Decimal | None, factor: Decimal) -> Decimal | None:
    return None if amount is None else amount * factor
