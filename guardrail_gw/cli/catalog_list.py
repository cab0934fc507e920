"""Rows of the catalog, for a table or for machines."""

import fnmatch
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.catalog.check import Remark
from guardrail_gw.catalog.facts import ProviderFact, RegionFact
from guardrail_gw.catalog.model_facts import ModelFact
from guardrail_gw.documents import closest, suggestion
from guardrail_gw.errors import ConfigError

Row = dict[str, Any]
_GRADES = {"fault": "red", "warning": "yellow"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Which regions a listing is about; nothing given is all of them."""

    region: str | None = None
    within: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which models a listing is about; each thing that is given must hold."""

    providers: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    can: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()

    def has(self, name: str, model: ModelFact) -> bool:
        """Whether it is one of them."""
        named = not self.models or any(fnmatch.fnmatchcase(name, each) for each in self.models)
        return named and set(self.can) <= set(model.can) and set(self.takes) <= set(model.takes)


def names_in(folder: Path) -> list[str]:
    """The providers of which a folder says something."""
    files = (*folder.glob("providers/*.yaml"), *folder.glob("models/*.*"))
    return sorted({path.stem for path in files})


def providers(catalog: Catalog, places: Places) -> list[Row]:
    """A row for each provider with such a region."""
    rows = []
    for name, fact in catalog.providers.items():
        regions = _regions(catalog, fact, places)
        if not regions and (places.region or places.within):
            continue
        rows.append(
            {
                "provider": name,
                "name": fact.name,
                "dialects": list(fact.dialects),
                "regions": list(regions),
                "models": len(catalog.models(name).models),
                "retired": fact.retired is not None,
                "self_hosted": fact.self_hosted,
            }
        )
    return rows


def models(catalog: Catalog, wanted: Wanted, places: Places) -> list[Row]:
    """A row for each model that is wanted, of providers with such a region."""
    for name in wanted.providers:
        if name not in catalog.providers:
            near = suggestion(closest(name, catalog.providers))
            raise ConfigError(f"provider {name!r} is not in the catalog{near}")
    rows = []
    for name in wanted.providers or catalog.providers:
        if places != Places() and not _regions(catalog, catalog.providers[name], places):
            continue
        found = catalog.models(name).models
        rows += [_model(name, m, fact) for m, fact in found.items() if wanted.has(m, fact)]
    return rows


def provider_table(rows: Sequence[Row]) -> Iterator[Table]:
    """Providers."""
    table = ruled("provider", "name", "regions", ">models")
    for row in rows:
        table.add_row(
            Text(row["provider"]),
            Text(_called(row)),
            Text(_few(row["regions"])),
            str(row["models"]),
        )
    yield table


def model_table(rows: Sequence[Row]) -> Iterator[Table]:
    """Models, with US dollars per million tokens."""
    table = ruled("provider", "model", ">context", ">$ in", ">$ out", "can")
    for row in rows:
        price = row["price"] or {}
        table.add_row(
            Text(row["provider"]),
            Text(row["model"], overflow="fold"),
            "?" if row["context"] is None else f"{row['context']:,}",
            price.get("input") or "?",
            price.get("output") or "?",
            Text(_few([*row["takes"][1:], *row["can"]], 4)),
        )
    yield table


def plain_remark(remark: Remark) -> Row:
    """For a table or for machines."""
    return {"grade": remark.grade.value, "place": remark.place, "said": remark.said}


def remark_table(rows: Sequence[Row]) -> Iterator[Table | str]:
    """Remarks, or that there are none."""
    if not rows:
        yield "nothing to remark"
        return
    table = ruled("", "entry", "remark")
    for row in rows:
        grade = Text(row["grade"], style=_GRADES[row["grade"]])
        table.add_row(grade, Text(row["place"], overflow="fold"), Text(row["said"]))
    yield table


def _model(provider: str, name: str, fact: ModelFact) -> Row:
    return {"provider": provider, "model": name, **fact.model_dump(mode="json")}


def _regions(catalog: Catalog, fact: ProviderFact, places: Places) -> list[str]:
    allowed = (
        None
        if places.within is None
        else catalog.jurisdictions.countries(part for part in places.within.split("+"))
    )
    return [
        name
        for name, region in fact.regions.items()
        if places.region in (None, name) and (allowed is None or _within(catalog, region, allowed))
    ]


def _within(catalog: Catalog, region: RegionFact, allowed: frozenset[str]) -> bool:
    """Whether some deployment there runs and stores within these countries only."""
    return any(
        terms.inference
        and terms.storage
        and catalog.jurisdictions.countries((*terms.inference, *terms.storage)) <= allowed
        for _, terms in region.each_terms()
    )


def _called(row: Mapping[str, Any]) -> str:
    return f"{row['name']} (ended)" if row["retired"] else str(row["name"])


def _few(words: Sequence[str], most: int = 3) -> str:
    more = len(words) - most
    return ", ".join(words[:most]) + (f" +{more}" if more > 0 else "")


def ruled(*columns: str) -> Table:
    """A table; `>` before a heading puts a column to the right."""
    table = Table(box=SIMPLE_HEAD, padding=(0, 1), pad_edge=False)
    for column in columns:
        right = column.startswith(">")
        table.add_column(
            column.removeprefix(">"),
            justify="right" if right else "left",
            no_wrap=right,
            overflow="fold",
        )
    return table
