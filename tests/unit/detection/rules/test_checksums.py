"""Check digits that several identifiers share."""

import pytest

from guardrail_gw.detection.rules.checksums import cross_summed, dated, document, travel_document


@pytest.mark.parametrize(("day", "month"), [("01", "01"), ("29", "02"), ("31", "12"), (30, "04")])
def test_a_day_that_may_exist(day: str | int, month: str) -> None:
    """A day of some year is one, the 29th of February too."""
    assert dated(day, month)


@pytest.mark.parametrize(("day", "month"), [("00", "01"), ("30", "02"), ("31", "04"), ("01", "13")])
def test_a_day_that_never_exists(day: str, month: str) -> None:
    """No year has such a day."""
    assert not dated(day, month)


def test_travel_documents_have_the_check_digit_of_icao() -> None:
    """The example of ICAO Doc 9303-3, 4.9.1, passes, and with another digit it fails."""
    assert travel_document("D231458907")
    assert not travel_document("D231458908")


def test_letters_count_from_ten() -> None:
    """A is 10 and Z is 35, times the weight."""
    assert document("AZ1", (1, 2, 3)) == 10 + 70 + 3


def test_products_count_by_their_digits() -> None:
    """35 counts as 8."""
    assert cross_summed("57", (7, 1)) == 8 + 7
