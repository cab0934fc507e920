"""What the `pii` commands share: which detectors look, for what, and which findings count."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import wraps
from pathlib import Path
from typing import Any

import click

from guardrail_gw.core.identity import Principal
from guardrail_gw.core.text import Finding, SegmentKind
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.documents import closest, suggestion
from guardrail_gw.policy.policy import Policy

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
DEFAULT_SCORE = 0.5
"""What a policy takes where it says nothing else."""

Command = Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """How the command line says which detectors look."""

    rules_only: bool
    model: Path | None
    config: Path | None
    jurisdictions: tuple[str, ...] = ()
    """Whose identifiers are looked for beside Europe's, in the words of a policy."""

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

    def countries(self) -> frozenset[str]:
        """The states that the jurisdictions stand for, ISO 3166-1 alpha-2.

        Raises:
            UsageError: one of them is unknown.
        """
        known = _members() if self.jurisdictions else {}
        for name in self.jurisdictions:
            if not known.get(name):
                near = suggestion(closest(name, known))
                raise click.UsageError(f"unknown jurisdiction {name!r}{near}")
        return frozenset[str]().union(*(known[name] for name in self.jurisdictions))


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """How texts are scanned, and which findings count."""

    countries: frozenset[str] = frozenset()
    """See `core.ports.Detector`."""
    kind: SegmentKind = SegmentKind.PROSE
    least: float = DEFAULT_SCORE
    policy: Policy | None = field(default=None, repr=False)
    """Decides in place of `least`."""

    def counted(self, text: str, findings: Iterable[Finding]) -> list[Finding]:
        """Those of the findings in `text` that count."""
        return [each for each in findings if self._concerns(text, each)]

    def _concerns(self, text: str, finding: Finding) -> bool:
        if self.policy is None:
            return finding.score >= self.least
        rule = self.policy.rule_for(finding.entity)
        return rule.concerns(finding.score) and not rule.allows(text[finding.start : finding.end])


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How the command line says which findings count."""

    threshold: float | None
    policy: Path | None
    everything: bool

    def demand(self, looks: Looks) -> Demand:
        """What that asks of a scan.

        Raises:
            ConfigError: the policies are not valid.
            PolicyDown: none is for any caller.
            UsageError: more than one of the three was given, or an unknown jurisdiction.
        """
        if sum((self.threshold is not None, self.policy is not None, self.everything)) > 1:
            raise click.UsageError("--threshold, --policy and --all exclude one another")
        countries = looks.countries()
        if self.policy is not None:
            return asked(resolved(self.policy, looks.configured()), countries)
        if self.everything:
            return Demand(countries=countries, least=0.0)
        least = DEFAULT_SCORE if self.threshold is None else self.threshold
        return Demand(countries=countries, least=least)


def asked(policy: Policy, countries: frozenset[str]) -> Demand:
    """What a policy, and these states beside its own, ask of a scan."""
    return Demand(
        countries=countries | policy.identifiers_of,
        kind=SegmentKind.EVERYTHING if policy.code_scanned else SegmentKind.PROSE,
        policy=policy,
    )


def detectors(function: Command) -> Command:
    """Give a command the options that say which detectors look, as one argument `looks`."""

    @wraps(function)
    def command(
        *,
        rules_only: bool,
        model: Path | None,
        config: Path | None,
        jurisdictions: tuple[str, ...],
        **others: Any,  # noqa: ANN401 - what the command itself takes
    ) -> None:
        looks = Looks(
            rules_only=rules_only, model=model, config=config, jurisdictions=jurisdictions
        )
        function(looks=looks, **others)

    return _with(
        command,
        click.option(
            "--jurisdiction",
            "jurisdictions",
            multiple=True,
            help="Whose identifiers are looked for beside Europe's: US. Repeatable.",
        ),
        click.option(
            "--config",
            type=FILE,
            help="gateway.yaml: detect as that gateway does, models included.",
        ),
        click.option("--model", type=FOLDER, help="A spaCy pipeline instead of the shipped one."),
        click.option("--rules-only", is_flag=True, help="No language model: no names, no places."),
    )


def counting(function: Command) -> Command:
    """Give a command the options that say which findings count, as one argument `counts`."""

    @wraps(function)
    def command(
        *,
        threshold: float | None,
        policy: Path | None,
        everything: bool,
        **others: Any,  # noqa: ANN401 - what the command itself takes
    ) -> None:
        counts = Counts(threshold=threshold, policy=policy, everything=everything)
        function(counts=counts, **others)

    return _with(
        command,
        click.option("--all", "everything", is_flag=True, help="Every finding, however unlikely."),
        click.option(
            "--policy",
            type=FOLDER,
            help="A policy folder: its scores, jurisdictions, allowed values and word on code.",
        ),
        threshold_option(),
    )


def threshold_option() -> Callable[[Command], Command]:
    """The option for the least score."""
    return click.option(
        "--threshold",
        type=click.FloatRange(0, 1),
        help=f"The least score that counts.  [default: {DEFAULT_SCORE}]",
    )


def resolved(folder: Path, settings: DetectionSettings) -> Policy:
    """The policy of any caller at the chat endpoint.

    Raises:
        ConfigError: the policies are not valid.
        PolicyDown: none is for any caller.
    """
    from guardrail_gw.cli.policies import vocabulary  # noqa: PLC0415 - policies are an option
    from guardrail_gw.dialects.openai_chat.request import NAME  # noqa: PLC0415 - ditto
    from guardrail_gw.policy.source import load_set  # noqa: PLC0415 - ditto

    known = vocabulary(settings)
    anyone = Principal(tenant="any", team="any", user="any", key_id="any")
    return load_set(folder, known).resolve(anyone, NAME)


def _with(command: Command, *options: Callable[[Command], Command]) -> Command:
    for option in options:
        command = option(command)
    return command


def _members() -> Mapping[str, frozenset[str]]:
    from guardrail_gw.catalog.catalog import Catalog  # noqa: PLC0415 - only where it is asked

    return Catalog.load().jurisdictions.members


def _configured(config: Path) -> DetectionSettings:
    from guardrail_gw.detection.arranged import (  # noqa: PLC0415 - imports pydantic models
        detection_settings,
    )
    from guardrail_gw.settings import Settings  # noqa: PLC0415 - ditto

    return detection_settings(Settings.load(config))
