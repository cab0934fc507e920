"""What a reply costs."""

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


def test_units_are_priced_where_each_has_a_price() -> None:
    """One that has none leaves the cost unknown: it is never zero."""
    rates = ((Unit.IMAGE, Decimal("0.04")), (Unit.SECOND, Decimal("0.0001")))

    assert measured_usd(((Unit.IMAGE, Decimal(3)),), rates) == Decimal("0.12")
    assert measured_usd(((Unit.IMAGE, Decimal(1)), (Unit.CHARACTER, Decimal(1))), rates) is None
    assert measured_usd((), rates) is None
    assert measured_usd(((Unit.IMAGE, Decimal(1)),), ()) is None
