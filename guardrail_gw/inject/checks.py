"""What a sidecar would be worth nothing beside: each is refused, with what to do instead."""

from collections.abc import Iterator, Mapping
from typing import Any

from guardrail_gw.inject.refused import InjectError
from guardrail_gw.inject.sidecar import NAME, PROBE, SOCKET_VOLUME, VOLUMES, variables
from guardrail_gw.inject.values import Sidecar
from guardrail_gw.inject.workload import Workload


def check(there: Workload, values: Sidecar) -> None:
    """Pass what can be injected.

    Raises:
        InjectError: with the first reason why not.
    """
    for each in (_spool, _form, _namespaces, _names, _ports, _variables, _secrets):
        for code, message in each(there, values):
            raise InjectError(code, f"{there.kind} {there.name}: {message}")


Found = Iterator[tuple[str, str]]


def _spool(there: Workload, values: Sidecar) -> Found:
    kind = values.spool.kind
    if kind == "emptyDir" and values.durability != "remote":
        yield (
            "inject.spool_not_lasting",
            (
                f"durability {values.durability} counts on the pod's disk, and an emptyDir goes "
                "with the pod; give a claim (spool.kind), or durability: remote"
            ),
        )
    if kind == "claim" and there.shares_claims:
        yield (
            "inject.claim_shared",
            (
                "several of its pods would write one log; one replica with strategy Recreate, "
                "a StatefulSet with spool.kind template, or durability: remote"
            ),
        )
    if kind == "template" and there.kind != "StatefulSet":
        yield (
            "inject.template_needs_statefulset",
            "only a StatefulSet gives each pod a claim of its own that outlives it",
        )


def _form(there: Workload, values: Sidecar) -> Found:
    if values.form == "plain" and there.ends:
        yield (
            "inject.plain_ends_never",
            "its pods would never end beside an ordinary container; form: native (1.29 or newer)",
        )
    if values.form == "plain" and not values.drain_delay_seconds:
        yield (
            "inject.plain_stops_first",
            (
                "the application is told to stop at the same moment and still needs the gateway; "
                "drainDelaySeconds (limits.drain_delay_s of gateway.yaml) says for how long"
            ),
        )


def _namespaces(there: Workload, _: Sidecar) -> Found:
    for name in ("hostNetwork", "hostPID", "shareProcessNamespace"):
        if there.spec.get(name):
            yield (
                "inject.shared_namespace",
                f"with {name} others reach the sidecar's loopback or read its files; take it away",
            )


def _names(there: Workload, _: Sidecar) -> Found:
    if there.is_injected:
        return
    named = {str(each.get("name")) for each in others(there)} & {NAME}
    named |= {str(each.get("name")) for each in there.spec.get("volumes") or ()} & VOLUMES
    for name in sorted(named):
        yield "inject.name_taken", f"something of its own is named {name}; rename it"


def _ports(there: Workload, values: Sidecar) -> Found:
    ours = {values.probe_port} | (set() if values.listen.unix else {values.listen.port})
    for container in others(there):
        for port in container.get("ports") or ():
            if port.get("containerPort") in ours or port.get("name") == PROBE:
                yield (
                    "inject.port_taken",
                    (
                        f"container {container.get('name')} has port {port.get('containerPort')}; "
                        "containers of a pod share ports, so give the sidecar others"
                    ),
                )


def _variables(there: Workload, values: Sidecar) -> Found:
    told = variables(values)
    managed = there.managed
    for container in others(there):
        for entry in container.get("env") or ():
            name = entry.get("name")
            if name in told and name not in managed and entry.get("value") != told[name]:
                yield (
                    "inject.variable_taken",
                    (
                        f"container {container.get('name')} sets {name} to something else, which "
                        "leads past the gateway; take it away"
                    ),
                )


def _secrets(there: Workload, values: Sidecar) -> Found:
    carried = {
        volume.get("name"): names
        for volume in there.spec.get("volumes") or ()
        if (names := values.secrets & set(secrets_of(volume)))
    }
    carried |= {name: frozenset({name}) for name in VOLUMES - {SOCKET_VOLUME}}
    for container in others(there):
        seen = values.secrets & set(secrets_of(container.get("env"), container.get("envFrom")))
        for mount in container.get("volumeMounts") or ():
            seen |= carried.get(mount.get("name"), frozenset())
        if seen:
            yield (
                "inject.secret_in_app",
                (
                    f"container {container.get('name')} is given {min(seen)}, "
                    "which is the sidecar's alone"
                ),
            )


def others(there: Workload) -> Iterator[dict[str, Any]]:
    """Every container but the sidecar: only what carries our name and mark is the sidecar."""
    for field in ("initContainers", "containers"):
        for container in there.spec.get(field) or ():
            if container.get("name") != NAME or not there.is_injected:
                yield container


def secrets_of(*parts: object) -> Iterator[str]:
    """Names of Secrets anywhere in a part of a pod's specification."""
    for part in parts:
        if isinstance(part, Mapping):
            for key, value in part.items():
                yield from _named(key, value)
                yield from secrets_of(value)
        elif isinstance(part, list | tuple):
            yield from secrets_of(*part)


def _named(key: str, value: object) -> Iterator[str]:
    if key == "secretName" and isinstance(value, str):
        yield value
    elif key in ("secret", "secretRef", "secretKeyRef") and isinstance(value, Mapping):
        yield str(value.get("name", ""))
