"""What numbers are called."""

import pytest

from guardrail_gw.console import words


@pytest.mark.parametrize(
    ("nano", "shown"),
    [
        (None, "-"),
        (0, "$0.00"),
        (46_000, "$0.000046"),
        (4_200_000, "$0.0042"),
        (1_500_000_000, "$1.50"),
    ],
)
def test_money(nano: int | None, shown: str) -> None:
    """Cents from a cent on, what counts below."""
    assert words.money(nano) == shown


def test_a_kind_without_a_name_is_readable() -> None:
    """Underscores and capitals are for machines."""
    assert (words.entity("DE_TAX_ID"), words.entity("PERSON")) == ("De tax id", "Name of a person")


def test_durations() -> None:
    """Milliseconds, then seconds."""
    shown = [words.lasting(us) for us in (None, 10, 2_354, 1_260_000)]

    assert shown == ["-", "1 ms", "2 ms", "1.3 s"]
