"""What the `pii` commands share: which detectors look, and from which score on a finding counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import click

from guardrail_gw.core.identity import Principal
from guardrail_gw.core.text import Entity
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.policy.policy import Policy

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
DEFAULT_SCORE = 0.5
"""What a policy takes where it says nothing else."""

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """How the command line says which detectors look."""

    rules_only: bool
    model: Path | None
    config: Path | None

    def configured(self) -> DetectionSettings:
        """What a gateway would detect with: what policies are judged by.

        Raises:
            ConfigError: gateway.yaml cannot be used.
        """
        return _configured(self.config) if self.config else DetectionSettings()

    def settings(self) -> DetectionSettings:
        """What that means for the engine.

        Raises:
            ConfigError: gateway.yaml cannot be used.
        """
        settings = self.configured()
        if self.rules_only:
            return replace(settings, model=None)
        return replace(settings, model=self.model) if self.model else settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """From which score on a finding counts."""

    default: float = DEFAULT_SCORE
    entities: Mapping[Entity, float] = field(default_factory=dict)

    def passes(self, entity: Entity, score: float) -> bool:
        """Whether a finding counts."""
        return score >= self.entities.get(entity, self.default)


def detectors(function: F) -> F:
    """Give a command the options that say which detectors look."""
    for option in (
        click.option(
            "--config",
            type=FILE,
            help="gateway.yaml: detect as that gateway does, models included.",
        ),
        click.option("--model", type=FOLDER, help="A spaCy pipeline instead of the shipped one."),
        click.option("--rules-only", is_flag=True, help="No language model: no names, no places."),
    ):
        function = option(function)
    return function


def bars(function: F) -> F:
    """Give a command the options that say from which score on a finding counts."""
    for option in (
        click.option("--all", "everything", is_flag=True, help="Every finding, however unlikely."),
        click.option(
            "--policy", type=FOLDER, help="A policy folder: its own scores; `ignore` leaves out."
        ),
        click.option(
            "--threshold",
            type=click.FloatRange(0, 1),
            help=f"The least score that counts.  [default: {DEFAULT_SCORE}]",
        ),
    ):
        function = option(function)
    return function


def bar(looks: Looks, threshold: float | None, policy: Path | None, *, everything: bool) -> Bar:
    """The bar that these options ask for.

    Raises:
        ConfigError: the policies are not valid, or none is for any caller.
        UsageError: more than one of the three was given.
    """
    if sum((threshold is not None, policy is not None, everything)) > 1:
        raise click.UsageError("--threshold, --policy and --all exclude one another")
    if policy is not None:
        found = resolved(policy, looks.configured())
        scores = {entity: rule.min_score for entity, rule in found.entities.items()}
        return Bar(default=found.default.min_score, entities=scores)
    if everything:
        return Bar(default=0.0)
    return Bar(default=DEFAULT_SCORE if threshold is None else threshold)


def resolved(folder: Path, settings: DetectionSettings) -> Policy:
    """The policy of any caller at the chat endpoint.

    Raises:
        ConfigError: the policies are not valid.
        PolicyDown: none is for any caller.
    """
    from guardrail_gw.cli.policies import vocabulary  # noqa: PLC0415 - policies are an option
    from guardrail_gw.policy.source import load_set  # noqa: PLC0415 - ditto

    known = vocabulary(settings)
    anyone = Principal(tenant="any", team="any", user="any", key_id="any")
    return load_set(folder, known).resolve(anyone, next(iter(known.surfaces)))


def _configured(config: Path) -> DetectionSettings:
    from guardrail_gw.app import detection_settings  # noqa: PLC0415 - imports the whole gateway
    from guardrail_gw.settings import Settings  # noqa: PLC0415 - ditto

    return detection_settings(Settings.load(config))
