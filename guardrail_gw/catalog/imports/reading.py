"""A downloaded file of one of the catalogues we can read, as facts about models."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from guardrail_gw.catalog.facts import Listing, ProviderFact
from guardrail_gw.catalog.imports import litellm, models_dev, openrouter
from guardrail_gw.catalog.model_facts import Import, ModelFact
from guardrail_gw.errors import ConfigError

_MAX_BYTES = 64 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A catalogue, where it is to be had, and under which licence."""

    name: str
    source: str
    licence: str
    is_it: Callable[[Mapping[str, Any]], bool]
    rows: Callable[[Mapping[str, Any], Listing], dict[str, dict[str, Any]]]


KINDS = (
    Kind(
        name="litellm",
        source="https://github.com/BerriAI/litellm",
        licence="MIT",
        is_it=litellm.is_it,
        rows=litellm.rows,
    ),
    Kind(
        name="openrouter",
        source="https://openrouter.ai/api/v1/models",
        licence="terms of the site",
        is_it=openrouter.is_it,
        rows=openrouter.rows,
    ),
    Kind(
        name="models-dev",
        source="https://github.com/anomalyco/models.dev",
        licence="MIT",
        is_it=models_dev.is_it,
        rows=models_dev.rows,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """One downloaded file."""

    kind: Kind
    taken: Import
    data: Mapping[str, Any] = field(repr=False)

    @property
    def key(self) -> str:
        """What `by` of a model says that was taken from it."""
        return f"{self.kind.name}-{self.taken.version}"

    def models(self, provider: ProviderFact) -> tuple[dict[str, ModelFact], tuple[str, ...]]:
        """What it says of a provider's models, and the names of rows that make no sense."""
        listing = provider.listed_as.get(self.kind.name)
        if listing is None:
            return {}, ()
        found: dict[str, ModelFact] = {}
        senseless = []
        for name, fields in sorted(self.kind.rows(self.data, listing).items()):
            if listing.names is not None and not re.fullmatch(listing.names, name):
                continue
            try:
                found[name] = ModelFact(**fields, by=self.key)
            except ValidationError:
                senseless.append(name)
        return found, tuple(senseless)


def read(path: Path, *, version: str, as_of: date) -> Catalogue:
    """Read a file, whichever of the catalogues it is.

    Args:
        path: where it was downloaded to.
        version: of the catalogue, as its makers call it, or the date.
        as_of: the day on which it was published.

    Raises:
        ConfigError: not JSON, too large, or none of the catalogues we can read.
    """
    data = _json(path)
    for kind in KINDS:
        if isinstance(data, dict) and kind.is_it(data):
            taken = Import(
                source=kind.source, version=version, licence=kind.licence, verified_on=as_of
            )
            return Catalogue(kind=kind, taken=taken, data=data)
    known = ", ".join(kind.name for kind in KINDS)
    raise ConfigError(f"{path}: none of the catalogues that can be read: {known}")


def _json(path: Path) -> Any:  # noqa: ANN401 - somebody's JSON
    if path.stat().st_size > _MAX_BYTES:
        raise ConfigError(f"{path}: larger than {_MAX_BYTES} bytes")
    try:
        return json.loads(path.read_bytes(), parse_float=Decimal)
    except (ValueError, RecursionError):
        problem = f"{path}: not JSON"
    raise ConfigError(problem)
