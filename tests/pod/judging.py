"""Whether a pod's promises held: told by its application, its provider and its audit log."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from guardrail_gw.audit.opening import Opened
from guardrail_gw.audit.review import show, verify_directory
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.core.identity import Principal
from guardrail_gw.keys.audit_keys import load_recipient
from tests.pod.pod import Pod
from tests.support.books import spent_usd

WHO: Final = Principal(tenant="acme", team="crm", user="app", key_id="app")
UNSURE: Final = frozenset({"connect", "stale", "cancelled"})
CUT: Final = UNSURE | {"truncated", "malformed", "timeout"}
"""Of attempts at a provider that was killed before it had written down what it received."""

_RESERVED_USD: Final = Decimal("0.01")
"""More than one request of these reserves: some hundred tokens, and an answer of 4,096."""


def logs(pod: Pod) -> list[Path]:
    """The folder of each log: of several workers each has one."""
    whole = pod.folder / "audit"
    return sorted(whole.glob("w[0-9]*")) or [whole]


def records(pod: Pod) -> list[Opened]:
    """The logs of the pod, with the auditor's key."""
    key = load_recipient(pod.folder / "keys" / "auditors" / "auditor.key")
    return [record for log in logs(pod) for record in show(log, [key])]


def of_log(pod: Pod, *, killed: int = 0) -> Iterator[str]:
    """Each log verifies; only where a gateway was killed may intents be without outcome."""
    fine = {Verdict.OK, Verdict.INCOMPLETE} if killed else {Verdict.OK}
    for log in logs(pod):
        report = verify_directory(log, pod.folder / "keys" / "audit-public")
        if report.verdict not in fine:
            yield f"the log is {report.verdict.name}: {[each.what for each in report.findings]}"
        if not killed and report.unpaired:
            yield f"{len(report.unpaired)} intents have no outcome"


def of_provider(pod: Pod, *, killed: int = 0, unsure_of: frozenset[str] = UNSURE) -> Iterator[str]:
    """Everything that the provider received has an intent, and an attempt unless it was cut off.

    Args:
        pod: that has stopped.
        killed: how often a process that keeps a log was.
        unsure_of: results of attempts of which the provider may have seen nothing.
    """
    every = records(pod)
    intents = sum(record.kind == "intent" for record in every)
    sent, unsure = _attempts(every, unsure_of)
    seen = Counter(hashlib.sha256(body.encode()).hexdigest() for body in pod.received)
    if seen.total() > intents:
        yield f"the provider received {seen.total()} requests, and there are {intents} intents"
    missing = seen - sent - unsure
    cut = intents - sum(record.kind == "outcome" for record in every)
    if missing.total() > (cut if killed else 0):
        yield f"{missing.total()} received requests have no attempt on record, {cut} were cut off"
    if never := sent - seen:
        yield f"{never.total()} attempts are on record that the provider never saw"
    if any("@example.org" in body for body in pod.received):
        yield "personal data reached the provider"


def of_app(told: list[dict[str, Any]], may: frozenset[str] = frozenset()) -> Iterator[str]:
    """It was told what it may be told.

    Args:
        told: what it noted.
        may: what came of requests besides `ok`.
    """
    came = Counter(str(line["came"]) for line in told)
    for each in sorted(came.keys() - {"ok"} - may):
        yield f"{came[each]} of {came.total()} requests: {each}"
    if not came["ok"]:
        yield "not one request was answered"


def of_answers(pod: Pod, *apps: str) -> Iterator[str]:
    """Whatever was answered has an outcome that says so: no answer without its record."""
    answered = sum(line["came"] == "ok" for name in apps for line in pod.told(name))
    good = sum(r.kind == "outcome" and (r.meta or {}).get("ending") == "ok" for r in records(pod))
    if good < answered:
        yield f"{answered} requests were answered, and {good} outcomes say so"


def of_policies(pod: Pod, swaps: int) -> Iterator[str]:
    """Every request has one policy digest; all that were in force bound some; none bound others."""
    every = records(pod)
    active = [r.leaf["pol"] for r in every if r.kind == "policy"]
    bound = Counter(r.leaf.get("pol") for r in every if r.kind == "intent")
    if unknown := bound.keys() - {*active}:
        yield f"requests obeyed policies that were never put in force: {sorted(map(str, unknown))}"
    if len(active) < swaps:
        yield f"{swaps} swaps, and {len(active)} policies came into force"
    now = None
    for record in every:
        if record.kind == "policy":
            now = record.leaf["pol"]
        elif record.kind == "intent" and record.leaf.get("pol") not in {now, *active}:
            yield f"request {record.index} obeyed a policy that was not in force"


async def of_budget(pod: Pod, *, killed: int = 0) -> Iterator[str]:
    """The books say what outcomes say; what was reserved when a gateway was killed stays used."""
    spent = await spent_usd(pod.folder / "gateway.yaml", WHO, "all")
    every = records(pod)
    outcomes = [r.meta or {} for r in every if r.kind == "outcome"]
    costs = [each.get(name) for each in outcomes for name in ("cost_usd", "estimated_usd")]
    recorded = sum((Decimal(cost) for cost in costs if cost), Decimal(0))
    cut = sum(r.kind == "intent" for r in every) - len(outcomes)
    most = recorded + cut * _RESERVED_USD if killed else recorded
    if recorded <= spent <= most:
        return iter(())
    return iter([f"the budget has {spent} USD, the records {recorded}, {cut} were cut off"])


def _attempts(every: list[Opened], unsure_of: frozenset[str]) -> tuple[Counter[str], Counter[str]]:
    sent, unsure = Counter[str](), Counter[str]()
    for record in every:
        for attempt in (record.meta or {}).get("attempts") or ():
            into = unsure if attempt["result"] in unsure_of else sent
            into[attempt["sent_sha256"]] += 1
    return sent, unsure
