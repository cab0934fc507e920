"""What a reply costs."""

from dataclasses import replace
from decimal import Decimal

from hypothesis import given, strategies as st

from guardrail_gw.core.amounts import Price, Unit, Usage, measured_usd

TOKENS = st.integers(0, 10**7)
USAGES = st.builds(
    Usage,
    input=TOKENS,
    output=TOKENS,
    cached_input=TOKENS,
    cache_write=TOKENS,
    cache_write_long=TOKENS,
)


def flat(amount: int) -> Price:
    """The same for every class."""
    return Price(input=Decimal(amount), output=Decimal(amount), cached_input=Decimal(amount))


@given(usage=USAGES)
def test_the_last_bound_that_is_passed_decides_for_every_token(usage: Usage) -> None:
    """All that was read counts towards a bound, wherever it came from; output does not."""
    price = Price(
        input=Decimal(1),
        output=Decimal(1),
        cached_input=Decimal(1),
        above=((1_000_000, flat(2)), (5_000_000, flat(3))),
    )
    read = usage.input + usage.cached_input + usage.cache_write + usage.cache_write_long
    factor = 1 + (read > 1_000_000) + (read > 5_000_000)

    assert price.cost_usd(usage) == Decimal(factor * (read + usage.output)) / 1_000_000


PRICES = st.builds(
    Price,
    **{name: st.decimals(0, 100, places=2) for name in ("input", "output", "cached_input")},
    **{
        name: st.none() | st.decimals(0, 100, places=2)
        for name in (
            *("cache_write", "cache_write_long", "audio_input", "audio_output", "image_output"),
        )
    },
)


@given(price=PRICES, data=st.data())
def test_no_division_of_tokens_costs_more_than_what_is_reserved(
    price: Price, data: st.DataObject
) -> None:
    """Whatever is written to a cache, heard, spoken or painted, if that may be."""
    read, written = data.draw(TOKENS), data.draw(TOKENS)
    short = data.draw(st.integers(0, read))
    fresh = data.draw(st.integers(0, read - short))
    spoken = data.draw(st.integers(0, written))
    usage = Usage(
        input=fresh,
        output=written,
        cache_write=short,
        cache_write_long=read - short - fresh,
        audio_input=data.draw(st.integers(0, fresh)),
        audio_output=spoken,
        image_output=data.draw(st.integers(0, written - spoken)),
    )

    assert price.cost_usd(usage) <= price.most_usd(read, written, hears=True, shows=True)


def test_parts_have_prices_of_their_own() -> None:
    """What is not said costs what it is part of; a cache that is read costs what it says."""
    plain = Price(input=Decimal(1), output=Decimal(2), cached_input=Decimal(0))
    own = replace(plain, audio_input=Decimal(40), audio_output=Decimal(80), image_output=Decimal(1))
    usage = Usage(
        input=1_000_000,
        output=1_000_000,
        cached_input=1_000_000,
        audio_input=500_000,
        audio_output=250_000,
        image_output=250_000,
    )

    assert plain.cost_usd(usage) == 3
    assert own.cost_usd(usage) == Decimal("0.5") + 20 + 1 + 20 + Decimal("0.25")
    assert own.times(Decimal(2)).cost_usd(usage) == 2 * own.cost_usd(usage)
    assert own.most_usd(1_000_000, 0) == 1
    assert own.most_usd(1_000_000, 0, hears=True) == 40
    assert own.most_usd(0, 1_000_000, shows=True) == 80
    assert (usage + usage).audio_output == 500_000


def test_units_are_priced_where_each_has_a_price() -> None:
    """One that has none leaves the cost unknown: it is never zero."""
    rates = ((Unit.IMAGE, Decimal("0.04")), (Unit.SECOND, Decimal("0.0001")))

    assert measured_usd(((Unit.IMAGE, Decimal(3)),), rates) == Decimal("0.12")
    assert measured_usd(((Unit.IMAGE, Decimal(1)), (Unit.CHARACTER, Decimal(1))), rates) is None
    assert measured_usd((), rates) is None
    assert measured_usd(((Unit.IMAGE, Decimal(1)),), ()) is None
