"""What an operator writes about one deployment."""

import json
from typing import Any

import pytest
from pydantic import ValidationError

from guardrail_gw.catalog.configured import ContractConfig, PriceConfig
from guardrail_gw.core.amounts import Tier
from guardrail_gw.core.deployment import Term

DAY_US = 86_400_000_000
NEW_YEAR_2027_US = 1_798_761_600_000_000


def contract(**dpa: Any) -> ContractConfig:
    """A contract with such an agreement."""
    agreement = {"reference": "DPA 7", "signed": "2025-01-01", **dpa}
    said = {"processor": "Provider Ltd", "purpose": "Answers", "dpa": agreement}
    return ContractConfig.model_validate_json(json.dumps(said), strict=True)


@pytest.mark.parametrize(
    ("expires", "ends_us"),
    [
        ("2027-01-01", NEW_YEAR_2027_US),
        ("2026-12-31", NEW_YEAR_2027_US - DAY_US),
        ("2027-01-01T01:00:00+01:00", NEW_YEAR_2027_US),
        ("2027-01-01T00:00:01Z", NEW_YEAR_2027_US + 1_000_000),
    ],
)
def test_a_day_ends_before_it_begins(expires: str, ends_us: int) -> None:
    """A day means its first instant in UTC, an instant means itself wherever its clock is."""
    assert list(contract(expires=expires).terms()) == [Term(what="dpa", ends_us=ends_us)]


def test_what_does_not_end_has_no_term() -> None:
    """An agreement without an end binds until it is changed."""
    assert list(contract().terms()) == []


@pytest.mark.parametrize("expires", ["2027-01-01T01:00:00", "next year"])
def test_an_end_that_could_mean_two_instants_is_refused(expires: str) -> None:
    """Without an offset, or in words, nobody knows when it is."""
    with pytest.raises(ValidationError):
        contract(expires=expires)


@pytest.mark.parametrize("amount", ["0", "0.0001", "2.5", "10000"])
def test_a_price_is_for_a_million_tokens(amount: str) -> None:
    """Or nothing, of a server of one's own; tiers are priced alike."""
    rates = {"input": amount, "output": "1"}
    said = json.dumps({**rates, "tiers": {"flex": rates}})
    price = PriceConfig.model_validate_json(said, strict=True).price()

    assert f"{price.input:f}" == amount
    [(tier, flex)] = price.tiers
    assert (tier, flex.input) == (Tier.FLEX, price.input)


@pytest.mark.parametrize("amount", ["0.0000025", "0.00009", "10001", "-1"])
def test_a_price_for_one_token_is_refused(amount: str) -> None:
    """It would let everything through; one that is too high would lock everybody out."""
    for said in (
        {"input": "1", "output": amount},
        {"input": "1", "output": "1", "tiers": {"flex": {"input": amount, "output": "1"}}},
    ):
        with pytest.raises(ValidationError):
            PriceConfig.model_validate_json(json.dumps(said), strict=True)
