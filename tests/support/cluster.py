"""What a cluster would make of manifests, where schemas see nothing: each fault in a sentence."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

import yaml

Tree = dict[str, Any]
_QUANTITY: Final = re.compile(r"^(\d+(?:\.\d+)?)(m|Ki|Mi|Gi|Ti|k|M|G|T)?$")
_FACTOR: Final[dict[str | None, float]] = {None: 1.0, "m": 1e-3}
_FACTOR.update({unit: 1000.0**n for n, unit in enumerate(("k", "M", "G", "T"), 1)})
_FACTOR.update({unit: 1024.0**n for n, unit in enumerate(("Ki", "Mi", "Gi", "Ti"), 1)})
_NAME: Final = re.compile(r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")
_VALUE: Final = re.compile(r"^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$")
_PINNED: Final = re.compile(r"@sha256:[0-9a-f]{64}$")
_TEMPLATED: Final = {"Deployment", "StatefulSet", "DaemonSet", "Job"}
OURS: Final = {"guardrail-gw", "collector", "tables"}
"""Containers of ours, by name."""


def faults(objects: Iterable[Tree]) -> list[str]:
    """Everything that would not work, or not be safe, of objects that are applied together."""
    there = list(objects)
    return [
        f"{each['kind']} {each['metadata'].get('name')}: {fault}"
        for each in there
        for rule in (_named, *_RULES.get(each["kind"], ()))
        for fault in rule(each, there)
    ] + [
        f"{owner['kind']} {owner['metadata']['name']}: {fault}"
        for owner, pod in pods(there)
        for rule in _POD_RULES
        for fault in rule(pod, owner, there)
    ]


def pods(objects: Iterable[Tree]) -> Iterator[tuple[Tree, Tree]]:
    """Each object that makes pods, with the pod that it makes."""
    for each in objects:
        if each["kind"] in _TEMPLATED:
            yield each, each["spec"]["template"]
        elif each["kind"] == "CronJob":
            yield each, each["spec"]["jobTemplate"]["spec"]["template"]
        elif each["kind"] == "Pod":
            yield each, each


def containers(pod: Tree) -> list[Tree]:
    """All of a pod's containers."""
    spec = pod["spec"]
    return [*(spec.get("initContainers") or ()), *spec["containers"]]


def amount(quantity: str | float) -> float:
    """A quantity of Kubernetes as a number; ValueError for what is none."""
    match = _QUANTITY.match(str(quantity))
    if match is None:
        raise ValueError(quantity)
    return float(match[1]) * _FACTOR[match[2]]


Faults = Iterator[str]


def _named(each: Tree, _: list[Tree]) -> Faults:
    metadata = each["metadata"]
    if not _NAME.match(metadata.get("name", "")):
        yield "its name is no DNS label"
    for owner in (metadata, each.get("spec", {}).get("template", {}).get("metadata", {})):
        for key, value in (owner.get("labels") or {}).items():
            if not isinstance(value, str) or not _VALUE.match(value):
                yield f"label {key} has no value that a label may have"
        for key, value in (owner.get("annotations") or {}).items():
            if not isinstance(value, str):
                yield f"annotation {key} is no text"


def _selects(each: Tree, there: list[Tree]) -> Faults:
    if not list(_chosen(each["spec"].get("selector", {}).get("matchLabels"), there)):
        yield "its selector matches no pod"


def _own_pods(each: Tree, _: list[Tree]) -> Faults:
    wanted = each["spec"]["selector"]["matchLabels"].items()
    if not wanted <= each["spec"]["template"]["metadata"]["labels"].items():
        yield "its selector does not match its own pods"


def _service(each: Tree, there: list[Tree]) -> Faults:
    found = list(_chosen(each["spec"]["selector"], there))
    if not found:
        yield "it selects no pod"
    for port in each["spec"]["ports"]:
        for pod in found:
            named = {p.get("name") for c in containers(pod) for p in c.get("ports", ())}
            if port["targetPort"] not in named:
                yield f"its pods have no port {port['targetPort']}"


def _stateful(each: Tree, there: list[Tree]) -> Faults:
    name = each["spec"]["serviceName"]
    found = [s for s in there if s["kind"] == "Service" and s["metadata"]["name"] == name]
    if found and found[0]["spec"].get("clusterIP") != "None":
        yield f"the Service {name} is not headless"


def _scaled(each: Tree, there: list[Tree]) -> Faults:
    target = each["spec"]["scaleTargetRef"]
    found = [
        o
        for o in there
        if (o["kind"], o["metadata"]["name"]) == (target["kind"], target["name"])
        and o["apiVersion"] == target["apiVersion"]
    ]
    if not found:
        yield "it scales nothing"
    elif "replicas" in found[0]["spec"]:
        yield "what it scales says a number of replicas as well"
    if each["spec"]["minReplicas"] > each["spec"]["maxReplicas"]:
        yield "it wants more at least than at most"


