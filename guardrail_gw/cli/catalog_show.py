"""One provider or one model of the catalog: each fact with where it was read and how long ago."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from guardrail_gw.catalog import age
from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.catalog.facts import ParameterFact, ProviderFact, RegionFact, Sourced
from guardrail_gw.catalog.files import Models
from guardrail_gw.catalog.parameters import done
from guardrail_gw.catalog.unknown import unknown
from guardrail_gw.documents import closest, suggestion
from guardrail_gw.errors import ConfigError

Row = dict[str, Any]
_PRICES = "US dollars per million tokens"


def facts(catalog: Catalog, name: str, today: date) -> list[Row]:
    """What is known of a provider, or of a model wherever it is offered.

    Raises:
        ConfigError: there is neither; says what may have been meant.
    """
    if name in catalog.providers:
        return [_provider(catalog, name, today)]
    provider, _, model = name.partition("/")
    if provider in catalog.providers and model in catalog.models(provider).models:
        return [_model(provider, model, catalog.models(provider), today)]
    found = [
        _model(each, name, catalog.models(each), today)
        for each in catalog.providers
        if name in catalog.models(each).models
    ]
    if not found:
        near = closest(name, _every_name(catalog))
        raise ConfigError(f"{name!r} is no provider and no model of the catalog{suggestion(near)}")
    return found


def tables(found: Sequence[Row]) -> Iterator[Table | Text]:
    """A table of facts for each, and what is unknown."""
    for each in found:
        table = Table(
            title=each["title"],
            title_justify="left",
            box=SIMPLE_HEAD,
            padding=(0, 1),
            pad_edge=False,
        )
        table.add_column("fact", overflow="fold")
        table.add_column("", overflow="fold")
        table.add_column("source", overflow="fold")
        table.add_column("days", justify="right", no_wrap=True)
        source = None
        for row in each["facts"]:
            old = row["age_days"]
            style = "yellow" if old is not None and old > age.STALE_DAYS else ""
            shown = "" if row["source"] in (None, source) else row["source"]
            days = Text("" if old is None else str(old), style=style)
            table.add_row(row["fact"], Text(row["says"]), Text(shown), days)
            source = row["source"]
        yield table
        if each["unknown"]:
            yield Text("Unknown: " + "; ".join(each["unknown"]))


def _every_name(catalog: Catalog) -> Iterator[str]:
    for provider in catalog.providers:
        yield provider
        yield from catalog.models(provider).models


def _provider(catalog: Catalog, name: str, today: date) -> Row:
    provider, models = catalog.providers[name], catalog.models(name)
    rows = [
        _row("dialects", ", ".join(provider.dialects), None, today),
        *_terms_of(provider, today),
        *_profiles(provider, today),
        *(_row("parameters", _parameters(each), each, today) for each in provider.parameters),
        *(row for n, region in provider.regions.items() for row in _region(n, region, today)),
        *_imports(models, today),
    ]
    return {
        "title": f"{name}: {provider.name}",
        "facts": rows,
        "unknown": list(unknown(provider, models.models)),
    }


def _terms_of(provider: ProviderFact, today: date) -> Iterator[Row]:
    if provider.retired is not None:
        yield _row("ended", provider.retired.on.isoformat(), provider.retired, today)
    if provider.retention is not None:
        days = provider.retention.days
        most = "" if days is None else f"{days} days; "
        yield _row("retention", most + provider.retention.says, provider.retention, today)
    if provider.training is not None:
        yield _row("training", provider.training.says, provider.training, today)
    if provider.regional is not None:
        price = f"times {provider.regional.multiplier} unless the model says otherwise"
        yield _row("regional price", price, provider.regional, today)


def _profiles(provider: ProviderFact, today: date) -> Iterator[Row]:
    for prefix, profile in (provider.profiles.by_prefix if provider.profiles else {}).items():
        where = ", ".join(profile.regions) or "anywhere"
        yield _row(f"profile {prefix}.", where, profile, today)


def _parameters(fact: ParameterFact) -> str:
    whose = ", ".join(fact.dialects) + (f", models {fact.models}" if fact.models else "")
    hand = "; at second hand" if fact.second_hand else ""
    return f"{done(fact)} ({whose}: {fact.says}{hand})"


def _region(name: str, region: RegionFact, today: date) -> Iterator[Row]:
    yield _row(f"region {name}", region.base_url or f"such as {region.example}", region, today)
    for kind, terms in region.each_terms():
        runs, keeps = _places(terms.inference), _places(terms.storage)
        yield _row(f"  {kind or 'terms'}", f"runs in {runs}; stores in {keeps}", region, today)
    if region.retention is not None:
        yield _row("  retention", region.retention.says, region.retention, today)


def _places(names: Sequence[str]) -> str:
    return ", ".join(names) or "places unknown"


def _imports(models: Models, today: date) -> Iterator[Row]:
    counts = dict.fromkeys(models.imports, 0)
    for model in models.models.values():
        counts[model.by] += 1
    for name, taken in models.imports.items():
        row = _row("models", f"{counts[name]} of {name} ({taken.licence})", None, today)
        yield row | {"source": taken.source, "age_days": age.days(taken.verified_on, today)}


def _model(provider: str, name: str, models: Models, today: date) -> Row:
    fact = models.models[name]
    taken = models.imports[fact.by]
    stated = fact.model_dump(
        mode="json", exclude_none=True, exclude={"price", "source", "by", "disputed"}
    )
    shown = {field: _words(value) for field, value in stated.items() if value}
    if fact.price is not None:
        prices = fact.price.model_dump(mode="json", exclude_none=True, exclude={"above"})
        shown |= {f"price {field}": f"${amount}" for field, amount in prices.items()}
        for bound, rate in fact.price.above.items():
            dearer = rate.model_dump(mode="json", exclude_none=True)
            shown |= {f"price {f} above {int(bound):,}": f"${a}" for f, a in dearer.items()}
    source = fact.source or taken.source
    days = age.days(taken.verified_on, today)
    rows = [
        {"fact": field, "says": says, "source": source, "age_days": days}
        for field, says in shown.items()
    ]
    missing = [f for f in ("context", "output", "takes", "price") if not getattr(fact, f)]
    if fact.disputed:
        missing.append("catalogues disagree about the price")
    title = f"{provider}/{name} ({_PRICES}; by {fact.by}, {taken.licence})"
    return {"title": title, "facts": rows, "unknown": missing}


def _words(value: Any) -> str:  # noqa: ANN401 - a number, a date or a list of words
    return ", ".join(value) if isinstance(value, list) else str(value)


def _row(name: str, says: str, sourced: Sourced | None, today: date) -> Row:
    return {
        "fact": name,
        "says": says,
        "source": sourced.source if sourced else None,
        "age_days": age.days(sourced.verified_on, today) if sourced else None,
    }
