"""Sums over exchanges."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.audit.exchanges import Exchange
from guardrail_gw.audit.spend import DIMENSIONS, NOBODY, spent


def _exchange(team: str, cost: str | None, *, of: str | None = "eu") -> Exchange:
    outcome = {
        "deployment": of,
        "cost_usd": cost,
        "usage": {"input": 3, "cached_input": 1, "output": 2},
    }
    intent = {"team": team, "model": "chat", "received_us": 1_795_000_000_000_000}
    return Exchange(index=0, intent=intent, outcome=outcome, outcome_index=1)


def test_groups_are_summed_exactly_and_the_dearest_comes_first() -> None:
    """Ten cents ten times are a dollar, and tokens add up."""
    rows = [_exchange("a", "0.10")] * 10 + [_exchange("b", "2")]

    dear, cheap = spent(rows, ["team"])

    assert (dear.group, dear.cost_usd) == (("b",), Decimal(2))
    assert (cheap.cost_usd, cheap.requests) == (Decimal("1.00"), 10)
    assert (cheap.input_tokens, cheap.cached_input_tokens, cheap.output_tokens) == (30, 10, 20)


def test_what_nothing_is_summed_by_is_refused() -> None:
    """A column that is not there would make two groups one."""
    with pytest.raises(KeyError, match="nothing"):
        spent([_exchange("a", "1")], ["team", "nothing"])


def test_what_has_no_price_is_counted_apart() -> None:
    """A request that was answered without a known price is no free request; a refused one is."""
    rows = [_exchange("a", None), _exchange("a", None, of=None), _exchange("a", "1")]

    (found,) = spent(rows, ["team"])

    assert (found.requests, found.unpriced, found.cost_usd) == (3, 1, Decimal(1))


def test_what_providers_ask_is_compared_with_what_it_costs_here() -> None:
    """Of those who say it alone: more, or less, than what the same requests cost here."""
    rows = [_exchange("a", "1"), _exchange("a", "0.10"), _exchange("a", None), _exchange("a", "7")]
    asked = ("1.50", "0.05", "0.25", None)
    told = [
        replace(row, outcome={**(row.outcome or {}), "billed_usd": billed})
        for row, billed in zip(rows, asked, strict=True)
    ]

    (found,) = spent(told, ["team"])

    assert (found.cost_usd, found.billed_usd) == (Decimal("8.10"), Decimal("1.80"))
    assert found.difference_usd == Decimal("0.70")


def test_what_broke_off_is_estimated_and_counted_apart() -> None:
    """It is no request without a price, and its cost is in no sum of what was counted."""
    whole = _exchange("a", None)
    cut = replace(whole, outcome={**(whole.outcome or {}), "estimated_usd": "0.25"})

    (found,) = spent([cut, _exchange("a", "1")], ["team"])

    assert (found.cost_usd, found.estimated_usd, found.unpriced) == (
        Decimal(1),
        Decimal("0.25"),
        0,
    )


def test_a_request_without_an_outcome_counts() -> None:
    """What became of it is not known, that it was made is."""
    lost = Exchange(index=1, intent={"team": "a"}, outcome=None, outcome_index=None)

    (found,) = spent([lost], ["team", "deployment"])

    assert (found.group, found.requests, found.unpriced) == (("a", NOBODY), 1, 0)


@pytest.mark.parametrize(
    ("name", "value"),
    [("day", "2026-11-18"), ("month", "2026-11"), ("team", "a"), ("deployment", "eu")],
)
def test_dimensions(name: str, value: str) -> None:
    """Each dimension has its value in each exchange; days and months are UTC."""
    (found,) = spent([_exchange("a", "1")], [name])

    assert found.group == (value,)


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.decimals(0, 100, places=6)), min_size=1, max_size=30
    ),
    st.lists(st.sampled_from(sorted(DIMENSIONS)), max_size=3, unique=True),
)
def test_no_split_loses_or_makes_money(rows: list[tuple[str, Decimal]], by: list[str]) -> None:
    """However it is split, the groups' sums are the sum of all."""
    made = [_exchange(team, str(cost)) for team, cost in rows]

    found = spent(made, by)

    assert sum(s.cost_usd for s in found) == sum(cost for _, cost in rows)
    assert sum(s.requests for s in found) == len(rows)
