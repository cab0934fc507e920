"""Guesses at what requests may cost."""

from dataclasses import replace
from decimal import Decimal

from guardrail_gw.core.amounts import Price, Tier, Unit
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.routing.estimate import Estimate, read_tokens, tokens_of
from tests.support.routing_world import deployment

PRICE = Price(input=Decimal(1), output=Decimal(4), cached_input=Decimal("0.1"))


def at(price: Price | None, *, image: str | None = None) -> Deployment:
    """Somebody with that price, and perhaps one for an image."""
    units = () if image is None else ((Unit.IMAGE, Decimal(image)),)
    return replace(deployment("a"), price=price, units=units)


def test_the_most_that_it_can_cost_is_reserved() -> None:
    """All that may be written, and all that is read written to the dearest cache."""
    cache = Price(
        input=Decimal(1), output=Decimal(4), cached_input=Decimal(0), cache_write_long=Decimal(2)
    )

    assert Estimate(read=100, written=10).most_nano(at(PRICE)) == 140_000
    assert Estimate(read=100, written=10).most_nano(at(cache)) == 240_000
    assert Estimate(read=100, written=10).tokens == 110


def test_of_an_answer_that_broke_off_counts_what_was_seen() -> None:
    """At least a token for each event, more where the text is long, never more than allowed."""
    estimate = Estimate(read=100, written=50)

    assert estimate.cut_tokens(0, 0) == 100
    assert estimate.cut_tokens(7, 7 * 180) == 107
    assert estimate.cut_tokens(1, 290) == 130
    assert estimate.cut_tokens(1, 9999) == 150
    assert estimate.cut_nano(at(PRICE), 7, 7 * 180) == 128_000


def test_text_is_guessed_by_its_bytes_and_an_image_by_its_number() -> None:
    """Rounded up."""
    assert [tokens_of(size) for size in (0, 1, 3, 4)] == [0, 1, 1, 2]
    assert read_tokens(30, 2) == 4010


def test_in_another_tier_the_dearer_of_it_and_the_usual_one_is_reserved() -> None:
    """One that nobody knows the price of takes the highest that is known."""
    dear = Price(input=Decimal(2), output=Decimal(8), cached_input=Decimal(0))
    cheap = Price(input=Decimal("0.5"), output=Decimal(2), cached_input=Decimal(0))
    here = at(replace(PRICE, tiers=((Tier.PRIORITY, dear), (Tier.FLEX, cheap))))
    asked = Estimate(read=100, written=10)

    def most(tier: Tier | None) -> int:
        return replace(asked, tier=tier).most_nano(here)

    assert [most(tier) for tier in (None, Tier.FLEX, Tier.PRIORITY)] == [140_000, 140_000, 280_000]
    assert most(Tier.OTHER) == 280_000
    assert replace(asked, tier=Tier.PRIORITY).cut_nano(here, 5, 0) == 240_000
    assert replace(asked, tier=Tier.FLEX).cut_nano(here, 5, 0) == 120_000


def test_what_is_sold_by_the_piece_is_reserved_by_the_piece() -> None:
    """The dearer of pieces and tokens where both have a price; without either it has none."""
    images = Estimate(read=100, written=10, units=((Unit.IMAGE, Decimal(3)),))
    only, both, neither = at(None, image="0.04"), at(PRICE, image="0.00001"), at(None)

    assert [images.is_priced(here) for here in (only, both, neither)] == [True, True, False]
    assert images.most_nano(only) == images.cut_nano(only, 0, 0) == 120_000_000
    assert images.most_nano(both) == 140_000
    assert Estimate(read=0, written=0).is_priced(neither)
