"""What the Grafana dashboard shows: every metric of docs/metrics.md, but those of `NOT_SHOWN`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One picture."""

    title: str
    shows: Mapping[str, str]
    """What each line is called -> its query; `@` stands for the chosen namespaces and pods."""
    unit: str = "short"
    says: str = ""


def _each(how: str, of: str, *by: str, called: str = "") -> dict[str, str]:
    """One line for each value of `by`, joined by `how`; `called` stands before the values."""
    name = " ".join((*([called] if called else []), *(f"{{{{{label}}}}}" for label in by)))
    return {name: f"{how} by ({', '.join(by)}) ({of})" if by else f"{how}({of})"}


def _rate(counter: str, *by: str, where: str = "", called: str = "") -> dict[str, str]:
    """How much a second."""
    return _each("sum", f"rate({counter}{{@{where}}}[5m])", *by, called=called)


def _hourly(counter: str, *by: str, called: str = "") -> dict[str, str]:
    """How much within an hour, of what is rare."""
    return _each("sum", f"increase({counter}{{@}}[1h])", *by, called=called)


def _since(gauge: str, *by: str, where: str = "", called: str = "") -> dict[str, str]:
    """How much within five minutes, of a gauge that counts since the start."""
    return _each("sum", f"delta({gauge}{{@{where}}}[5m])", *by, called=called)


def _now(how: str, gauge: str, *by: str, where: str = "", called: str = "") -> dict[str, str]:
    """How it is."""
    return _each(how, f"{gauge}{{@{where}}}", *by, called=called)


