"""collector.yaml: what an operator writes about one collector. docs/collector.md explains it."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field

from guardrail_gw.documents import Strict, read
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys.vkey import Verifier, parse_vkey, valid_name

Seconds = Annotated[float, Field(gt=0, le=3600)]
Port = Annotated[int, Field(ge=0, le=65535)]
DnsName = Annotated[str, Field(pattern=r"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$")]


class CollectorTls(Strict):
    """Who the collector is, and whose certificates gateways have."""

    certificate: str
    private_key: str
    clients: str
    """A file with the authorities that issue certificates to gateways, and to nobody else."""


class CollectorListen(Strict):
    """Where gateways connect."""

    host: str = "127.0.0.1"
    port: Port = 8443
    tls: CollectorTls


class WatchListen(Strict):
    """Where probes and Prometheus ask, without TLS: keep it inside."""

    host: str = "127.0.0.1"
    port: Port = 8081


class GatewayEntry(Strict):
    """One gateway: the name in its certificate, and the key that signs its logs."""

    certificate: DnsName
    """A DNS name among the subject alternative names of its client certificate."""
    origin: Annotated[str, Field(min_length=1, max_length=400)]
    """The line of its origin.vkey."""
    former: tuple[str, ...] = ()
    """Origin keys that it had before, whose logs may still be finished."""


class CollectorConfig(Strict):
    """The whole file."""

    api_version: Literal["guardrail-gw/v1"] = Field(alias="apiVersion")
    kind: Literal["Collector"]
    name: Annotated[str, Field(min_length=1, max_length=200)]
    """Of the key that cosigns: best a name like that of a host, and never used again."""
    key: str
    """A file with the key that cosigns (`guardrail-gw collect key`)."""
    database: str
    """A file with the postgresql:// address of a role that may add only."""
    listen: CollectorListen
    watch: WatchListen | None = None
    read_timeout_s: Seconds = 30
    """How long a gateway may be silent in the middle of a parcel."""
    gateways: Annotated[tuple[GatewayEntry, ...], Field(min_length=1)]


class CollectorSettings:
    """A loaded collector.yaml; relative paths in it start from its folder."""

    def __init__(self, path: Path, config: CollectorConfig) -> None:
        self.path = path
        self.config = config
        self.keys = {
            (each.certificate, key.name): key
            for each in config.gateways
            for key in (parse_vkey(line) for line in (each.origin, *each.former))
        }
        """Certificate name and name of the origin key -> the key."""

    def resolve(self, name: str) -> Path:
        """A path written in the file."""
        return self.path.parent / name

    def key_of(self, certificates: frozenset[str], origin: str) -> tuple[str, Verifier] | None:
        """Which of a client's names may send a log, and the key that has to have signed it."""
        name = origin.rpartition("/")[0]
        for certificate in sorted(certificates):
            if (key := self.keys.get((certificate, name))) is not None:
                return certificate, key
        return None

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file.

        Raises:
            ConfigError: with file, line, field and what to do.
        """
        loaded = read(path, CollectorConfig)
        config = loaded.value
        if not valid_name(config.name):
            raise loaded.fault(("name",), "printable ASCII without spaces and plus signs")
        owners: dict[str, str] = {}
        for index, each in enumerate(config.gateways):
            for line in (each.origin, *each.former):
                try:
                    name = parse_vkey(line).name
                except ConfigError as error:
                    raise loaded.fault(("gateways", index, "origin"), str(error)) from None
                if owners.setdefault(name, each.certificate) != each.certificate:
                    text = f"{name} is the origin key of {owners[name]} already"
                    raise loaded.fault(("gateways", index, "origin"), text)
        return cls(path.resolve(), config)
