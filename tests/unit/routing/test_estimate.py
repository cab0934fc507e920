"""Guesses at what requests may cost."""

from decimal import Decimal

from guardrail_gw.core.amounts import Price
from guardrail_gw.routing.estimate import Estimate, read_tokens, tokens_of

PRICE = Price(input=Decimal(1), output=Decimal(4), cached_input=Decimal("0.1"))


def test_the_most_that_it_can_cost_is_reserved() -> None:
    """All that may be written, and all that is read written to the dearest cache."""
    cache = Price(
        input=Decimal(1), output=Decimal(4), cached_input=Decimal(0), cache_write_long=Decimal(2)
    )

    assert Estimate(read=100, written=10).most_nano(PRICE) == 140_000
    assert Estimate(read=100, written=10).most_nano(cache) == 240_000
    assert Estimate(read=100, written=10).tokens == 110


def test_of_an_answer_that_broke_off_counts_what_was_seen() -> None:
    """At least a token for each event, more where the text is long, never more than allowed."""
    estimate = Estimate(read=100, written=50)

    assert estimate.cut_tokens(0, 0) == 100
    assert estimate.cut_tokens(7, 7 * 180) == 107
    assert estimate.cut_tokens(1, 290) == 130
    assert estimate.cut_tokens(1, 9999) == 150
    assert estimate.cut_nano(PRICE, 7, 7 * 180) == 128_000


def test_text_is_guessed_by_its_bytes_and_an_image_by_its_number() -> None:
    """Rounded up."""
    assert [tokens_of(size) for size in (0, 1, 3, 4)] == [0, 1, 1, 2]
    assert read_tokens(30, 2) == 4010