def _network(each: Tree, _: list[Tree]) -> Faults:
    spec = each["spec"]
    for direction, rules in (("Ingress", spec.get("ingress")), ("Egress", spec.get("egress"))):
        if rules and direction not in spec["policyTypes"]:
            yield f"its rules of {direction} do not count"
    if not all(rule.get("from") for rule in spec.get("ingress") or ()):
        yield "a rule lets everybody in"
    if not all(rule.get("to") for rule in spec.get("egress") or ()):
        yield "a rule lets it out everywhere"


def _opened(each: Tree, there: list[Tree]) -> Faults:
    found = list(_chosen(each["spec"]["podSelector"].get("matchLabels"), there))
    ports = {p["containerPort"] for pod in found for c in containers(pod) for p in _ports(c)}
    for rule in each["spec"].get("ingress") or ():
        for port in rule.get("ports") or ():
            if found and port["port"] not in ports:
                yield f"it opens port {port['port']}, which its pods do not have"


def _monitor(each: Tree, there: list[Tree]) -> Faults:
    wanted = each["spec"]["selector"]["matchLabels"].items()
    services = [
        s
        for s in there
        if s["kind"] == "Service" and wanted <= s["metadata"].get("labels", {}).items()
    ]
    for endpoint in each["spec"]["endpoints"]:
        for service in services:
            if endpoint["port"] not in {p["name"] for p in service["spec"]["ports"]}:
                yield f"{service['metadata']['name']} has no port {endpoint['port']}"


_Rule = Callable[[Tree, list[Tree]], Faults]
_RULES: Final[dict[str, tuple[_Rule, ...]]] = {
    "Deployment": (_own_pods,),
    "StatefulSet": (_own_pods, _stateful),
    "DaemonSet": (_own_pods,),
    "Service": (_service,),
    "PodDisruptionBudget": (_selects,),
    "HorizontalPodAutoscaler": (_scaled,),
    "NetworkPolicy": (_network, _opened),
    "ServiceMonitor": (_monitor,),
}


def _probes(pod: Tree, _: Tree, __: list[Tree]) -> Faults:
    for container in containers(pod):
        named = {port.get("name") for port in container.get("ports", ())}
        for kind in ("startupProbe", "livenessProbe", "readinessProbe"):
            probe = container.get(kind)
            if probe and "httpGet" in probe and probe["httpGet"]["port"] not in named:
                yield f"{kind} of {container['name']} asks a port that it does not have"
    numbers = [p["containerPort"] for c in containers(pod) for p in c.get("ports", ())]
    if len(numbers) > len(set(numbers)):
        yield "two containers have one port"


def _mounts(pod: Tree, owner: Tree, _: list[Tree]) -> Faults:
    volumes = [volume["name"] for volume in pod["spec"].get("volumes") or ()]
    volumes += [
        claim["metadata"]["name"] for claim in owner["spec"].get("volumeClaimTemplates") or ()
    ]
    if len(volumes) > len(set(volumes)):
        yield "two volumes have one name"
    for container in containers(pod):
        mounts = container.get("volumeMounts") or []
        if len(mounts) > len({mount["mountPath"] for mount in mounts}):
            yield f"{container['name']} mounts two volumes at one place"
        for mount in mounts:
            if mount["name"] not in volumes:
                yield f"{container['name']} mounts {mount['name']}, which is not there"
            if "subPath" in mount:
                yield f"{container['name']} mounts a subPath, which is never updated"


def _sidecar(pod: Tree, owner: Tree, _: list[Tree]) -> Faults:
    for container in pod["spec"].get("initContainers") or ():
        if container["name"] in OURS:
            if container.get("restartPolicy") != "Always":
                yield "the sidecar among init containers would never let the pod start"
            if "startupProbe" not in container:
                yield "nothing makes the application wait"
    names = [container["name"] for container in containers(pod)]
    if len(names) > len(set(names)):
        yield "two containers have one name"
    if owner["kind"] in ("Job", "CronJob") and "guardrail-gw" in {
        container["name"] for container in pod["spec"]["containers"]
    }:
        yield "a Job would never end"


_CONTEXT: Final = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}


def _restricted(pod: Tree, _: Tree, __: list[Tree]) -> Faults:
    for container in (each for each in containers(pod) if each["name"] in OURS):
        context = container.get("securityContext") or {}
        if not _CONTEXT.items() <= context.items() or not context.get("runAsUser"):
            yield f"{container['name']} is not restricted"
        if not _PINNED.search(container["image"]):
            yield f"{container['name']} has an image that can change"
        for mount in container["volumeMounts"]:
            if mount["mountPath"].startswith("/etc/") and not mount.get("readOnly"):
                yield f"{container['name']} could write to {mount['mountPath']}"


def _shared(pod: Tree, _: Tree, __: list[Tree]) -> Faults:
    for name in ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"):
        if pod["spec"].get(name):
            yield f"{name} opens the pod"


