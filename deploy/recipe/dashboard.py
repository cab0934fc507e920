"""The Grafana dashboard, from a table of what is shown."""

import json
from dataclasses import dataclass
from typing import Any

_WIDTH, _HEIGHT = 8, 7
_PER_ROW = 24 // _WIDTH
_SOURCE = {"type": "prometheus", "uid": "${source}"}
_CHOSEN = 'namespace=~"$namespace", pod=~"$pod"'


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One picture."""

    title: str
    shows: dict[str, str]
    """What each line is called -> its query; `@` stands for the chosen namespaces and pods."""
    unit: str = "short"
    says: str = ""


ROWS: dict[str, list[Panel]] = {
    "Requests": [
        Panel(
            title="Exchanges by ending",
            unit="reqps",
            shows={"{{ending}}": "sum by (ending) (rate(guardrail_gw_exchanges_total{@}[5m]))"},
        ),
        Panel(
            title="Refusals by code",
            unit="reqps",
            shows={
                "{{code}}": 'sum by (code) (rate(guardrail_gw_exchanges_total{@, code!=""}[5m]))'
            },
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
            shows={"{{pod}}": "sum by (pod) (guardrail_gw_exchanges_in_flight{@})"},
        ),
        Panel(
            title="Without a known key",
            unit="reqps",
            shows={"turned away": "sum(rate(guardrail_gw_attempts_turned_away_total{@}[5m]))"},
        ),
        Panel(
            title="Cache",
            unit="reqps",
            shows={"{{result}}": "sum by (result) (rate(guardrail_gw_cache_lookups_total{@}[5m]))"},
        ),
    ],
    "Safeguards": [
        Panel(
            title="Placeholders put back, and missed",
            shows={
                "put back": "sum(rate(guardrail_gw_placeholders_restored_total{@}[5m]))",
                "missed {{model}}": (
                    "sum by (model) (rate(guardrail_gw_restore_misses_total{@}[5m]))"
                ),
            },
        ),
        Panel(
            title="Policies in force",
            says="More than one digest for longer than a roll-out is a fault",
            shows={"{{digest}}": "count by (digest) (guardrail_gw_policy_info{@})"},
        ),
        Panel(
            title="Safeguards at work",
            says="0 refuses every request",
            shows={
                "detectors": "min(guardrail_gw_detectors_alive{@})",
                "log writable": "min(guardrail_gw_audit_writable{@})",
                "collector": "min(guardrail_gw_audit_collector_ok{@})",
                "archive": "min(guardrail_gw_audit_archive_ok{@})",
            },
        ),
    ],
    "The record": [
        Panel(
            title="Behind the collector",
            unit="s",
            shows={"{{pod}}": "max by (pod) (guardrail_gw_audit_collector_lag_seconds{@})"},
        ),
        Panel(
            title="Free on the log's disk",
            unit="bytes",
            shows={"{{pod}}": "min by (pod) (guardrail_gw_audit_free_bytes{@})"},
        ),
        Panel(
            title="Not recorded, forked",
            says="Both must stay 0",
            shows={
                "not recorded": "sum(guardrail_gw_audit_unrecorded{@})",
                "forked": "sum(guardrail_gw_audit_collector_forked{@})",
            },
        ),
    ],
    "Providers": [
        Panel(
            title="Attempts by result",
            unit="reqps",
            shows={
                "{{deployment}} {{result}}": (
                    "sum by (deployment, result) (rate(guardrail_gw_attempts_total{@}[5m]))"
                )
            },
        ),
        Panel(
            title="Breakers open",
            shows={"{{deployment}}": "max by (deployment) (guardrail_gw_breaker_open{@})"},
        ),
        Panel(
            title="First token, as expected",
            unit="s",
            shows={"{{deployment}}": "avg by (deployment) (guardrail_gw_first_token_seconds{@})"},
        ),
    ],
    "Money": [
        Panel(
            title="Spent in an hour",
            unit="currencyUSD",
            shows={
                "{{deployment}}": (
                    "sum by (deployment) (increase(guardrail_gw_cost_usd_total{@}[1h]))"
                )
            },
        ),
        Panel(
            title="Tokens",
            shows={
                "{{direction}}": "sum by (direction) (rate(guardrail_gw_tokens_total{@}[5m]))",
            },
        ),
        Panel(
            title="No room left, or no store",
            shows={
                "{{allowance}}": (
                    "sum by (allowance) (delta(guardrail_gw_allowance_refused{@}[5m]))"
                ),
                "without store": "max(guardrail_gw_state_local{@})",
            },
        ),
    ],
    "Processes": [
        Panel(
            title="Memory",
            unit="bytes",
            shows={"{{pod}}": "sum by (pod) (guardrail_gw_process_resident_memory_bytes{@})"},
        ),
        Panel(
            title="Processors",
            shows={
                "{{pod}}": "sum by (pod) (rate(guardrail_gw_process_cpu_seconds_total{@}[5m]))",
            },
        ),
        Panel(
            title="File descriptors",
            unit="percentunit",
            shows={
                "{{pod}}": (
                    "max by (pod) "
                    "(guardrail_gw_process_open_fds{@} / guardrail_gw_process_max_fds{@})"
                )
            },
        ),
    ],
}


def dashboard() -> str:
    """The dashboard as Grafana's JSON."""
    panels: list[dict[str, Any]] = []
    y = 0
    for title, row in ROWS.items():
        panels.append(_row(len(panels) + 1, title, y))
        y += 1
        for place, panel in enumerate(row):
            across, down = place % _PER_ROW, place // _PER_ROW
            at = {"h": _HEIGHT, "w": _WIDTH, "x": across * _WIDTH, "y": y + down * _HEIGHT}
            panels.append(_panel(len(panels) + 1, panel, at))
        y += -(-len(row) // _PER_ROW) * _HEIGHT
    whole = {
        "uid": "guardrail-gw",
        "title": "guardrail-gw",
        "tags": ["guardrail-gw"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": _variables()},
        "panels": panels,
    }
    return json.dumps(whole, indent=1) + "\n"


def _row(number: int, title: str, y: int) -> dict[str, Any]:
    at = {"h": 1, "w": 24, "x": 0, "y": y}
    return {"id": number, "type": "row", "title": title, "collapsed": False, "gridPos": at}


def _panel(number: int, panel: Panel, at: dict[str, int]) -> dict[str, Any]:
    return {
        "id": number,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.says,
        "datasource": _SOURCE,
        "gridPos": at,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {"legend": {"displayMode": "list"}, "tooltip": {"mode": "multi"}},
        "targets": [
            {"refId": chr(65 + place), "expr": query.replace("@", _CHOSEN), "legendFormat": legend}
            for place, (legend, query) in enumerate(panel.shows.items())
        ],
    }


def _variables() -> list[dict[str, Any]]:
    chosen: dict[str, Any] = {
        "type": "query",
        "datasource": _SOURCE,
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "current": {"text": "All", "value": "$__all"},
    }
    metric = "guardrail_gw_audit_writable"
    return [
        {"name": "source", "type": "datasource", "query": "prometheus", "label": "Source"},
        chosen | {"name": "namespace", "query": f"label_values({metric}, namespace)"},
        chosen
        | {"name": "pod", "query": f'label_values({metric}{{namespace=~"$namespace"}}, pod)'},
    ]
