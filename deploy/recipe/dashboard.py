"""The Grafana dashboard, as Grafana's JSON; what it shows is in panels.py."""

import json
from typing import Any

from deploy.recipe.panels import ROWS, Panel

_WIDTH, _HEIGHT = 8, 7
_PER_ROW = 24 // _WIDTH
_SOURCE = {"type": "prometheus", "uid": "${source}"}
_CHOSEN = 'namespace=~"$namespace", pod=~"$pod"'


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