def _quantities(pod: Tree, owner: Tree, _: list[Tree]) -> Faults:
    for container in containers(pod):
        resources = container.get("resources") or {}
        limits, requests = resources.get("limits") or {}, resources.get("requests") or {}
        try:
            for kind, quantity in requests.items():
                if amount(quantity) > amount(limits.get(kind, quantity)):
                    yield f"{container['name']} is promised more {kind} than it may have"
            if container["name"] in OURS and not {"memory"} <= limits.keys() & requests.keys():
                yield f"{container['name']} has no bound of memory"
        except ValueError as error:
            yield f"{container['name']}: {error} is no quantity"
    sizes = [v["emptyDir"].get("sizeLimit") for v in _volumes(pod) if "emptyDir" in v]
    sizes += [
        claim["spec"]["resources"]["requests"]["storage"]
        for claim in owner["spec"].get("volumeClaimTemplates") or ()
    ]
    for size in sizes:
        if size is None or not _QUANTITY.match(str(size)):
            yield f"a volume has the size {size}"


def _secrets(pod: Tree, _: Tree, __: list[Tree]) -> Faults:
    secret = {v["name"] for v in _volumes(pod) if "secret" in v and v["name"] != "app"}
    for volume in _volumes(pod):
        if "secret" in volume and volume["secret"].get("defaultMode", 0o644) & 0o037:
            yield f"others may read {volume['name']}"
    if secret and not (pod["spec"].get("securityContext") or {}).get("fsGroup"):
        yield "without fsGroup nobody but root can read Secrets of mode 0440"
    for container in containers(pod):
        mounted = {mount["name"] for mount in container.get("volumeMounts") or ()}
        if container["name"] not in OURS and mounted & secret:
            yield f"{container['name']} is given a Secret of the gateway"


def _configured(pod: Tree, _: Tree, there: list[Tree]) -> Faults:
    """gateway.yaml of the same set of objects says what the pod says."""
    for container in (each for each in containers(pod) if each["name"] == "guardrail-gw"):
        for config in _configs(pod, there):
            yield from _listens(config, container)
            yield from _lasts(config, pod)
            for path in _paths(config):
                places = [mount["mountPath"] for mount in container["volumeMounts"]]
                if not any(f"{path}/".startswith(f"{place}/") for place in places):
                    yield f"gateway.yaml names {path}, where nothing is mounted"


def _listens(config: Tree, container: Tree) -> Faults:
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    if config["probe"] != {"host": "0.0.0.0", "port": ports.get("gw-probe")}:  # noqa: S104 - what it says
        yield "gateway.yaml answers probes elsewhere"
    listen = config["listen"]
    is_local = listen.get("host") == "127.0.0.1" or "unix" in listen
    if (None if is_local else listen["port"]) != ports.get("gw"):
        yield "gateway.yaml listens elsewhere"


def _lasts(config: Tree, pod: Tree) -> Faults:
    limits = config.get("limits", {})
    drain_s = limits.get("drain_s", 30)
    needs = limits.get("drain_delay_s", 0) + drain_s + max(drain_s, 30) + 10
    if pod["spec"]["terminationGracePeriodSeconds"] < needs:
        yield f"it is killed before the {needs} s that the gateway may need"
    spool = [v for v in _volumes(pod) if v["name"] == "guardrail-gw-spool"]
    if config["audit"].get("lasting", True) and spool and "emptyDir" in spool[0]:
        yield "the log goes with the pod, and gateway.yaml does not know"


def _paths(config: object) -> Iterator[str]:
    """Every path of a container that a configuration names."""
    if isinstance(config, dict | list):
        for value in config.values() if isinstance(config, dict) else config:
            yield from _paths(value)
    elif isinstance(config, str) and config.startswith(("/etc/", "/var/", "/run/")):
        yield config


def _configs(pod: Tree, there: list[Tree]) -> Iterator[Tree]:
    names = {v["configMap"]["name"] for v in _volumes(pod) if "configMap" in v}
    for each in there:
        text = (each.get("data") or {}).get("gateway.yaml")
        if each["kind"] == "ConfigMap" and each["metadata"]["name"] in names and text:
            yield yaml.safe_load(text)


_POD_RULES: Final = (
    *(_probes, _mounts, _sidecar, _restricted, _shared, _quantities, _secrets, _configured),
)


def _ports(container: Tree) -> list[Tree]:
    return container.get("ports") or []


def _volumes(pod: Tree) -> list[Tree]:
    return pod["spec"].get("volumes") or []


def _chosen(wanted: Tree | None, there: list[Tree]) -> Iterator[Tree]:
    """The pods that have all of these labels."""
    for _, pod in pods(there):
        labels = (pod.get("metadata") or {}).get("labels") or {}
        if wanted and wanted.items() <= labels.items():
            yield pod
