"""What the compliance commands look at: a configuration, a log, a test run."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from guardrail_gw.audit.exchanges import Exchange
from guardrail_gw.audit.report import Report
from guardrail_gw.audit.review import Elsewhere, verify_directory
from guardrail_gw.checked import checked_deployments
from guardrail_gw.cli.audit_folder import FILE, FOLDER, beside, progress
from guardrail_gw.cli.audit_look import Look, exchanges_within
from guardrail_gw.cli.policies import vocabulary
from guardrail_gw.compliance.assess import Assessment, assess
from guardrail_gw.compliance.configuration import Configured
from guardrail_gw.compliance.controls import Controls
from guardrail_gw.compliance.log import Looked, Seen
from guardrail_gw.compliance.traffic import Traffic
from guardrail_gw.compliance.trial import read_run
from guardrail_gw.core.shipped import shipped
from guardrail_gw.detection.arranged import detection_settings
from guardrail_gw.dialects.every import DIALECTS
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.audit_keys import load_public, load_recipient
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.policy.cases import Report as CasesReport, run_cases
from guardrail_gw.policy.combine import combined
from guardrail_gw.policy.policy import Policy
from guardrail_gw.policy.source import CASES, PolicySet, load_set
from guardrail_gw.policy.vocabulary import Vocabulary
from guardrail_gw.settings import Settings

_Option = Callable[[Callable[..., None]], Callable[..., None]]
_OPTIONS: tuple[_Option, ...] = (
    click.option("--config", type=FILE, help="gateway.yaml, for the checks of a configuration."),
    click.option("--log", "directory", type=FOLDER, help="An audit log, for the checks of a log."),
    click.option("--public", type=FOLDER, help="The audit-public folder (found beside the log)."),
    click.option("--registry", type=FOLDER, help="The registry in which the log is listed."),
    click.option(
        "--key", "keys", type=FILE, multiple=True, help="An auditor's private key; opens the log."
    ),
    click.option("--reason", default="", help="Why you look; kept in the access log."),
    click.option(
        "--access",
        type=click.Path(path_type=Path, dir_okay=False),
        help="Where the look is recorded; default LOG.access.",
    ),
)
_TESTS = click.option("--tests", type=FILE, help="A test run as JUnit XML (pytest --junitxml).")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """What was given; each part may be missing."""

    settings: Settings | None
    directory: Path | None
    public: Path | None
    registry: Path | None
    look: Look | None
    tests: Path | None

    def configured(self) -> Configured | None:
        """The configuration, loaded. Raises ConfigError."""
        return configured(self.settings) if self.settings else None

    def verified(self) -> Report | None:
        """What verification says of the log."""
        if self.directory is None:
            return None
        return verify_directory(
            self.directory,
            self.public or beside(self.directory),
            elsewhere=Elsewhere(registry=self.registry),
            now_us=None,  # a copy of a log is not silent, it is a copy
        )

    def exchanges(self, act: str) -> Iterator[Exchange] | None:
        """The log's exchanges, the look on record; None without a key. Raises as `show`."""
        if self.directory is None or self.look is None:
            return None
        return exchanges_within(act, self.directory, self.look, None, None)

    def found(self, act: str) -> "Found":
        """Everything that can be seen, in one pass. Raises ConfigError."""
        exchanges, seen, traffic = self.exchanges(act), None, None
        if exchanges is not None:
            traffic = Traffic()
            with progress() as shown:
                seen = Seen.of(traffic.passing(shown.track(exchanges, total=None)))
        report, loaded = self.verified(), self.configured()
        assessment = assess(
            Controls.load(shipped("compliance")),
            configured=loaded,
            looked=Looked(report=report, seen=seen),
            run=read_run(self.tests) if self.tests else None,
        )
        return Found(assessment=assessment, configured=loaded, report=report, traffic=traffic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was seen in the sources."""

    assessment: Assessment
    configured: Configured | None
    report: Report | None
    traffic: Traffic | None


def sources(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of its sources; it takes `sources` in their place."""
    return _with((*_OPTIONS, _TESTS), command)


def traffic_sources(command: Callable[..., None]) -> Callable[..., None]:
    """The same, for what is drawn from traffic alone."""
    return _with(_OPTIONS, command)


def _with(options: tuple[_Option, ...], command: Callable[..., None]) -> Callable[..., None]:
    @wraps(command)
    def taken(
        config: Path | None,
        directory: Path | None,
        public: Path | None,
        registry: Path | None,
        tests: Path | None = None,
        **others: Any,  # noqa: ANN401 - a command's own options
    ) -> None:
        look = _look(directory, others.pop("keys"), others.pop("reason"), others.pop("access"))
        settings = Settings.load(config) if config else None
        given = Sources(
            settings=settings,
            directory=directory,
            public=public,
            registry=registry,
            look=look,
            tests=tests,
        )
        command(sources=given, **others)

    for option in reversed(options):
        option(taken)
    return taken


def _look(
    directory: Path | None, keys: tuple[Path, ...], reason: str, access: Path | None
) -> Look | None:
    if keys and directory is None:
        raise click.UsageError("--key opens a log; give --log too")
    loaded = tuple(load_recipient(key) for key in keys)
    return Look(keys=loaded, reason=reason, access=access) if loaded else None


def configured(settings: Settings) -> Configured:
    """Load what a gateway is told to do.

    Raises:
        ConfigError: a file is wrong.
    """
    gateway = settings.gateway
    folder = settings.resolve(gateway.policies)
    catalog = settings.catalog()
    spoken_of = vocabulary(detection_settings(settings))
    return Configured(
        gateway=gateway,
        deployments=checked_deployments(settings, catalog),
        policies=dict(_policies(settings, load_set(folder, spoken_of))),
        cases=_cases(folder, spoken_of),
        recipients=_recipients(settings.resolve(gateway.audit.public)),
        eea=catalog.jurisdictions.countries(["EEA"]),
        now_us=SystemClock().now_us(),
    )


def _policies(settings: Settings, policies: PolicySet) -> Iterator[tuple[str, Policy | None]]:
    """What is in force for each caller at each surface that is served without being opened."""
    single = settings.gateway.access.single_tenant
    callers = {
        (who.tenant, who.team) for who in (*settings.virtual_keys(), *([single] if single else []))
    }
    for tenant, team in sorted(callers):
        for dialect in DIALECTS:
            yield (
                f"{tenant}/{team} at {dialect.name}",
                _in_force(policies, tenant, team, dialect.name),
            )


def _in_force(policies: PolicySet, tenant: str, team: str, surface: str) -> Policy | None:
    always = policies.always(tenant, team, surface)
    return combined(each.policy for each in always) if always else None


def _cases(folder: Path, spoken_of: Vocabulary) -> CasesReport | None:
    return run_cases(folder, spoken_of) if (folder / CASES).exists() else None


def _recipients(public: Path) -> tuple[str, ...] | None:
    try:
        return tuple(recipient.name for recipient in load_public(public).recipients)
    except (ConfigError, OSError):
        return None
