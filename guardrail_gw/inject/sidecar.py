"""The sidecar itself: its container, its volumes, and what the application is told."""

from typing import Any, Final

from guardrail_gw.inject.values import Sidecar

Tree = dict[str, Any]
NAME: Final = "guardrail-gw"
PREFIX: Final = "guardrail-gw-"
VOLUMES: Final = frozenset(
    PREFIX + name
    for name in (
        *("config", "policies", "audit-public", "keys", "credentials", "collector-tls"),
        *("spool", "tmp", "socket"),
    )
)
"""Every volume of ours, whatever the values say."""
PROBE: Final = "gw-probe"
SOCKETS: Final = "/run/guardrail-gw"
SOCKET: Final = f"{SOCKETS}/gateway.sock"
SOCKET_VARIABLE: Final = "GUARDRAIL_GW_SOCKET"
CONFIG: Final = "/etc/guardrail-gw/config/gateway.yaml"
SPOOL: Final = "/var/lib/guardrail-gw"
_SPOOL_VOLUME: Final = "guardrail-gw-spool"
SOCKET_VOLUME: Final = "guardrail-gw-socket"
_READ_BY_GROUP: Final = 0o440
_START_SECONDS: Final = 300


def container(values: Sidecar) -> Tree:
    """The sidecar's container, for `initContainers` if native and `containers` if plain."""
    made: Tree = {"name": NAME, "image": values.image}
    if values.form == "native":
        made["restartPolicy"] = "Always"
    made["args"] = ["serve", "--config", CONFIG, "--profile", "sidecar"]
    made["args"] += ["--log-level", values.log_level]
    made["ports"] = [{"name": PROBE, "containerPort": values.probe_port, "protocol": "TCP"}]
    made["startupProbe"] = _asks("/readyz", period=2, failures=_START_SECONDS // 2, timeout=2)
    made["livenessProbe"] = _asks("/livez", period=10, failures=3, timeout=5)
    made["readinessProbe"] = _asks("/readyz", period=5, failures=2, timeout=2)
    if values.form == "plain":
        made["lifecycle"] = _lifecycle(values)
    made["resources"] = values.resources.model_dump(by_alias=True, exclude_none=True)
    made["securityContext"] = restricted(values.user)
    made["volumeMounts"] = _mounts(values)
    return made


def restricted(user: int) -> Tree:
    """What the Pod Security level `restricted` asks of a container, and a tree nobody can write."""
    return {
        "runAsNonRoot": True,
        "runAsUser": user,
        "runAsGroup": user,
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def volumes(values: Sidecar) -> list[Tree]:
    """The pod's volumes that the sidecar needs; a template's claim brings its own."""
    made = [
        _config_map("config", values.config),
        _config_map("policies", values.policies),
        _config_map("audit-public", values.audit_public),
        _secret("keys", values.keys),
    ]
    if values.credentials:
        made.append(_secret("credentials", values.credentials))
    if values.collector_tls:
        made.append(_secret("collector-tls", values.collector_tls))
    if values.spool.kind == "emptyDir":
        made.append({"name": _SPOOL_VOLUME, "emptyDir": {"sizeLimit": values.spool.size}})
    elif values.spool.kind == "claim":
        claim = {"claimName": values.spool.claim}
        made.append({"name": _SPOOL_VOLUME, "persistentVolumeClaim": claim})
    made.append(_in_memory("tmp", "64Mi"))
    if values.listen.unix:
        made.append(_in_memory("socket", "1Mi"))
    return made


def claim_template(values: Sidecar) -> Tree:
    """The claim that each pod of a StatefulSet gets for its spool."""
    spec: Tree = {"accessModes": ["ReadWriteOnce"]}
    if values.spool.storage_class:
        spec["storageClassName"] = values.spool.storage_class
    spec["resources"] = {"requests": {"storage": values.spool.size}}
    return {"metadata": {"name": _SPOOL_VOLUME}, "spec": spec}


def variables(values: Sidecar) -> dict[str, str]:
    """What the application's containers are told."""
    if values.listen.unix:
        return {SOCKET_VARIABLE: SOCKET}
    here = f"http://127.0.0.1:{values.listen.port}"
    return {name: f"{here}{path}" for name, path in sorted(values.base_urls.items())}


def shared_mounts(values: Sidecar) -> list[Tree]:
    """What the application's containers mount: the socket, if there is one, and never a secret."""
    if not values.listen.unix:
        return []
    return [{"name": SOCKET_VOLUME, "mountPath": SOCKETS, "readOnly": True}]


def _mounts(values: Sidecar) -> list[Tree]:
    read = ["config", "policies", "audit-public", "keys"]
    if values.credentials:
        read.append("credentials")
    if values.collector_tls:
        read.append("collector-tls")
    made: list[Tree] = [
        {"name": PREFIX + name, "mountPath": f"/etc/guardrail-gw/{name}", "readOnly": True}
        for name in read
    ]
    made.append({"name": _SPOOL_VOLUME, "mountPath": SPOOL})
    made.append({"name": f"{PREFIX}tmp", "mountPath": "/tmp"})  # noqa: S108 - in a container of its own
    if values.listen.unix:
        made.append({"name": SOCKET_VOLUME, "mountPath": SOCKETS})
    return made


def _lifecycle(values: Sidecar) -> Tree:
    """Kubelet starts the next container when `postStart` is done, so the application waits."""
    url = f"http://127.0.0.1:{values.probe_port}"
    waits = ["guardrail-gw", "ready", "--url", url, "--within", str(_START_SECONDS)]
    return {"postStart": {"exec": {"command": waits}}}


def _asks(path: str, *, period: int, failures: int, timeout: int) -> Tree:
    return {
        "httpGet": {"path": path, "port": PROBE},
        "periodSeconds": period,
        "timeoutSeconds": timeout,
        "failureThreshold": failures,
    }


def _config_map(name: str, of: str) -> Tree:
    return {"name": PREFIX + name, "configMap": {"name": of}}


def _secret(name: str, of: str) -> Tree:
    secret = {"secretName": of, "defaultMode": _READ_BY_GROUP}
    return {"name": PREFIX + name, "secret": secret}


def _in_memory(name: str, size: str) -> Tree:
    return {"name": PREFIX + name, "emptyDir": {"medium": "Memory", "sizeLimit": size}}
