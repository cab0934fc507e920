"""How what several processes say of themselves becomes what is said of all. Pure.

Counters and histograms are added up. Of a gauge, its name decides: that three workers each can
write their log does not make three.
"""

from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, auto
from typing import Any, Final

from prometheus_client.metrics_core import Metric

Told = Mapping[str, Any]
"""One family as a worker tells it: `name`, `type`, `text`, `samples` of name, labels, value."""


class Across(Enum):
    """What of the workers' values is the whole's."""

    SUM = auto()
    MOST = auto()
    LEAST = auto()


_MOST: Final = (
    *("audit_space", "audit_collector_lag_seconds", "audit_collector_forked"),
    *("policy_info", "policy_serial", "policy_refused", "shadow_info", "config_info"),
    *("secrets_info", "secrets_generation", "secrets_refused", "state_local"),
    *("breaker_open", "mcp_breaker_open", "first_token_seconds", "connect_seconds"),
    *("audit_checkpoint_age_seconds", "memory_bytes"),
)
_LEAST: Final = (
    *("audit_writable", "audit_free_bytes", "audit_archive_ok", "audit_collector_ok"),
    *("detectors_alive", "process_max_fds", "process_start_time_seconds"),
)
_SUM: Final = (
    *("exchanges_in_flight", "audit_unrecorded", "audit_archive_waiting", "detection_waiting"),
    *("audit_collector_lag_records", "attempts_in_flight", "breaker_changes"),
    *("connections", "connections_made", "connections_resumed", "connections_stale"),
    *("name_look_ups", "cache_entries", "cache_bytes", "cache_evicted"),
    *("allowance_refused", "budget_over", "budget_downgraded", "settlements_lost"),
    "telemetry_exchanges",
    *("mcp_sessions", "mcp_listeners", "mcp_approvals_waiting"),
    *("mcp_calls_in_flight", "mcp_calls_parked"),
    *("state_local_granted", "state_local_lost", "process_open_fds"),
    *("process_virtual_memory_bytes", "process_resident_memory_bytes"),
)
ACROSS: Final[Mapping[str, Across]] = {
    **{f"guardrail_gw_{name}": Across.MOST for name in _MOST},
    **{f"guardrail_gw_{name}": Across.LEAST for name in _LEAST},
    **{f"guardrail_gw_{name}": Across.SUM for name in _SUM},
}
"""Every gauge; one that is not here is shown worker by worker, so that it is never wrong."""

_ADDED: Final = ("counter", "histogram")
_Key = tuple[str, tuple[tuple[str, str], ...]]


def told(families: Iterable[Metric]) -> list[Told]:
    """A registry's families as a worker tells them."""
    return [
        {
            "name": each.name,
            "type": each.type,
            "text": each.documentation,
            "samples": [(s.name, dict(s.labels), s.value) for s in each.samples],
        }
        for each in families
    ]


def joined(workers: Mapping[int, Sequence[Told]]) -> list[Metric]:
    """The families of all workers as those of one gateway."""
    found: dict[str, Metric] = {}
    values: dict[str, dict[_Key, list[float]]] = {}
    for worker, families in workers.items():
        for family in families:
            name = family["name"]
            found.setdefault(name, Metric(name, family["text"], family["type"]))
            of_name = values.setdefault(name, {})
            apart = family["type"] not in _ADDED and name not in ACROSS
            for sample, labels, value in family["samples"]:
                more = {"worker": str(worker)} if apart else {}
                key = (sample, tuple(sorted((labels | more).items())))
                of_name.setdefault(key, []).append(value)
    for name, metric in found.items():
        for (sample, labels), each in values[name].items():
            metric.add_sample(sample, dict(labels), _whole(metric, sample, each))
    return list(found.values())


def _whole(metric: Metric, sample: str, values: Sequence[float]) -> float:
    if metric.type in _ADDED:
        return min(values) if sample.endswith("_created") else sum(values)
    match ACROSS.get(metric.name):
        case Across.MOST:
            return max(values)
        case Across.LEAST:
            return min(values)
        case _:
            return sum(values)
