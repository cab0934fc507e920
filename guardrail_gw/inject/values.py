"""What an operator says about a sidecar; the values of the Helm library chart have this form."""

import re
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from guardrail_gw.documents import Strict

ObjectName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
Quantity = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)?(m|Ki|Mi|Gi|Ti|k|M|G|T)?$")]
Port = Annotated[int, Field(ge=1024, le=65535)]
"""The sidecar is not root, so ports below are not its own."""
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")]
UrlPath = Annotated[str, Field(pattern=r"^(/[A-Za-z0-9._~-]+)*$")]
Whole = Annotated[int, Field(ge=0, le=86_400)]
_PINNED: Final = re.compile(r"@sha256:[0-9a-f]{64}$")


_PATIENCE_SECONDS: Final = 30
"""What a supervisor leaves its workers beyond draining; the last records go to a collector for at
most as long as draining."""
_FLUSH_SECONDS: Final = 10


class _Camel(Strict):
    """Fields are spelled as Kubernetes spells its own."""

    model_config = ConfigDict(alias_generator=to_camel)


class Listen(_Camel):
    """Where the application reaches the gateway; nobody outside of the pod can."""

    port: Port = 14080
    """On 127.0.0.1."""
    unix: bool = False
    """A Unix socket on a volume that both containers share, instead of the port."""


class Spool(_Camel):
    """Where the audit log, the key register and the state lie."""

    kind: Literal["emptyDir", "claim", "template"] = "emptyDir"
    """`claim`: a PersistentVolumeClaim that is there; `template`: one for each pod of a
    StatefulSet."""
    claim: ObjectName | None = None
    size: Quantity = "2Gi"
    """Of a template's claims, and the most that an emptyDir may take."""
    storage_class: ObjectName | None = None

    @model_validator(mode="after")
    def _named(self) -> Self:
        if (self.kind == "claim") != (self.claim is not None):
            raise ValueError("spool.claim and kind `claim` go together")
        return self


class Requests(_Camel):
    """What the sidecar is promised."""

    cpu: Quantity = "100m"
    memory: Quantity = "320Mi"


class Limits(_Camel):
    """What it may use; by itself without a bound on CPU, since that stretches every request."""

    cpu: Quantity | None = None
    memory: Quantity = "768Mi"


class Resources(_Camel):
    """CPU and memory."""

    requests: Requests = Requests()
    limits: Limits = Limits()


_USUAL: Final[dict[str, str | None]] = {"OPENAI_BASE_URL": "/v1", "ANTHROPIC_BASE_URL": ""}


def _with_usual(given: dict[str, str | None]) -> dict[str, str | None]:
    return {name: path for name, path in (_USUAL | given).items() if path is not None}


class Sidecar(_Camel):
    """Everything about one sidecar."""

    image: Annotated[str, Field(pattern=r"^[a-z0-9][A-Za-z0-9._:/@-]{0,399}$")]
    """By digest: `registry.example/guardrail-gw@sha256:…`."""
    allow_tag: bool = False
    """A tag may do, for trials: it can be pointed elsewhere later."""
    form: Literal["native", "plain"] = "native"
    """`plain`: an ordinary container, for clusters before 1.29."""
    listen: Listen = Listen()
    probe_port: Port = 14081
    """Where kubelet and Prometheus ask: `probe.port` of gateway.yaml."""
    config: ObjectName = "guardrail-gw-config"
    """The ConfigMap with gateway.yaml."""
    policies: ObjectName = "guardrail-gw-policies"
    """The ConfigMap with the policies."""
    audit_public: ObjectName = "guardrail-gw-audit-public"
    """The ConfigMap with the folder audit-public."""
    keys: ObjectName = "guardrail-gw-keys"
    """The Secret with the gateway's keys."""
    credentials: ObjectName | None = "guardrail-gw-credentials"
    """The Secret with the providers' keys, one file each."""
    collector_tls: ObjectName | None = None
    """The Secret with the certificate for the collector, and the authority of the collector's."""
    durability: Literal["local", "remote", "both"] = "local"
    """The same as the policies' `audit.durability`."""
    spool: Spool = Spool()
    drain_seconds: Annotated[int, Field(ge=1, le=3600)] = 30
    """`limits.drain_s` of gateway.yaml, rounded up."""
    drain_delay_seconds: Whole = 0
    """`limits.drain_delay_s`, rounded up: how long a `plain` sidecar goes on serving the
    application that is told to stop with it."""
    user: Annotated[int, Field(ge=1, le=2**31 - 1)] = 65532
    """Number of the user and group that the sidecar runs as."""
    resources: Resources = Resources()
    base_urls: Annotated[dict[Variable, UrlPath | None], AfterValidator(_with_usual)] = _USUAL
    """Variables that tell the application's clients where to connect, each with a path; None
    takes one of the usual ones away. Helm merges its values in this way."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.allow_tag and not _PINNED.search(self.image):
            raise ValueError("image: say it by digest (…@sha256:…), or set allowTag for trials")
        if not self.listen.unix and self.listen.port == self.probe_port:
            raise ValueError("probePort: clients have this port; use another one")
        return self

    @property
    def stop_seconds(self) -> int:
        """How long the gateway may need from SIGTERM on: streams, last records, closing."""
        closing = max(self.drain_seconds, _PATIENCE_SECONDS) + _FLUSH_SECONDS
        return self.drain_delay_seconds + self.drain_seconds + closing

    @property
    def secrets(self) -> frozenset[str]:
        """Secrets that are the sidecar's alone."""
        return frozenset(filter(None, (self.keys, self.credentials, self.collector_tls)))
