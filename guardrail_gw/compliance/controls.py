"""The controls and the clauses that they support, as files under compliance/."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field

from guardrail_gw.catalog.facts import Name
from guardrail_gw.documents import Strict, load
from guardrail_gw.errors import ConfigError

Words = Annotated[str, Field(min_length=1, max_length=600)]
Source = Annotated[str, Field(pattern=r"^https://\S+$")]


class Control(Strict):
    """One thing that the gateway does, and what holds it."""

    id: Name
    statement: Words
    limits: Words
    """What it does not cover."""
    rooms: Annotated[tuple[str, ...], Field(min_length=1)]
    """Packages or modules of guardrail_gw in which it is built."""
    tests: Annotated[tuple[str, ...], Field(min_length=1)]
    """Ids of tests, as pytest writes them without parameters."""
    configuration: tuple[Name, ...] = ()
    """Checks of `configuration.CHECKS`."""
    log: tuple[Name, ...] = ()
    """Checks of `log.CHECKS`."""
    evidence: Words
    """A command that shows it."""


class Clause(Strict):
    """One place in a framework, in our words."""

    clause: Words
    topic: Words
    controls: tuple[Name, ...]
    """Those that support it; none where nothing is claimed."""
    remains: Words
    """What is left to people and other systems."""
    applies_from: date | None = None


class Framework(Strict):
    """A law, standard or list, and what of it the controls support."""

    framework: Name
    name: Words
    version: Words
    source: Source
    as_of: date
    """When the mapping was written."""
    caution: Words | None = None
    clauses: Annotated[tuple[Clause, ...], Field(min_length=1)]


class ControlsFile(Strict):
    """controls.yaml."""

    controls: Annotated[tuple[Control, ...], Field(min_length=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """All controls and all frameworks."""

    controls: tuple[Control, ...]
    frameworks: tuple[Framework, ...]
    """Sorted by id."""

    @classmethod
    def load(cls, directory: Path) -> Self:
        """Read a folder: controls.yaml, and every file under mappings/.

        Raises:
            ConfigError: a file is not as it should be, or names a control that does not exist.
        """
        controls = load(directory / "controls.yaml", ControlsFile).controls
        known = {control.id for control in controls}
        if len(known) != len(controls):
            raise ConfigError(f"{directory / 'controls.yaml'}: a control stands there twice")
        files = sorted((directory / "mappings").glob("*.yaml"))
        return cls(controls=controls, frameworks=tuple(_framework(f, known) for f in files))


def _framework(path: Path, known: set[str]) -> Framework:
    framework = load(path, Framework)
    named = {control for clause in framework.clauses for control in clause.controls}
    if unknown := sorted(named - known):
        raise ConfigError(f"{path}: no control {', '.join(unknown)}")
    if framework.framework != path.stem:
        raise ConfigError(f"{path}: is the framework {framework.framework!r} by its own words")
    return framework
