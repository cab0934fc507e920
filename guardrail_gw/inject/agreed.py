"""Whether gateway.yaml and the pod say the same: a probe of another port is found before it fails.

What is right in gateway.yaml by itself, `guardrail-gw config check` says.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from guardrail_gw.inject.refused import InjectError
from guardrail_gw.inject.sidecar import SOCKET, SPOOL
from guardrail_gw.inject.values import Sidecar

_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_EVERYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 - where kubelet asks
_USUAL: Final[Mapping[str, Any]] = {
    "listen.host": "127.0.0.1",
    "listen.port": 8080,
    "limits.drain_s": 30,
    "limits.drain_delay_s": 0,
    "audit.lasting": True,
}
"""What gateway.yaml means where it says nothing (docs/configuration.md)."""


def check_config(config: object, values: Sidecar) -> None:
    """Pass a configuration that fits a sidecar.

    Args:
        config: gateway.yaml, read.
        values: the sidecar.

    Raises:
        InjectError: with everything that differs.
    """
    if not isinstance(config, Mapping) or config.get("kind") != "Gateway":
        raise InjectError("inject.malformed", "--config: this is no gateway.yaml")
    if found := [*_ports(config, values), *_times(config, values), *_places(config, values)]:
        raise InjectError("inject.config_disagrees", "gateway.yaml: " + "; ".join(found))


def _ports(config: Mapping[str, Any], values: Sidecar) -> Iterator[str]:
    if values.listen.unix:
        if _at(config, "listen.unix") != SOCKET:
            yield f"listen.unix has to be {SOCKET}"
    elif _at(config, "listen.unix"):
        yield "listen.unix is a socket, which the sidecar's values do not ask for"
    else:
        if _at(config, "listen.host") not in _LOOPBACK:
            yield "listen.host has to be 127.0.0.1, else other pods can use the sidecar"
        if _at(config, "listen.port") != values.listen.port:
            yield f"listen.port has to be {values.listen.port}"
    if _at(config, "probe.host") not in _EVERYWHERE:
        yield "probe.host has to be 0.0.0.0 or ::, since kubelet asks from outside"
    if _at(config, "probe.port") != values.probe_port:
        yield f"probe.port has to be {values.probe_port}"


def _times(config: Mapping[str, Any], values: Sidecar) -> Iterator[str]:
    for name, most in (
        ("limits.drain_s", values.drain_seconds),
        ("limits.drain_delay_s", values.drain_delay_seconds),
    ):
        if _at(config, name) > most:
            yield f"{name} is more than the {most} s that the pod leaves for it"


def _places(config: Mapping[str, Any], values: Sidecar) -> Iterator[str]:
    if _at(config, "audit.lasting") is not (values.spool.kind != "emptyDir"):
        yield f"audit.lasting does not fit a spool of kind {values.spool.kind}"
    for name, place in (
        ("policies", "/etc/guardrail-gw/policies"),
        ("audit.keys", "/etc/guardrail-gw/keys"),
        ("audit.public", "/etc/guardrail-gw/audit-public"),
    ):
        if str(_at(config, name)).rstrip("/") != place:
            yield f"{name} has to be {place}"
    if not str(_at(config, "audit.directory")).startswith(f"{SPOOL}/"):
        yield f"audit.directory has to be below {SPOOL}"


def _at(config: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401 - any scalar of YAML
    """The value of a field, or what is meant where there is none."""
    value: Any = config
    for step in name.split("."):
        value = value.get(step) if isinstance(value, Mapping) else None
    return _USUAL.get(name) if value is None else value
