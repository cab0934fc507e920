"""What a catalogue says otherwise than what is known, field by field, for a person to read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from guardrail_gw.catalog.model_facts import ModelFact, PriceFact, TierFact

_FIELDS = ("context", "output", "takes", "gives", "can", "regional", "retires")


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One field of one model."""

    provider: str
    model: str
    field: str
    """`context`, `price.output`, `price.input above 200000`; `model` where it is new here."""
    before: str
    """Empty where it was unknown."""
    after: str
    """Empty where it becomes unknown."""


def differences(
    provider: str,
    known: Mapping[str, ModelFact],
    listed: Mapping[str, ModelFact],
    wanted: Callable[[str], bool],
) -> tuple[dict[str, ModelFact], list[Difference]]:
    """The models to take over, and what changes by it.

    Args:
        provider: whose models these are.
        known: what the catalog has; a model that it has is compared.
        listed: what the other catalogue says.
        wanted: whether a model that is new here is to be taken.
    """
    taken: dict[str, ModelFact] = {}
    found: list[Difference] = []
    for name, said in sorted(listed.items()):
        if name not in known and not wanted(name):
            continue
        fact = _without_price(said) if name in known and known[name].disputed else said
        changes = list(_changes(provider, name, known.get(name), fact))
        if changes:
            taken[name] = fact
            found += changes
    return taken, found


def older(
    known: Mapping[str, ModelFact], listed: Mapping[str, ModelFact], is_older: Callable[[str], bool]
) -> dict[str, ModelFact]:
    """What is listed, without models of which something newer is known."""
    return {n: f for n, f in listed.items() if n not in known or not is_older(known[n].by)}


def _without_price(fact: ModelFact) -> ModelFact:
    return fact.model_copy(update={"price": None, "disputed": True})


def _changes(
    provider: str, name: str, before: ModelFact | None, after: ModelFact
) -> Iterator[Difference]:
    old, new = _flat(before) if before else {}, _flat(after)
    if before is None:
        yield Difference(
            provider=provider, model=name, field="model", before="", after=_summary(new)
        )
        return
    for field in sorted(old.keys() | new.keys()):
        was, now = old.get(field, ""), new.get(field, "")
        if was != now:
            yield Difference(provider=provider, model=name, field=field, before=was, after=now)


def _flat(fact: ModelFact) -> dict[str, str]:
    shown = {name: _text(getattr(fact, name)) for name in _FIELDS}
    if fact.price is not None:
        shown |= _amounts(fact.price, "")
        for tier, each in fact.price.tiers.items():
            shown |= _amounts(each, f" {tier}")
    return {name: text for name, text in shown.items() if text}


def _amounts(price: PriceFact | TierFact, tier: str) -> dict[str, str]:
    shown = {
        f"price.{name}{tier}": _text(amount)
        for name, amount in price.model_dump(exclude={"above", "tiers"}).items()
    }
    for bound, rate in price.above.items():
        for name, amount in rate.model_dump().items():
            shown[f"price.{name}{tier} above {bound}"] = _text(amount)
    return shown


def _text(value: Any) -> str:  # noqa: ANN401 - a number, a date or a tuple of words
    if value is None:
        return ""
    if isinstance(value, tuple):
        return " ".join(sorted(value))
    return f"{value.normalize():f}" if isinstance(value, Decimal) else str(value)


def _summary(flat: Mapping[str, str]) -> str:
    shown = (("context", ""), ("price.input", "$"), ("price.output", "$"))
    return ", ".join(f"{name} {sign}{flat[name]}" for name, sign in shown if name in flat)
