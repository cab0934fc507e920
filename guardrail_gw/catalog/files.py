"""The catalog's folders: `providers/ID.yaml` says who and where, `models/ID.json` at what price.

Each file is read when it is first asked for. Folders of an operator come after the shipped one:
they add providers, regions and models, and replace models; what is shipped about a place stays.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import Field

from guardrail_gw.catalog.facts import Name, ParameterFact, ProviderFact, RegionFact
from guardrail_gw.catalog.jurisdictions import Jurisdictions
from guardrail_gw.catalog.model_facts import Import, ModelFact, ModelsFile
from guardrail_gw.documents import Strict, load, load_json
from guardrail_gw.errors import ConfigError


class MoreRegions(Strict):
    """What an operator's folder may say about a provider that is shipped."""

    provider: Name
    regions: dict[Name, RegionFact] = Field(default_factory=dict)
    parameters: tuple[ParameterFact, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Models:
    """What is known of one provider's models."""

    models: Mapping[str, ModelFact]
    imports: Mapping[str, Import]


@dataclass(slots=True, kw_only=True)
class Files(Mapping[str, ProviderFact]):
    """Providers by id, read when asked for."""

    shipped: Path
    overlays: Sequence[Path]
    places: Jurisdictions
    _read: dict[str, ProviderFact] = field(default_factory=dict, repr=False)
    _models: dict[str, Models] = field(default_factory=dict, repr=False)
    _names: tuple[str, ...] = field(default=(), repr=False)
    _owners: dict[str, str | None] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """See which files there are."""
        folders = (self.shipped, *self.overlays)
        self._names = tuple(sorted({p.stem for f in folders for p in f.glob("providers/*.yaml")}))

    def __iter__(self) -> Iterator[str]:
        """Ids, sorted."""
        return iter(self._names)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._names)

    def __contains__(self, name: object) -> bool:
        """Whether there is a file; it is not read for that."""
        return name in self._names

    def __getitem__(self, name: str) -> ProviderFact:
        """Read a provider's files, once."""
        if name not in self._names:
            raise KeyError(name)
        if name not in self._read:
            self._read[name] = self._provider(name)
        return self._read[name]

    def models(self, provider: str) -> Models:
        """What is known of a provider's models, maybe nothing.

        Raises:
            ConfigError: a file is damaged.
        """
        if provider not in self._models:
            self._models[provider] = self._all_models(provider)
        return self._models[provider]

    def owner(self, host: str) -> str | None:
        """Which provider has a region at this host; None: nobody who is known.

        Raises:
            ConfigError: a file is damaged.
        """
        if host not in self._owners:
            self._owners[host] = self._owner(host)
        return self._owners[host]

    def added(self, provider: str, region: str) -> bool:
        """Whether a region is an operator's own."""
        path = self.shipped / "providers" / f"{provider}.yaml"
        return not path.exists() or region not in load(path, ProviderFact).regions

    def shipped_only(self) -> "Files":
        """Without the operator's folders."""
        if not self.overlays:
            return self
        return Files(shipped=self.shipped, overlays=(), places=self.places)

    def _owner(self, host: str) -> str | None:
        for name, provider in self.items():
            if any(re.fullmatch(region.host, host) for region in provider.regions.values()):
                return name
        return None

    def _provider(self, name: str) -> ProviderFact:
        fact: ProviderFact | None = None
        for folder in (self.shipped, *self.overlays):
            path = folder / "providers" / f"{name}.yaml"
            if not path.exists():
                continue
            if fact is None:
                fact = load(path, ProviderFact)
                said = fact.provider
            else:
                more = load(path, MoreRegions)
                fact, said = _with_regions(path, fact, more), more.provider
            if said != name:
                raise ConfigError(f"{path}: provider: is {said!r}, not as the file is called")
        if fact is None:
            raise KeyError(name)
        self._known_places(fact)
        return fact

    def _known_places(self, fact: ProviderFact) -> None:
        for name, region in fact.regions.items():
            for _, terms in region.each_terms():
                try:
                    self.places.countries((*terms.inference, *terms.storage))
                except ConfigError as error:
                    raise ConfigError(f"catalog: {fact.provider}: {name}: {error}") from error

    def _all_models(self, provider: str) -> Models:
        models: dict[str, ModelFact] = {}
        imports: dict[str, Import] = {}
        for path in self._model_files(provider):
            strict = not path.is_relative_to(self.shipped)
            file = load(path, ModelsFile) if strict else load_json(path, ModelsFile)
            if file.provider != provider:
                raise ConfigError(f"{path}: provider: is not as the file is called")
            models |= file.models
            imports |= file.imports
        return Models(models=models, imports=imports)

    def _model_files(self, provider: str) -> Iterator[Path]:
        for folder in (self.shipped, *self.overlays):
            for ending in ("json", "yaml"):
                path = folder / "models" / f"{provider}.{ending}"
                if path.exists():
                    yield path


def _with_regions(path: Path, fact: ProviderFact, more: MoreRegions) -> ProviderFact:
    if doubled := sorted(fact.regions.keys() & more.regions.keys()):
        raise ConfigError(
            f"{path}: regions: {', '.join(doubled)} is in the catalog already;"
            " a folder of yours adds regions, it does not move them"
        )
    regions = dict(fact.regions) | more.regions
    return fact.model_copy(
        update={"regions": regions, "parameters": (*fact.parameters, *more.parameters)}
    )
