"""Checks of an audit log: of its integrity with public keys, of what it says with an auditor's."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from guardrail_gw.audit.exchanges import Exchange
from guardrail_gw.audit.findings import Verdict
from guardrail_gw.audit.report import Report
from guardrail_gw.compliance.result import Result, Status

_SHOWN = 10


@dataclass(slots=True)
class Breach:
    """Records that break a rule: how many, and the first of them."""

    count: int = 0
    first: list[int] = field(default_factory=list)

    def add(self, index: int) -> None:
        """One more."""
        self.count += 1
        if len(self.first) < _SHOWN:
            self.first.append(index)


@dataclass(slots=True, kw_only=True)
class Seen:
    """What opened exchanges show, in one pass over any number of them."""

    exchanges: int = 0
    unlawful: Breach = field(default_factory=Breach)
    """Intents with an attempt at a deployment that they do not name as lawful."""
    after_refusal: Breach = field(default_factory=Breach)
    without_policy: Breach = field(default_factory=Breach)

    @classmethod
    def of(cls, found: Iterable[Exchange]) -> Self:
        """Look at each once."""
        seen = cls()
        for exchange in found:
            seen.add(exchange)
        return seen

    def add(self, exchange: Exchange) -> None:
        """Look at one."""
        self.exchanges += 1
        said = exchange.intent
        attempts = (exchange.outcome or {}).get("attempts") or ()
        if said.get("decision") != "allowed":
            if attempts:
                self.after_refusal.add(exchange.index)
            return
        if not {a.get("deployment") for a in attempts} <= set(said.get("lawful") or ()):
            self.unlawful.add(exchange.index)
        if not (said.get("policy") and said.get("documents")):
            self.without_policy.add(exchange.index)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A log, as far as the keys at hand open it."""

    report: Report | None = None
    """None: no log was given."""
    seen: Seen | None = None
    """None: no auditor's key was given."""


Said = tuple[Status, str]


def check_log(looked: Looked) -> dict[str, Result]:
    """Run every check by its name."""
    results = {}
    for name, check in CHECKS.items():
        status, said = check(looked)
        results[name] = Result(check=name, kind="log", status=status, said=said)
    return results


def _of_report(check: Callable[[Report], Said]) -> Callable[[Looked], Said]:
    def checked(looked: Looked) -> Said:
        if looked.report is None:
            return Status.NOT_TESTED, "no log was given (--log)"
        return check(looked.report)

    return checked


def _of_seen(name: str, good: str, breach_of: Callable[[Seen], Breach]) -> Callable[[Looked], Said]:
    def checked(looked: Looked) -> Said:
        if looked.report is not None and looked.report.verdict is Verdict.TAMPERED:
            return Status.NOT_TESTED, "the log was tampered with: what it says proves nothing"
        if looked.seen is None:
            return Status.NOT_TESTED, "no log was opened (--log and --key)"
        breach = breach_of(looked.seen)
        if breach.count:
            return Status.FAIL, f"{breach.count} {name}: records {_list(breach.first)}"
        return Status.PASS, f"{looked.seen.exchanges} exchanges: {good}"

    return checked


def _list(indexes: Iterable[int]) -> str:
    return ", ".join(map(str, indexes))


def _verifies(report: Report) -> Said:
    codes = ", ".join(sorted({finding.code for finding in report.findings}))
    match report.verdict:
        case Verdict.OK:
            return Status.PASS, f"{report.records} records verify"
        case Verdict.UNVERIFIABLE:
            return Status.NOT_TESTED, f"cannot be verified: {codes}"
        case _:
            return Status.FAIL, f"{report.verdict.name.lower()}: {codes}"


def _paired(report: Report) -> Said:
    if report.verdict is Verdict.UNVERIFIABLE:
        return Status.NOT_TESTED, "the log cannot be verified"
    if report.unpaired:
        first = _list(u.index for u in report.unpaired[:_SHOWN])
        return Status.FAIL, f"{len(report.unpaired)} intents have no outcome: records {first}"
    return Status.PASS, "every intent has its outcome"


def _signed(report: Report) -> Said:
    if report.verdict is Verdict.UNVERIFIABLE:
        return Status.NOT_TESTED, "the log cannot be verified"
    if report.signed < report.records:
        return Status.FAIL, f"{report.records - report.signed} records are under no checkpoint"
    return Status.PASS, f"{report.signed} records are under a signed checkpoint"


CHECKS: Mapping[str, Callable[[Looked], Said]] = {
    "log-verifies": _of_report(_verifies),
    "intents-have-outcomes": _of_report(_paired),
    "records-signed": _of_report(_signed),
    "attempts-lawful": _of_seen(
        "requests went where their intent does not allow",
        "each went only to deployments that its intent names",
        lambda seen: seen.unlawful,
    ),
    "nothing-sent-after-refusal": _of_seen(
        "refused requests were sent", "nothing refused was sent", lambda seen: seen.after_refusal
    ),
    "policy-on-record": _of_seen(
        "requests name no policy", "each names its policy", lambda seen: seen.without_policy
    ),
}
"""Name -> check; compliance/controls.yaml uses each."""
