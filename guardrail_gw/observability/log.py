"""Log lines: one JSON object per line on standard error, of listed events and fields only.

What is not on the list does not get out: a field that somebody adds in passing is dropped, not
printed. docs/logs.md lists them; a house test holds the two together.
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog

EVENTS = frozenset(
    {
        "audit.archive_failed",
        "audit.archived",
        "audit.collector_back",
        "audit.collector_failed",
        "audit.set_aside",
        "audit.space_enough",
        "audit.space_full",
        "audit.space_low",
        "audit.recipients_expire",
        "budget.reached",
        "catalog.stale",
        "collector.database",
        "collector.forked",
        "collector.ready",
        "collector.refused",
        "collector.stopped",
        "collector.turned_away",
        "config.changed",
        "credential.no_token",
        "mcp.keys_unavailable",
        "gateway.starting",
        "gateway.admin",
        "gateway.sized",
        "gateway.ready",
        "gateway.stopping",
        "gateway.stopped",
        "gateway.withdrawn",
        "gateway.ended",
        "gateway.defect",
        "mcp.pins_unreadable",
        "mcp.unpinned",
        "policy.loaded",
        "policy.kept",
        "secrets.kept",
        "secrets.loaded",
        "shadow.loaded",
        "shadow.refused",
        "state.local",
        "state.shared",
        "supervisor.gave_up",
        "telemetry.back",
        "telemetry.failed",
        "webhook.failed",
        "worker.ended",
        "worker.not_started",
        "worker.started",
        "exchange.ended",
    }
)
FIELDS = frozenset(
    {
        "about",
        "address",
        "age_days",
        "attempts",
        "budget",
        "code",
        "credential",
        "days",
        "deployment",
        "digest",
        "duration_ms",
        "ending",
        "event",
        "exception",
        "free_mb",
        "gateway",
        "level",
        "origin",
        "path",
        "percent",
        "problem",
        "request_id",
        "serial",
        "status",
        "surface",
        "timestamp",
        "version",
        "unit",
        "cpus",
        "detectors",
        "memory_mb",
        "profile",
        "workers",
        "used",
        "worker",
    }
)
"""Each holds a name from the configuration, a number, a stable code or a time."""


def configure(
    stream: TextIO | None = None, *, level: str = "info", worker: int | None = None
) -> None:
    """Send our log lines to `stream` and silence every other library's.

    Args:
        stream: standard error if None.
        level: `debug`, `info`, `warning` or `error`.
        worker: which of several processes this is; each of its lines says so.
    """
    named = {} if worker is None else {"worker": worker}

    def added(_logger: object, _method: str, line: MutableMapping[str, Any]) -> Mapping[str, Any]:
        return {**line, **named}

    logging.getLogger().addHandler(logging.NullHandler())
    logging.getLogger().setLevel(logging.CRITICAL)  # libraries quote what they were given
    structlog.configure(
        processors=[
            added,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            only_listed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        # one write for a line, or those of processes that share the stream would mix
        logger_factory=structlog.WriteLoggerFactory(stream or sys.stderr),
        cache_logger_on_first_use=False,
    )


def only_listed(_logger: Any, _method: str, line: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - structlog's signature
    """Drop every field that is not listed; an event that is not becomes `gateway.defect`."""
    kept = {name: value for name, value in line.items() if name in FIELDS}
    if kept.get("event") not in EVENTS:
        kept["event"] = "gateway.defect"
    return kept
