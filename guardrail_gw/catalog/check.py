"""Whether a catalog says what it may: what is wrong in it, and what is old.

What the shape of the files alone shows is a ConfigError of whoever reads them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from guardrail_gw.catalog import age
from guardrail_gw.catalog.facts import ProviderFact, RegionFact, Sourced
from guardrail_gw.catalog.files import Files, Models
from guardrail_gw.catalog.hosts import address, in_region, not_moved
from guardrail_gw.catalog.model_facts import ModelFact, RateFact
from guardrail_gw.errors import ConfigError


class Grade(StrEnum):
    """How bad it is."""

    FAULT = "fault"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing about one entry."""

    grade: Grade
    place: str
    """`provider`, `provider: region` or `provider: model`."""
    said: str


def check(
    files: Files, names: Iterable[str], today: date, dialects: frozenset[str]
) -> Iterator[Remark]:
    """Go through the providers of these names.

    Args:
        files: the catalog.
        names: providers to look at.
        today: what ages are counted from.
        dialects: those that exist; another one is warned of.

    Raises:
        ConfigError: a file is damaged.
    """
    for name in names:
        fact, models = files[name], files.models(name)
        yield from _provider(name, fact, today, dialects)
        for region_name, region in fact.regions.items():
            yield from _region(files, name, region_name, region)
        for model_name, model in models.models.items():
            yield from _model(f"{name}: {model_name}", model, today)
        yield from _imports(name, models, today)


def _provider(
    name: str, fact: ProviderFact, today: date, dialects: frozenset[str]
) -> Iterator[Remark]:
    if unknown := sorted(set(fact.dialects) - dialects):
        yield _warning(
            name, f"speaks {', '.join(unknown)}, which nothing else does; is it spelt so?"
        )
    names = ("retention", "training", "regional", "batch")
    facts: dict[str, Sourced | None] = {each: getattr(fact, each) for each in names}
    profiles = fact.profiles.by_prefix if fact.profiles else {}
    dated = [(each, kept.verified_on) for each, kept in facts.items() if kept is not None]
    dated += [(f"profile {each}", kept.verified_on) for each, kept in profiles.items()]
    dated += [(f"region {each}", kept.verified_on) for each, kept in fact.regions.items()]
    dated += [(f"parameters, {each.says}", each.verified_on) for each in fact.parameters]
    yield from _stale(name, dated, today)


def _region(files: Files, provider: str, name: str, region: RegionFact) -> Iterator[Remark]:
    place = f"{provider}: {name}"
    for url in {region.base_url, region.example, *region.base_urls.values()} - {None}:
        try:
            parts = address(str(url))
            in_region(parts, name, region)
            if files.overlays and files.added(provider, name):
                not_moved(parts, provider, files)
        except ConfigError as error:
            yield _fault(place, f"{url}: {error}")
    for other in region.base_urls.values():
        if not re.fullmatch(region.host, address(other)["host"]):
            yield _fault(place, f"{other} is not one of its hosts")


def _model(place: str, model: ModelFact, today: date) -> Iterator[Remark]:
    if model.retires is not None and model.retires < today:
        yield _warning(place, f"retired on {model.retires.isoformat()}")
    price = model.price
    if price is None:
        return
    yield from (_fault(place, said) for said in _senseless(price))
    for bound, rate in price.above.items():
        yield from (_fault(place, f"above {bound}: {said}") for said in _senseless(rate))
        yield from (_fault(place, f"above {bound}: {said}") for said in _cheaper(rate, price))


def _senseless(rate: RateFact) -> Iterator[str]:
    """What no provider asks: reading from a cache dearer than reading, and its like."""
    rising = (
        ("cached_input", rate.cached_input, "input", rate.input),
        ("cached_input", rate.cached_input, "cache_write", rate.cache_write),
        ("cache_write", rate.cache_write, "cache_write_long", rate.cache_write_long),
    )
    for low_name, low, high_name, high in rising:
        if low is not None and high is not None and low > high:
            yield f"{low_name} costs more than {high_name}"


def _cheaper(rate: RateFact, base: RateFact) -> Iterator[str]:
    for name in ("input", "output", "cached_input"):
        low, high = getattr(base, name), getattr(rate, name)
        if low is not None and high is not None and high < low:
            yield f"{name} costs less than below it"


def _imports(name: str, models: Models, today: date) -> Iterator[Remark]:
    used = {model.by for model in models.models.values()}
    dated = [(f"models of {each}", models.imports[each].verified_on) for each in sorted(used)]
    yield from _stale(name, dated, today)


def _stale(place: str, dated: Iterable[tuple[str, date]], today: date) -> Iterator[Remark]:
    for what, day in dated:
        if (days := age.days(day, today)) > age.STALE_DAYS:
            yield _warning(place, f"{what}: last verified {days} days ago")
        elif days < 0:
            yield _fault(place, f"{what}: verified on a day to come, {day.isoformat()}")


def _fault(place: str, said: str) -> Remark:
    return Remark(grade=Grade.FAULT, place=place, said=said)


def _warning(place: str, said: str) -> Remark:
    return Remark(grade=Grade.WARNING, place=place, said=said)