_REQUESTS: Final = (
    Panel(
        title="Exchanges by ending",
        unit="reqps",
        shows=_rate("guardrail_gw_exchanges_total", "ending"),
    ),
    Panel(
        title="Refusals by code",
        unit="reqps",
        shows=_rate("guardrail_gw_exchanges_total", "code", where=', code!=""'),
    ),
    Panel(
        title="Duration by surface",
        unit="s",
        says="Until the outcome is on record, streams included",
        shows={
            f"{{{{surface}}}} p{percent}": (
                f"histogram_quantile(0.{percent}, sum by (le, surface) "
                "(rate(guardrail_gw_exchange_duration_seconds_bucket{@}[5m])))"
            )
            for percent in (50, 99)
        },
    ),
    Panel(
        title="In flight",
        says="What the autoscaler looks at",
        shows=_now("sum", "guardrail_gw_exchanges_in_flight", "pod"),
    ),
    Panel(
        title="Without a known key",
        unit="reqps",
        shows=_rate("guardrail_gw_attempts_turned_away_total", called="turned away"),
    ),
    Panel(
        title="Route classes",
        unit="reqps",
        says="Of models that are chosen by what is asked",
        shows=_rate("guardrail_gw_route_classes_total", "class", "by"),
    ),
)
_CACHE: Final = (
    Panel(
        title="Cache",
        unit="reqps",
        shows=_rate("guardrail_gw_cache_lookups_total", "result", "reason"),
    ),
    Panel(
        title="Answers that are kept",
        shows=_now("sum", "guardrail_gw_cache_entries", "pod")
        | _since("guardrail_gw_cache_evicted", called="went for want of room"),
    ),
    Panel(
        title="Memory that they take",
        unit="bytes",
        shows=_now("sum", "guardrail_gw_cache_bytes", "pod"),
    ),
)
_SAFEGUARDS: Final = (
    Panel(
        title="Safeguards at work",
        says="0 refuses every request",
        shows=_now("min", "guardrail_gw_detectors_alive", called="detectors")
        | _now("min", "guardrail_gw_audit_writable", called="log writable")
        | _now("min", "guardrail_gw_audit_collector_ok", called="collector")
        | _now("min", "guardrail_gw_audit_archive_ok", called="archive"),
    ),
    Panel(
        title="Found in requests, by kind",
        says="Whatever the policy does about it",
        shows=_rate("guardrail_gw_detections_total", "entity"),
    ),
    Panel(
        title="Refusals by rule",
        unit="reqps",
        says="The rules of policies that asked for them",
        shows=_rate("guardrail_gw_refusals_total", "rule", "code"),
    ),
    Panel(
        title="Texts that no detector has taken",
        says="Above 0 for long: more detectors, or workers",
        shows=_now("sum", "guardrail_gw_detection_waiting", "pod"),
    ),
    Panel(
        title="Placeholders put back, and missed",
        shows=_rate("guardrail_gw_placeholders_restored_total", called="put back")
        | _rate("guardrail_gw_restore_misses_total", "model", called="missed"),
    ),
)
_POLICIES: Final = (
    Panel(
        title="Policies in force",
        says="More than one digest for longer than a roll-out is a fault",
        shows=_now("count", "guardrail_gw_policy_info", "digest"),
    ),
    Panel(
        title="Serial of signed policies",
        shows=_now("max", "guardrail_gw_policy_serial", "pod"),
    ),
    Panel(
        title="Keys and configurations in force",
        says="More than one digest of keys for longer than a change takes is a fault",
        shows=_now("count", "guardrail_gw_secrets_info", "digest", called="keys")
        | _now("count", "guardrail_gw_config_info", "digest", called="gateway.yaml"),
    ),
    Panel(
        title="Refused as it lies there",
        says="1: the last good ones count",
        shows=_now("max", "guardrail_gw_policy_refused", "pod", called="policies")
        | _now("max", "guardrail_gw_secrets_refused", "pod", called="keys"),
    ),
    Panel(
        title="Changes within an hour",
        shows=_hourly("guardrail_gw_policy_changes_total", "result", called="policies")
        | _hourly("guardrail_gw_secrets_changes_total", "result", called="keys"),
    ),
    Panel(
        title="Conditions that could not be judged",
        unit="reqps",
        says="They counted: a condition only narrows",
        shows=_rate("guardrail_gw_policy_unsure_total", "document"),
    ),
    Panel(
        title="What a candidate would do",
        unit="reqps",
        shows=_rate("guardrail_gw_shadow_requests_total", "result"),
    ),
    Panel(
        title="What it would do otherwise",
        unit="reqps",
        shows=_rate("guardrail_gw_shadow_changes_total", "subject", "before", "after", "way"),
    ),
    Panel(
        title="Candidates that are judged",
        shows=_now("count", "guardrail_gw_shadow_info", "digest"),
    ),
)
_RECORD: Final = (
    Panel(
        title="Not recorded, forked",
        says="Both must stay 0",
        shows=_now("sum", "guardrail_gw_audit_unrecorded", called="not recorded")
        | _now("sum", "guardrail_gw_audit_collector_forked", called="forked"),
    ),
    Panel(
        title="Since the last signed checkpoint",
        unit="s",
        says="Silence is signed each minute: above two of them nobody signs",
        shows=_now("max", "guardrail_gw_audit_checkpoint_age_seconds", "pod"),
    ),
    Panel(
        title="Free on the log's disk",
        unit="bytes",
        shows=_now("min", "guardrail_gw_audit_free_bytes", "pod"),
    ),
    Panel(
        title="Room, as it is judged",
        says="0 enough, 1 less than `warn_bytes`, 2 full: new requests are refused",
        shows=_now("max", "guardrail_gw_audit_space", "pod"),
    ),
    Panel(
        title="Behind the collector",
        unit="s",
        shows=_now("max", "guardrail_gw_audit_collector_lag_seconds", "pod"),
    ),
    Panel(
        title="Not at the collector, not in the archive",
        shows=_now("sum", "guardrail_gw_audit_collector_lag_records", called="records")
        | _now("sum", "guardrail_gw_audit_archive_waiting", called="segments"),
    ),
)
_PROVIDERS: Final = (
    Panel(
        title="Attempts by result",
        unit="reqps",
        shows=_rate("guardrail_gw_attempts_total", "deployment", "result"),
    ),
    Panel(
        title="Attempts under way",
        shows=_now("sum", "guardrail_gw_attempts_in_flight", "deployment"),
    ),
    Panel(
        title="First token, as expected",
        unit="s",
        shows=_now("avg", "guardrail_gw_first_token_seconds", "deployment"),
    ),
    Panel(
        title="Breakers open",
        shows=_now("max", "guardrail_gw_breaker_open", "deployment"),
    ),
    Panel(
        title="Breakers that opened",
        says="Many in a minute: it flaps",
        shows=_since("guardrail_gw_breaker_changes", "deployment", where=', state="open"'),
    ),
    Panel(
        title="Answers that broke off and went on",
        unit="reqps",
        shows=_rate("guardrail_gw_answers_resumed_total", "deployment"),
    ),
    Panel(
        title="Connections",
        shows=_now("sum", "guardrail_gw_connections", "deployment", "state"),
    ),
    Panel(
        title="Connections made, resumed, found closed",
        shows=_since("guardrail_gw_connections_made", "deployment", called="made")
        | _since("guardrail_gw_connections_resumed", "deployment", called="resumed")
        | _since("guardrail_gw_connections_stale", "deployment", called="found closed"),
    ),
    Panel(
        title="TCP and TLS, as expected",
        unit="s",
        shows=_now("avg", "guardrail_gw_connect_seconds", "deployment"),
    ),
    Panel(
        title="Names looked up",
        shows=_since("guardrail_gw_name_look_ups", "result"),
    ),
)
_MCP: Final = (
    Panel(
        title="MCP requests by ending",
        unit="reqps",
        shows=_rate("guardrail_gw_mcp_requests_total", "ending"),
    ),
    Panel(
        title="MCP requests by server",
        unit="reqps",
        shows=_rate("guardrail_gw_mcp_requests_total", "server", "method"),
    ),
    Panel(
        title="Tools that failed",
        unit="reqps",
        shows=_rate("guardrail_gw_mcp_tool_errors_total", "server"),
    ),
    Panel(
        title="Orders to models in what servers say",
        shows=_hourly("guardrail_gw_mcp_suspicions_total", "server", "kind"),
    ),
    Panel(
        title="Calls that wait for a person",
        shows=_now("sum", "guardrail_gw_mcp_approvals_waiting", called="now"),
    ),
    Panel(
        title="What became of them within an hour",
        shows=_hourly("guardrail_gw_mcp_approvals_total", "decision"),
    ),
    Panel(
        title="MCP calls under way",
        shows=_now("sum", "guardrail_gw_mcp_calls_in_flight", "server", called="under way")
        | _now("sum", "guardrail_gw_mcp_calls_parked", "server", called="wait for clients"),
    ),
    Panel(
        title="MCP servers left alone",
        shows=_now("max", "guardrail_gw_mcp_breaker_open", "server"),
    ),
    Panel(
        title="MCP sessions and streams",
        shows=_now("sum", "guardrail_gw_mcp_sessions", called="sessions")
        | _now("sum", "guardrail_gw_mcp_listeners", called="streams that listen"),
    ),
)
_MONEY: Final = (
    Panel(
        title="Spent in an hour",
        unit="currencyUSD",
        shows=_hourly("guardrail_gw_cost_usd_total", "deployment"),
    ),
    Panel(
        title="Tokens",
        shows=_rate("guardrail_gw_tokens_total", "direction"),
    ),
    Panel(
        title="Answers whose cost nobody knows",
        shows=_hourly("guardrail_gw_unpriced_total", "deployment", "unknown"),
    ),
    Panel(
        title="No room left",
        shows=_since("guardrail_gw_allowance_refused", "allowance"),
    ),
    Panel(
        title="Budgets reached, gone down from, gone over",
        shows=_hourly("guardrail_gw_budget_reached_total", "budget", "percent")
        | _since("guardrail_gw_budget_downgraded", "budget", called="cheaper")
        | _since("guardrail_gw_budget_over", "budget", called="over"),
    ),
    Panel(
        title="Without the store",
        says="Rates are kept by each process; what it let through, and what was not told",
        shows=_now("max", "guardrail_gw_state_local", called="without store")
        | _since("guardrail_gw_state_local_granted", called="let through")
        | _since("guardrail_gw_state_local_lost", called="not told")
        | _now("sum", "guardrail_gw_settlements_lost", called="never settled"),
    ),
)
_TOLD: Final = (
    Panel(
        title="Messages for the webhook",
        shows=_hourly("guardrail_gw_webhook_messages_total", "result"),
    ),
    Panel(
        title="Exchanges told of",
        shows=_since("guardrail_gw_telemetry_exchanges", "result"),
    ),
)
_PROCESSES: Final = (
    Panel(
        title="Memory",
        unit="bytes",
        says="Pages that several processes have count in shares",
        shows=_now("sum", "guardrail_gw_memory_bytes", "pod", where=', kind="pss"'),
    ),
    Panel(
        title="Memory by process",
        unit="bytes",
        shows=_now("sum", "guardrail_gw_memory_bytes", "role", "number", where=', kind="pss"'),
    ),
    Panel(
        title="Processors",
        shows=_rate("guardrail_gw_process_cpu_seconds_total", "pod"),
    ),
    Panel(
        title="File descriptors",
        unit="percentunit",
        shows={
            "{{pod}}": (
                "max by (pod) (guardrail_gw_process_open_fds{@} / guardrail_gw_process_max_fds{@})"
            )
        },
    ),
    Panel(
        title="Workers",
        shows=_now("sum", "guardrail_gw_workers", called="wanted")
        | _now("sum", "guardrail_gw_workers_serving", called="serve")
        | _hourly("guardrail_gw_worker_restarts_total", "pod", "worker", called="replaced"),
    ),
    Panel(
        title="Since the start",
        unit="s",
        shows={
            "{{pod}}": "time() - max by (pod) (guardrail_gw_process_start_time_seconds{@})",
        },
    ),
)
_COLLECTOR: Final = (
    Panel(
        title="Parcels",
        says="Of all collectors that are scraped, whatever pods are chosen",
        shows={
            "{{gateway}} {{result}}": (
                "sum by (gateway, result) (rate(guardrail_gw_collector_parcels_total[5m]))"
            )
        },
    ),
    Panel(
        title="Records acknowledged",
        shows={
            "{{gateway}}": "sum by (gateway) (rate(guardrail_gw_collector_records_total[5m]))",
            "{{gateway}} forks": "sum by (gateway) (guardrail_gw_collector_forks_total)",
        },
    ),
    Panel(
        title="Since one was accepted",
        unit="s",
        says="A gateway in use is never silent for more than two minutes",
        shows={
            "{{gateway}}": (
                "time() - max by (gateway) (guardrail_gw_collector_last_accepted_seconds)"
            )
        },
    ),
)
ROWS: Final[Mapping[str, tuple[Panel, ...]]] = {
    "Requests": _REQUESTS,
    "Safeguards": _SAFEGUARDS,
    "The record": _RECORD,
    "Providers": _PROVIDERS,
    "MCP servers": _MCP,
    "Money": _MONEY,
    "Policies and keys": _POLICIES,
    "Processes": _PROCESSES,
    "Answers given again": _CACHE,
    "Who is told": _TOLD,
    "The collector": _COLLECTOR,
}
NOT_SHOWN: Final[Mapping[str, str]] = {
    "guardrail_gw_process_resident_memory_bytes": "memory_bytes has every process, with shares",
    "guardrail_gw_process_virtual_memory_bytes": "address space that is not used harms nobody",
    "guardrail_gw_secrets_generation": "secrets_changes_total counts the same changes",
}
"""Metrics that no panel shows -> why."""
