"""Where a workload of Kubernetes keeps the template of its pods, and what it makes of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.inject.refused import InjectError

Map = dict[str, Any]
_SPEC: Final = ("spec", "template")
_TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "Pod": (),
    "Deployment": _SPEC,
    "StatefulSet": _SPEC,
    "DaemonSet": _SPEC,
    "Job": _SPEC,
    "CronJob": ("spec", "jobTemplate", *_SPEC),
}
_GROUPS: Final = frozenset({"v1", "apps/v1", "batch/v1"})
LABEL: Final = "guardrail-gw/sidecar"
"""Label of an injected pod: `native` or `plain`. NetworkPolicies and monitors select by it."""
VARIABLES: Final = "guardrail-gw/variables"
"""Annotation: the variables that were set, so that others can take their place."""
GRACE: Final = "guardrail-gw/grace-of-app"
"""Annotation: how many seconds of terminationGracePeriodSeconds are the application's."""
OPT_OUT: Final = "guardrail-gw/inject"
"""Annotation of a pod's template: `"false"` leaves it alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """One object that makes pods."""

    kind: str
    name: str
    whole: Map = field(repr=False)
    pod: Map = field(repr=False)
    """Its `metadata` and `spec`, as of one pod."""

    @property
    def spec(self) -> Map:
        """Of the pod."""
        spec: Map = self.pod["spec"]
        return spec

    @property
    def ends(self) -> bool:
        """Whether its pods come to an end by themselves."""
        return (
            self.kind in ("Job", "CronJob") or self.spec.get("restartPolicy", "Always") != "Always"
        )

    @property
    def shares_claims(self) -> bool:
        """Whether two of its pods can be there at once, and would mount one claim."""
        if self.kind == "Pod":
            return False
        spec = self.whole["spec"]
        if self.kind == "Deployment":
            recreated = spec.get("strategy", {}).get("type") == "Recreate"
            return spec.get("replicas", 1) > 1 or not recreated
        if self.kind == "CronJob" and spec.get("concurrencyPolicy", "Allow") == "Allow":
            return True
        if self.kind in ("Job", "CronJob"):
            job = spec["jobTemplate"]["spec"] if self.kind == "CronJob" else spec
            return bool(job.get("parallelism", 1) > 1)
        return not (self.kind == "StatefulSet" and spec.get("replicas", 1) <= 1)

    @property
    def is_left_alone(self) -> bool:
        """Whether its author wants no sidecar."""
        return str(self.noted.get(OPT_OUT, "")).lower() == "false"

    @property
    def is_injected(self) -> bool:
        """Whether there is a sidecar already."""
        return LABEL in ((self.pod.get("metadata") or {}).get("labels") or {})

    @property
    def managed(self) -> frozenset[str]:
        """The variables that were set when it got its sidecar."""
        return frozenset(filter(None, str(self.noted.get(VARIABLES, "")).split(",")))

    @property
    def noted(self) -> Mapping[str, Any]:
        """The pod's annotations."""
        return (self.pod.get("metadata") or {}).get("annotations") or {}


def workload(document: object) -> Workload | None:
    """The workload that a document is; None for anything else.

    Raises:
        InjectError: it says that it is one, and has no pod where its kind has it.
    """
    if not isinstance(document, dict):
        return None
    kind = str(document.get("kind"))
    if kind not in _TEMPLATES or document.get("apiVersion") not in _GROUPS:
        return None
    name = str((document.get("metadata") or {}).get("name", "?"))
    pod: Any = document
    for step in _TEMPLATES[kind]:
        pod = pod.get(step) if isinstance(pod, dict) else None
    spec = pod.get("spec") if isinstance(pod, dict) else None
    if not isinstance(spec, dict) or not spec.get("containers"):
        raise InjectError("inject.malformed", f"{kind} {name}: no containers where they should be")
    return Workload(kind=kind, name=name, whole=document, pod=pod)
