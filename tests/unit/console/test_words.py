"""What numbers are called."""

import pytest

from guardrail_gw.audit.acts import Fate
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


def test_whatever_became_of_a_key_has_words() -> None:
    """And other words for what is missing than for what was erased by record."""
    fates = [*map(str, Fate), "None"]

    assert set(words.NAMELESS) == set(fates)
    assert set(words.TEXTLESS) == set(fates) - {"there"}
    for said in (words.NAMELESS, words.TEXTLESS):
        assert len(set(said.values())) == len(said)
