"""Charts, rendered by Helm's own engine, and what comes of them."""

import shutil
from pathlib import Path
from typing import Any

import helm_python
import yaml

from tests.house.sources import ROOT

CHART = ROOT / "deploy" / "helm" / "guardrail-gw"
LIBRARY = CHART / "charts" / "guardrail-gw-sidecar"
_APPLICATION = """\
{{- $values := index .Values "guardrail-gw-sidecar" -}}
{{- $workload := .Files.Get "workload.yaml" | fromYaml -}}
{{ include "guardrail-gw-sidecar.inject" (dict "workload" $workload "values" $values) }}
"""


def rendered(folder: Path, values: dict[str, Any]) -> list[dict[str, Any]]:
    """The objects that a chart makes of values, in the order of their files."""
    with helm_python.Chart.load(folder) as chart:
        files = chart.render(values, name="gw", namespace="guardrail")
    return [
        found
        for name in sorted(files)
        if not name.endswith("NOTES.txt")
        for found in yaml.safe_load_all(files[name])
        if found
    ]


def application(folder: Path, workload: str) -> Path:
    """A chart of somebody's application that uses the library chart for its workload."""
    (folder / "templates").mkdir(parents=True)
    (folder / "Chart.yaml").write_text("apiVersion: v2\nname: application\nversion: 1.0.0\n")
    (folder / "workload.yaml").write_text(workload)
    (folder / "templates" / "workload.yaml").write_text(_APPLICATION)
    shutil.copytree(LIBRARY, folder / "charts" / LIBRARY.name)
    return folder
