"""What a downloaded price catalogue says otherwise, and taking it over."""

import fnmatch
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from guardrail_gw.catalog.catalog import SHIPPED, Catalog
from guardrail_gw.catalog.files import Models
from guardrail_gw.catalog.imports.comparing import Difference, differences, older
from guardrail_gw.catalog.imports.reading import Catalogue, read
from guardrail_gw.catalog.imports.writing import write
from guardrail_gw.catalog.model_facts import ModelFact
from guardrail_gw.cli.catalog_list import ruled
from guardrail_gw.documents import closest, suggestion
from guardrail_gw.errors import ConfigError


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the command was told."""

    file: Path
    as_of: date
    version: str
    providers: tuple[str, ...]
    add: tuple[str, ...]
    into: Path | None

    def wants(self, model: str) -> bool:
        """Whether a model that is new here is to be taken."""
        return any(fnmatch.fnmatchcase(model, each) for each in self.add)


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What would change, by provider."""

    catalogue: Catalogue
    taken: dict[str, dict[str, ModelFact]] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    senseless: list[str] = field(default_factory=list)
    """Rows that were left out, as provider/model."""
    newer: int = 0
    """Rows that were left out because something newer is known."""

    def rows(self) -> dict[str, Any]:
        """For a table or for machines."""
        return {
            "catalogue": self.catalogue.key,
            "licence": self.catalogue.taken.licence,
            "differences": [asdict(each) for each in self.differences],
            "left_out": self.senseless,
            "newer_known": self.newer,
        }

    def write(self, folder: Path) -> Iterator[Path]:
        """Put what changes into a folder."""
        imports = {self.catalogue.key: self.catalogue.taken}
        for provider, models in self.taken.items():
            if models:
                yield write(folder, provider, imports, models)


def compare(asked: Asked) -> Outcome:
    """Compare the file with the catalog.

    Raises:
        ConfigError: the file is no catalogue, or there is no such provider.
    """
    catalog = Catalog.load(_overlays(asked.into))
    for name in asked.providers:
        if name not in catalog.providers:
            near = suggestion(closest(name, catalog.providers))
            raise ConfigError(f"provider {name!r} is not in the catalog{near}")
    outcome = Outcome(catalogue=read(asked.file, version=asked.version, as_of=asked.as_of))
    for name in asked.providers or catalog.providers:
        listed, senseless = outcome.catalogue.models(catalog.providers[name])
        outcome.senseless += [f"{name}/{each}" for each in senseless]
        _compare(outcome, name, catalog.models(name), listed, asked)
    return outcome


def _compare(
    outcome: Outcome, provider: str, known: Models, listed: dict[str, ModelFact], asked: Asked
) -> None:
    alive = {
        name: fact
        for name, fact in listed.items()
        if name in known.models or fact.retires is None or fact.retires > asked.as_of
    }
    current = older(known.models, alive, lambda by: known.imports[by].verified_on > asked.as_of)
    outcome.newer += len(alive) - len(current)
    taken, found = differences(provider, known.models, current, asked.wants)
    outcome.taken[provider] = taken
    outcome.differences += found


def _overlays(into: Path | None) -> list[Path]:
    """The folder to change counts, too, if it is a catalog already."""
    if into is None or into.resolve() == SHIPPED:
        return []
    return [into] if any((into / part).is_dir() for part in ("providers", "models")) else []


def tables(rows: dict[str, Any]) -> Iterator[Table | Text]:
    """The differences, and what was left out."""
    found: Sequence[dict[str, str]] = rows["differences"]
    if found:
        table = ruled("model", "field", "before", "after")
        for row in found:
            table.add_row(
                Text(f"{row['provider']}/{row['model']}", overflow="fold"),
                row["field"],
                Text(row["before"] or "unknown", style="red"),
                Text(row["after"] or "unknown", style="green"),
            )
        yield table
    yield Text(f"{len(found)} differences to {rows['catalogue']} ({rows['licence']})")
    if rows["newer_known"]:
        yield Text(f"{rows['newer_known']} rows left out: something newer is known")
    if rows["left_out"]:
        yield Text(f"left out, for they make no sense: {', '.join(rows['left_out'])}")
