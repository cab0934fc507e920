"""Where the files of deploy/ lie."""

from pathlib import Path

DEPLOY = Path(__file__).resolve().parent.parent
CHART = DEPLOY / "helm" / "guardrail-gw"
KUSTOMIZE = DEPLOY / "kustomize"
