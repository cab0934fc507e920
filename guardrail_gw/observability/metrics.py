"""Prometheus metrics. Labels hold names from the configuration and stable codes, nothing else."""

import asyncio
from collections.abc import Mapping

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.metrics_core import Metric

from guardrail_gw.core.exchange import Arrival, Journal
from guardrail_gw.observability.cache_metrics import CacheMetrics
from guardrail_gw.observability.counted import Counted, Timed
from guardrail_gw.observability.deployments import DeploymentGauges
from guardrail_gw.observability.loaded import LoadedMetrics
from guardrail_gw.observability.mcp_metrics import McpMetrics
from guardrail_gw.observability.memory import Memory
from guardrail_gw.observability.state import Alone, Spent, State
from guardrail_gw.policy.change import way_of_all
from guardrail_gw.policy.decisions import DEPLOYMENTS
from guardrail_gw.policy.shadowed import Shadowed

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)


class Metrics:
    """The registry of one gateway; docs/metrics.md describes each."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._asked = asyncio.Lock()
        ProcessCollector(namespace="guardrail_gw", registry=self.registry)
        self._exchanges = self._counted(
            "exchanges", "Exchanges by how they ended", "surface", "ending", "code"
        )
        self._duration = Timed(
            "guardrail_gw_exchange_duration_seconds",
            "From arrival until the outcome is on record",
            ["surface"],
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._attempts = self._counted(
            "attempts", "Tries at deployments by result", "deployment", "result"
        )
        self._tokens = self._counted(
            "tokens", "Tokens as providers counted them", "deployment", "direction"
        )
        self._cost = self._counted("cost_usd", "US dollars by the catalog's prices", "deployment")
        self._unsure = self._counted(
            "policy_unsure", "Requests for which a `when` could not be judged", "document"
        )
        self._unpriced = self._counted(
            "unpriced", "Answers whose cost nobody knows, and why", "deployment", "unknown"
        )
        self._restored = self._counter("placeholders_restored", "Placeholders restored in answers")
        self._misses = self._counted(
            "restore_misses", "Placeholders in answers that could not be restored", "model"
        )
        self._turned_away = self._counter(
            "attempts_turned_away", "Attempts without a known key that share an exchange's record"
        )
        self._in_flight = self._gauge("exchanges_in_flight", "Exchanges in progress")
        self._unrecorded = self._gauge(
            "audit_unrecorded", "Audit records that should exist and do not; must stay 0"
        )
        self._writable = self._gauge("audit_writable", "1 when the audit log can be written")
        self._free = self._gauge("audit_free_bytes", "Bytes free on the audit log's disk")
        self._space = self._gauge(
            "audit_space", "Room on the audit log's disk: 0 enough, 1 low, 2 full"
        )
        self._count_copies()
        self._count_detection()
        self._policy = self._gauge("policy_info", "The policies in force", "digest")
        self._count_policies()
        self._count_accounts()
        self._count_routes()
        self._deployments = DeploymentGauges(self.registry)

    def ended(self, arrival: Arrival, journal: Journal, *, duration_s: float) -> None:
        """Count one exchange."""
        self._exchanges.add((arrival.surface, journal.ending, journal.code or ""))
        self._duration.observe((arrival.surface,), duration_s)
        self.mcp.ended(arrival, journal)
        for attempt in journal.attempts:
            self._attempts.add((attempt.deployment, attempt.result))
        for broken in journal.resumed:
            self._resumed.add((broken,))
        if (found := journal.route_class) is not None:
            self._sorted.add((found.name, found.by.value))
        self._judged(journal)
        self._cache.looked(journal.cache)
        if journal.restored:
            self._restored.inc(journal.restored)
        if journal.model is not None:
            self._misses.add((journal.model,), journal.unrestored)
        if journal.deployment is not None:
            self._spent(journal.deployment, journal)

    def _judged(self, journal: Journal) -> None:
        for entity, times in journal.entities.items():
            self._found.add((entity,), times)
        for rule in journal.refused_by:
            self._refused_by.add((rule, journal.code or ""))
        for document in journal.unsure:
            self._unsure.add((document,))

    def _spent(self, deployment: str, journal: Journal) -> None:
        if journal.cost_unknown is not None:
            self._unpriced.add((deployment, journal.cost_unknown))
        else:
            self._cost.add((deployment,), float(journal.cost_usd or 0))
        if (usage := journal.usage) is None:
            return
        for direction, tokens in (
            ("input", usage.input),
            ("cached_input", usage.cached_input),
            ("cache_write", usage.cache_write + usage.cache_write_long),
            ("output", usage.output),
        ):
            if tokens:
                self._tokens.add((deployment, direction), tokens)

    def turned_away(self, attempts: int) -> None:
        """Count attempts that were too many to be recorded one by one."""
        self._turned_away.inc(attempts)

    def _count_detection(self) -> None:
        self._detectors = self._gauge("detectors_alive", "1 when detector processes answer")
        self._queue = self._gauge(
            "detection_waiting", "Texts that wait for a detector to take them"
        )
        self._found = self._counted("detections", "Personal data in requests, by kind", "entity")
        self._refused_by = self._counted(
            "refusals", "Refusals by the policy rules that asked for them", "rule", "code"
        )
        self._memory = Memory()
        self.registry.register(self._memory)

    def _count_copies(self) -> None:
        self._signed_ago = self._gauge(
            "audit_checkpoint_age_seconds", "Since the audit log's last signed checkpoint"
        )
        self._waiting = self._gauge("audit_archive_waiting", "Closed segments not archived yet")
        self._archive = self._gauge("audit_archive_ok", "0 when segments cannot be archived")
        self._behind = self._gauge(
            "audit_collector_lag_records", "Signed records that the collector has not acknowledged"
        )
        self._late = self._gauge(
            "audit_collector_lag_seconds", "Age of the oldest of them; 0 when there is none"
        )
        self._collector = self._gauge(
            "audit_collector_ok", "0 when the collector does not acknowledge"
        )
        self._forked = self._gauge(
            "audit_collector_forked", "1 when the collector holds another past of the log"
        )

    def _take_collector(self, state: State) -> None:
        shipping = state.audit_collector
        self._collector.set(int(shipping is None or shipping.problem is None))
        if shipping is None:
            return
        since_us = shipping.since_us
        self._behind.set(shipping.behind)
        self._late.set(0 if since_us is None else max(0, state.now_us - since_us) / 1e6)
        self._forked.set(int(shipping.forked))

    def _count_routes(self) -> None:
        self._cache = CacheMetrics(self.registry)
        self.mcp = McpMetrics(self.registry)
        self._resumed = self._counted(
            "answers_resumed", "Answers that broke off and were gone on with", "deployment"
        )
        self._sorted = self._counted(
            "route_classes", "Requests by route class, and how they came to it", "class", "by"
        )

    def _count_policies(self) -> None:
        self._loaded = LoadedMetrics(self.registry)
        self._policy_serial = self._gauge(
            "policy_serial", "Serial of the signed policies in force; 0 without signatures"
        )
        self._policy_refused = self._gauge(
            "policy_refused",
            "1 when the policies in the folder are refused; the last good ones rule",
        )
        self._policy_changes = self._counter(
            "policy_changes", "Policies that came into force, or were refused", "result"
        )
        self._shadow = self._gauge("shadow_info", "The candidate judged in the shadow", "digest")
        self._shadow_requests = self._counter(
            "shadow_requests", "Requests that a candidate judged, by what it would change", "result"
        )
        self._shadow_changes = self._counter(
            "shadow_changes",
            "Requests about which a candidate would decide otherwise",
            "subject",
            "before",
            "after",
            "way",
        )

    def _count_accounts(self) -> None:
        self._budget_reached = self._counter(
            "budget_reached", "Budgets of which so much was used", "budget", "percent"
        )
        self._refused = self._gauge(
            "allowance_refused", "Requests that a budget or a rate had no room for", "allowance"
        )
        self._over = self._gauge(
            "budget_over", "Requests beyond a budget that only warns", "budget"
        )
        self._downgraded = self._gauge(
            "budget_downgraded", "Requests for which a cheaper model was asked", "budget"
        )
        self._lost = self._gauge(
            "settlements_lost", "Reservations that stayed as reserved, since no store took them"
        )
        self._told = self._gauge(
            "telemetry_exchanges", "Exchanges by what became of telling of them", "result"
        )
        self._webhook = self._counter(
            "webhook_messages", "Messages for the webhook, by what became of them", "result"
        )
        self._alone = self._gauge(
            "state_local", "1 while the store is down and this process keeps rates by itself"
        )
        self._granted = self._gauge(
            "state_local_granted", "What this process let through by itself, since the start"
        )
        self._owed = self._gauge(
            "state_local_lost", "What it let through and could not bring to the store's budgets"
        )

    def budget_reached(self, budget: str, percent: int) -> None:
        """Count that so much of a budget is used; once in a window."""
        self._budget_reached.labels(budget, str(percent)).inc()

    def webhook(self, result: str) -> None:
        """Count a message that was `delivered`, `failed` or `dropped`."""
        self._webhook.labels(result).inc()

    def secrets_changed(self, result: str) -> None:
        """Count keys that were `rotated` or `refused`."""
        self._loaded.changes.labels(result).inc()

    def policy_changed(self, result: str) -> None:
        """Count policies that were `activated` or `refused`."""
        self._policy_changes.labels(result).inc()

    def shadowed(self, shadowed: Shadowed | None) -> None:
        """Count one request that a candidate judged, or could not."""
        if shadowed is None:
            self._shadow_requests.labels("error").inc()
            return
        way = way_of_all(shadowed.changes)
        self._shadow_requests.labels("same" if way is None else way.value).inc()
        for change in shadowed.changes:
            named = change.subject != DEPLOYMENTS  # of which there are too many sets for labels
            words = (change.before, change.after) if named else ("", "")
            self._shadow_changes.labels(change.subject, *words, change.way.value).inc()

    async def exposition(self, state: State) -> bytes:
        """The text exposition, with `state` as it is now; what the kernel says is read aside."""
        async with self._asked:
            self._take(state)
            return await asyncio.to_thread(generate_latest, self.registry)

    async def families(self, state: State) -> list[Metric]:
        """The same, not written out."""
        async with self._asked:
            self._take(state)
            return await asyncio.to_thread(lambda: list(self.registry.collect()))

    def _take(self, state: State) -> None:
        self._in_flight.set(state.in_flight)
        self._unrecorded.set(state.unrecorded)
        self._writable.set(int(state.audit_writable))
        if (room := state.audit_space) is not None:
            self._free.set(room.free)
            self._space.set(room.level)
        if (archive := state.audit_archive) is not None:
            self._waiting.set(archive.waiting)
        self._archive.set(int(archive is None or archive.problem is None))
        self._take_collector(state)
        if state.audit_signed_ago_s is not None:
            self._signed_ago.set(state.audit_signed_ago_s)
        self._detectors.set(int(state.detectors_alive))
        self._queue.set(state.detection_waiting)
        self._memory.processes = state.processes
        self._take_loaded(state)
        self.mcp.take()
        self._deployments.take(state.deployments, state.wires, state.now_s)
        if state.accounts is not None:
            self._take_accounts(state.accounts)
        if state.standing is not None:
            self._take_standing(state.standing)
        if state.answers is not None:
            self._cache.take(state.answers)
        self._take_told(state.telemetry or {})

    def _take_loaded(self, state: State) -> None:
        self._policy.clear()
        self._policy.labels(state.policy_digest).set(1)
        self._policy_serial.set(state.policy_serial)
        self._policy_refused.set(int(state.policy_refused))
        self._loaded.take(state)
        self._shadow.clear()
        if state.shadow_digest is not None:
            self._shadow.labels(state.shadow_digest).set(1)

    def _take_told(self, telemetry: Mapping[str, int]) -> None:
        for result, exchanges in tuple(telemetry.items()):
            self._told.labels(result).set(exchanges)

    def _take_standing(self, standing: Alone) -> None:
        self._alone.set(int(standing.is_alone))
        self._granted.set(standing.granted)
        self._owed.set(standing.lost)

    def _take_accounts(self, accounts: Spent) -> None:
        for allowance, requests in accounts.refused.items():
            self._refused.labels(allowance).set(requests)
        for budget, requests in accounts.over.items():
            self._over.labels(budget).set(requests)
        for budget, requests in accounts.downgraded.items():
            self._downgraded.labels(budget).set(requests)
        self._lost.set(accounts.lost)

    def _counted(self, name: str, text: str, *labels: str) -> Counted:
        return Counted(f"guardrail_gw_{name}", text, labels, registry=self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"guardrail_gw_{name}", text, labels, registry=self.registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"guardrail_gw_{name}", text, labels, registry=self.registry)
