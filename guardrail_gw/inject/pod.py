"""One workload gets its sidecar, or a newer one: the same again changes nothing."""

from collections.abc import Callable, Collection, Iterable
from typing import Any, Final

from guardrail_gw.inject.checks import check, others
from guardrail_gw.inject.sidecar import (
    NAME,
    SOCKET_VOLUME,
    VOLUMES,
    claim_template,
    container,
    shared_mounts,
    variables,
    volumes,
)
from guardrail_gw.inject.values import Sidecar
from guardrail_gw.inject.workload import GRACE, LABEL, VARIABLES, Map, Workload

_KUBERNETES_GRACE: Final = 30
"""What terminationGracePeriodSeconds is where nothing is said."""
Keyed = list[dict[str, Any]]


def inject(there: Workload, values: Sidecar) -> None:
    """Change a workload in place.

    Raises:
        InjectError: a sidecar would be worth nothing there, and nothing was changed.
    """
    check(there, values)
    told = variables(values)
    for each in _told(there, values):
        _put(each, "env", [{"name": n, "value": v} for n, v in told.items()], old=there.managed)
        _put(each, "volumeMounts", shared_mounts(values), old={SOCKET_VOLUME})
    native = values.form == "native"
    made = [container(values)]
    _put(there.spec, "initContainers", made if native else [], old={NAME}, first=True)
    _put(there.spec, "containers", [] if native else made, old={NAME}, first=True)
    _put(there.spec, "volumes", volumes(values), old=VOLUMES)
    if there.kind == "StatefulSet":
        _claims(there.whole["spec"], values)
    _settle(there, values)


def _told(there: Workload, values: Sidecar) -> Iterable[Map]:
    """The containers that the sidecar serves: a plain one is not there yet for init containers."""
    served = list(others(there))
    if values.form == "plain":
        first = [id(each) for each in there.spec.get("initContainers") or ()]
        served = [each for each in served if id(each) not in first]
    return served


def _settle(there: Workload, values: Sidecar) -> None:
    """What the pod says of itself: its marks, its group, and how long it may take to stop."""
    grace = int(there.noted.get(GRACE, there.spec.get(_GRACE_FIELD, _KUBERNETES_GRACE)))
    _within(there.pod, "metadata", "labels")[LABEL] = values.form
    noted = _within(there.pod, "metadata", "annotations")
    noted[GRACE] = str(grace)
    noted[VARIABLES] = ",".join(variables(values))
    if values.form == "plain":
        there.spec[_GRACE_FIELD] = max(grace, values.stop_seconds)
    else:
        there.spec[_GRACE_FIELD] = grace + values.stop_seconds
    group = _within(there.spec, "securityContext")
    if "fsGroup" not in group:
        group["fsGroup"] = values.user
        group.setdefault("fsGroupChangePolicy", "OnRootMismatch")


_GRACE_FIELD: Final = "terminationGracePeriodSeconds"


def _claims(spec: Map, values: Sidecar) -> None:
    """The claims of a StatefulSet; they have their names in their metadata."""
    wanted = claim_template(values)
    _drop(spec, "volumeClaimTemplates", lambda each: _called(each) == _called(wanted))
    if values.spool.kind == "template":
        spec.setdefault("volumeClaimTemplates", []).append(wanted)


def _called(claim: Map) -> str:
    return str(claim["metadata"]["name"])


def _put(
    owner: Map, field: str, wanted: Keyed, *, old: Collection[str], first: bool = False
) -> None:
    """Make a list with names hold what is wanted, each in the place of what had its name.

    Args:
        owner: has the list, or gets it.
        field: the list's name.
        wanted: what has to be there, whole.
        old: names of ours from before; those that are not wanted go.
        first: what is new goes to the front.
    """
    gone = set(old) - {each["name"] for each in wanted}
    _drop(owner, field, lambda each: each.get("name") in gone)
    if not wanted:
        return
    if owner.get(field) is None:
        owner[field] = []
    for each in reversed(wanted) if first else wanted:
        _place(owner[field], each, first=first)


def _place(there: list[Any], wanted: dict[str, Any], *, first: bool) -> None:
    for at, found in enumerate(there):
        if found.get("name") == wanted["name"]:
            there[at] = wanted
            return
    there.insert(0 if first else len(there), wanted)


def _drop(owner: Map, field: str, gone: Callable[[Any], bool]) -> None:
    there = owner.get(field) or []
    kept = [each for each in there if not gone(each)]
    if len(kept) < len(there):
        there[:] = kept
        if not kept:
            del owner[field]


def _within(owner: Map, *path: str) -> Map:
    for step in path:
        if owner.get(step) is None:
            owner[step] = {}
        owner = owner[step]
    return owner
