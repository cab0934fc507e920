"""Kustomize: the chart with its defaults as a base, and the sidecar as components."""

from collections.abc import Sequence
from typing import Any

import helm_python
import yaml

from deploy.recipe.places import CHART
from guardrail_gw.inject.sidecar import Tree, claim_template, container, volumes
from guardrail_gw.inject.values import Sidecar
from guardrail_gw.inject.workload import LABEL

_IMAGE = "guardrail-gw:unset"
_POLICIES = "guardrail-gw-policies"
_ELSEWHERE = "applications"
_FOUND: Tree = {"image": _IMAGE, "allowTag": True, "networkPolicy": {"enabled": False}}
_TIER: Tree = _FOUND | {"gateway": {"existingPolicies": _POLICIES}}
_NO_TIER: Tree = _FOUND | {"gateway": {"enabled": False}}
_COLLECTOR: Tree = _NO_TIER | {
    "collector": {"enabled": True, "gateways": [{"certificate": "unset", "origin": "unset"}]}
}
_GUARDED: Tree = _TIER | {"networkPolicy": {"applications": [_ELSEWHERE]}}
_MONITORED: Tree = _NO_TIER | {
    "monitoring": {"serviceMonitor": True, "podMonitor": True, "rules": True, "dashboard": True}
}
_HELMS = ("app.kubernetes.io/managed-by: ", "guardrail-gw/config: ")
"""Lines that say something about Helm, or about a configuration that is not there."""
_HEAD = "# Made by `make deploy` from {source}; change that.\n"


def made() -> dict[str, str]:
    """Name below deploy/kustomize -> text."""
    native = _sidecar({"durability": "remote"})
    plain = _sidecar({"durability": "remote", "form": "plain", "drainDelaySeconds": 15})
    lasting = _sidecar({"spool": {"kind": "template"}})
    return {
        "tier/tier.yaml": _rendered(_TIER, ("account", "gateway"), own="gateway.yaml"),
        "collector/collector.yaml": _rendered(
            _COLLECTOR, ("account", "collector"), own="collector.yaml"
        ),
        "components/sidecar/sidecar.yaml": _patch(native, kind="Deployment"),
        "components/sidecar-lasting/sidecar.yaml": _patch(lasting, kind="StatefulSet"),
        "components/sidecar-plain/sidecar.yaml": _patch(plain, kind="Deployment"),
        "components/network/network.yaml": _rendered(_GUARDED, ("network",), elsewhere=False),
        "components/egress-tier/network.yaml": _rendered(_GUARDED, ("network",), elsewhere=True),
        "components/monitoring/monitoring.yaml": _rendered(_MONITORED, ("monitoring",)),
    }


def _rendered(
    values: Tree, files: Sequence[str], *, own: str = "", elsewhere: bool | None = None
) -> str:
    """The chart's objects of some files.

    Args:
        values: of the chart.
        files: names of templates.
        own: the ConfigMap with this file is the overlay's to generate.
        elsewhere: whether those of other namespaces, or of the release's; None: all.
    """
    with helm_python.Chart.load(CHART) as chart:
        rendered = chart.render(values, name="guardrail-gw", namespace="guardrail-gw")
    found: list[dict[str, Any]] = [
        each
        for name in files
        for each in yaml.safe_load_all(rendered[f"guardrail-gw/templates/{name}.yaml"])
        if each and own not in (each.get("data") or {})
    ]
    kept = []
    for each in found:
        namespace = each["metadata"].pop("namespace")
        if elsewhere in (None, namespace == _ELSEWHERE):
            kept.append(each)
    text = yaml.safe_dump_all(kept, sort_keys=False, width=10_000)
    lines = [line for line in text.splitlines() if not line.strip().startswith(_HELMS)]
    head = _HEAD.format(source="the Helm chart")
    return head + "\n".join(lines).replace("      annotations:\n    spec:", "    spec:") + "\n"


def _sidecar(values: Tree) -> Sidecar:
    return Sidecar.model_validate({"image": _IMAGE, "allowTag": True} | values)


def _patch(values: Sidecar, *, kind: str) -> str:
    """A strategic merge patch: lists of containers and volumes are merged by name."""
    where = "initContainers" if values.form == "native" else "containers"
    template: Tree = {
        "metadata": {"labels": {LABEL: values.form}},
        "spec": {
            "securityContext": {"fsGroup": values.user, "fsGroupChangePolicy": "OnRootMismatch"},
            "terminationGracePeriodSeconds": 30 + values.stop_seconds,
            where: [container(values)],
            "volumes": volumes(values),
        },
    }
    spec: Tree = {"template": template}
    if values.spool.kind == "template":
        spec["volumeClaimTemplates"] = [
            {"apiVersion": "v1", "kind": "PersistentVolumeClaim"} | claim_template(values)
        ]
    patch = {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": "any"}, "spec": spec}
    head = _HEAD.format(source="guardrail_gw/inject")
    return head + yaml.safe_dump(patch, sort_keys=False)
