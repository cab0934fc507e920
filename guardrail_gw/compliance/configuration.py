"""Checks of a gateway's configuration and policies."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from guardrail_gw.compliance.result import Result, Status
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.policy.cases import Report
from guardrail_gw.policy.policy import Action, Policy
from guardrail_gw.serving import LOOPBACK
from guardrail_gw.settings import Gateway

KEPT_DAYS = 183
"""Six months, as Regulation (EU) 2024/1689 wants of logs."""
_RECIPIENTS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """What a gateway is told to do, loaded."""

    gateway: Gateway = field(repr=False)
    deployments: Mapping[str, Deployment]
    policies: Mapping[str, Policy | None]
    """`tenant/team at surface` -> what is in force for it; None: nothing, so nothing passes."""
    cases: Report | None
    """None: there are no cases beside the policies."""
    recipients: tuple[str, ...] | None
    """To whom records are sealed; None: the public keys are not at hand."""
    eea: frozenset[str]
    """The countries between which data moves without a transfer (GDPR Art. 44)."""
    now_us: int


Said = tuple[Status, str]


def run_checks(
    checks: Mapping[str, Callable[[Configured], Said]], configured: Configured | None
) -> dict[str, Result]:
    """Run checks by their names; without a configuration none is tested."""
    return {name: _result(name, check, configured) for name, check in checks.items()}


def _result(
    name: str, check: Callable[[Configured], Said], configured: Configured | None
) -> Result:
    status, said = Status.NOT_TESTED, "no configuration was given (--config)"
    if configured is not None:
        status, said = check(configured)
    return Result(check=name, kind="configuration", status=status, said=said)


def unless(bad: Iterable[str], good: str, complaint: str) -> Said:
    """Fails with the names of what is bad, if anything is."""
    names = list(bad)
    return (Status.FAIL, f"{complaint}: {', '.join(names)}") if names else (Status.PASS, good)


def _default_replaces(c: Configured) -> Said:
    bad = (who for who, policy in _policies(c) if policy.default.action is Action.ALLOW)
    return unless(bad, "what no rule names is replaced or refused", "is let through for")


def _attachments_refused(c: Configured) -> Said:
    bad = (who for who, policy in _policies(c) if policy.attachments_allowed)
    return unless(bad, "content that nothing looks into is refused", "attachments pass for")


def _residency_bound(c: Configured) -> Said:
    bad = (who for who, policy in _policies(c) if not policy.residency)
    return unless(bad, "every caller is under a residency rule", "no residency rule for")


def _policies(c: Configured) -> Iterable[tuple[str, Policy]]:
    """Callers whom some policy matches; of the others nothing passes."""
    return ((who, policy) for who, policy in c.policies.items() if policy is not None)


def _places_known(c: Configured) -> Said:
    bad = (d.id for d in c.deployments.values() if not (d.inference and d.storage))
    return unless(bad, "where each deployment runs and stores is known", "place unknown")


def _policy_cases(c: Configured) -> Said:
    if c.cases is None:
        return Status.NOT_TESTED, "there are no cases beside the policies"
    bad = [result.name for result in c.cases.results if result.differences]
    bad += [f"no case proves {rule}" for rule in c.cases.uncovered]
    return unless(bad, f"{len(c.cases.results)} cases decide as written", "not as written")


def _two_recipients(c: Configured) -> Said:
    if c.recipients is None:
        return Status.NOT_TESTED, "the public keys (audit.public) are not at hand"
    enough = len(c.recipients) >= _RECIPIENTS
    said = f"records are sealed to {', '.join(c.recipients) or 'nobody'}"
    return Status.PASS if enough else Status.FAIL, said


def _registry_elsewhere(c: Configured) -> Said:
    if c.gateway.audit.registry is None:
        return Status.FAIL, "audit.registry is not set: a log that is cut back can look whole"
    return Status.PASS, "the last checkpoint is kept in audit.registry"


def _archive_elsewhere(c: Configured) -> Said:
    if c.gateway.audit.archive is None:
        return Status.FAIL, "audit.archive is not set: the log exists once"
    return Status.PASS, "closed segments are copied to audit.archive"


def _kept(c: Configured) -> Said:
    archive = c.gateway.audit.archive
    if archive is None or archive.keep_days is None:
        return Status.PASS, "no segment ever leaves the log's folder"
    said = f"segments stay {archive.keep_days} days in the log's folder"
    return Status.PASS if archive.keep_days >= KEPT_DAYS else Status.FAIL, said


def _tls(c: Configured) -> Said:
    listen = c.gateway.listen
    if listen.tls is None and listen.host not in LOOPBACK:
        return Status.FAIL, f"listens on {listen.host} without TLS"
    return Status.PASS, "TLS" if listen.tls else "listens within the machine only"


CHECKS: Mapping[str, Callable[[Configured], Said]] = {
    "default-replaces": _default_replaces,
    "attachments-refused": _attachments_refused,
    "residency-bound": _residency_bound,
    "places-known": _places_known,
    "policy-cases": _policy_cases,
    "two-recipients": _two_recipients,
    "registry-elsewhere": _registry_elsewhere,
    "archive-elsewhere": _archive_elsewhere,
    "kept-183-days": _kept,
    "tls-or-loopback": _tls,
}
"""Name -> check; compliance/controls.yaml uses each."""
