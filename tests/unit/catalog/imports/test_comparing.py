"""Differences between what is known and what a catalogue says."""

from decimal import Decimal

from guardrail_gw.catalog.imports.comparing import differences, older
from guardrail_gw.catalog.model_facts import ModelFact, PriceFact, RateFact


def model(amount: str, *, by: str = "old", context: int | None = None) -> ModelFact:
    """A model at a price."""
    price = PriceFact(input=Decimal(amount), output=Decimal(9))
    return ModelFact(price=price, context=context, by=by)


def test_each_field_that_changes_is_said() -> None:
    """What becomes unknown is said as well, and what stays is not."""
    known = {"m": model("1", context=8000), "same": model("3")}
    band = PriceFact(
        input=Decimal("2.50"), output=Decimal(9), above={"5000": RateFact(input=Decimal(7))}
    )
    listed = {"m": ModelFact(price=band, by="new"), "same": model("3.0", by="new")}

    taken, found = differences("p", known, listed, lambda _: False)

    assert taken.keys() == {"m"}
    assert [(d.field, d.before, d.after) for d in found] == [
        ("context", "8000", ""),
        ("price.input", "1", "2.5"),
        ("price.input above 5000", "", "7"),
    ]


def test_a_new_model_is_taken_only_if_it_is_wanted() -> None:
    """A catalogue has thousands; a person chooses."""
    listed = {"gpt-x": model("1"), "other": model("1")}

    taken, found = differences("p", {}, listed, lambda name: name.startswith("gpt"))

    assert taken == {"gpt-x": listed["gpt-x"]}
    assert [(d.model, d.field, d.after) for d in found] == [
        ("gpt-x", "model", "price.input $1, price.output $9")
    ]


def test_a_disputed_price_stays_out() -> None:
    """An update does not bring back what a person has doubted; the other facts come."""
    known = {"m": ModelFact(disputed=True, by="old")}

    taken, found = differences("p", known, {"m": model("1", context=5, by="new")}, lambda _: False)

    assert taken == {"m": ModelFact(disputed=True, context=5, by="new")}
    assert [d.field for d in found] == ["context"]


def test_something_older_replaces_nothing() -> None:
    """A model of which something newer is known is left alone."""
    listed = {"m": model("1"), "n": model("1")}
    known = {"m": model("2", by="newer"), "n": model("2", by="old")}

    assert older(known, listed, lambda by: by == "newer").keys() == {"n"}
