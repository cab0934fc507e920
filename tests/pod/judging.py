"""Whether a pod's promises held: told by its application, its provider and its audit log."""

import hashlib
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from guardrail_gw.audit.opening import Opened
from guardrail_gw.audit.review import show, verify_directory
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.core.identity import Principal
from guardrail_gw.keys.audit_keys import load_recipient
from tests.pod.pod import Pod
from tests.support.books import spent_usd

WHO: Final = Principal(tenant="acme", team="crm", user="app", key_id="app")
_UNSURE: Final = frozenset({"connect", "stale", "cancelled"})


def records(pod: Pod) -> list[Opened]:
    """The log of the pod, with the auditor's key."""
    key = load_recipient(pod.folder / "keys" / "auditors" / "auditor.key")
    return list(show(pod.folder / "audit", [key]))


def of_log(pod: Pod, *, killed: int = 0) -> Iterator[str]:
    """The log verifies; only where a sidecar was killed may intents be without outcome."""
    report = verify_directory(pod.folder / "audit", pod.folder / "keys" / "audit-public")
    fine = {Verdict.OK, Verdict.INCOMPLETE} if killed else {Verdict.OK}
    if report.verdict not in fine:
        yield f"the log is {report.verdict.name}: {[each.what for each in report.findings]}"
    if not killed and report.unpaired:
        yield f"{len(report.unpaired)} intents have no outcome"


def of_provider(pod: Pod, *, killed: int = 0) -> Iterator[str]:
    """Everything that the provider received has an intent, and an attempt unless it was cut off."""
    every = records(pod)
    intents = sum(record.kind == "intent" for record in every)
    sent, unsure = _attempts(every)
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


async def of_budget(pod: Pod) -> tuple[Decimal, Decimal]:
    """What the books say was spent, and what the log's outcomes say."""
    spent = await spent_usd(pod.folder / "gateway.yaml", WHO, "all")
    costs = [(r.meta or {}).get("cost_usd") for r in records(pod) if r.kind == "outcome"]
    return spent, sum((Decimal(c) for c in costs if c), Decimal(0))


def _attempts(every: list[Opened]) -> tuple[Counter[str], Counter[str]]:
    sent, unsure = Counter[str](), Counter[str]()
    for record in every:
        for attempt in (record.meta or {}).get("attempts") or ():
            into = unsure if attempt["result"] in _UNSURE else sent
            into[attempt["sent_sha256"]] += 1
    return sent, unsure
