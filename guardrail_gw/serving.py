"""Where the gateway listens and how it runs, as an operator writes it."""

from typing import Annotated, Final, Self

from pydantic import Field, model_validator

from guardrail_gw.callers import HostName
from guardrail_gw.documents import Strict
from guardrail_gw.routes import Seconds

Bytes = Annotated[int, Field(gt=0, le=1 << 31)]
Port = Annotated[int, Field(ge=0, le=65535)]
Mode = Annotated[str, Field(pattern=r"^0[0-7]{3}$")]
Workers = Annotated[int, Field(ge=1, le=64)]
Watch = Annotated[float, Field(ge=0, le=3600)]
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")
LONGEST_UNIX_PATH: Final = 107
"""Bytes of a path that a Unix socket can have (unix(7), `sun_path`)."""


class TlsConfig(Strict):
    """Serve HTTPS."""

    certificate: str
    private_key: str


class ListenConfig(Strict):
    """Where clients connect: an address, or a Unix socket instead of it."""

    host: str = "127.0.0.1"
    port: Port = 8080
    tls: TlsConfig | None = None
    unix: str | None = None
    """The path of a socket; then there is no port."""
    unix_mode: Mode = "0660"
    """Who may connect to it, as file mode bits."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if self.unix and self.model_fields_set & {"host", "port", "tls"}:
            raise ValueError("give either unix or host, port and tls")
        return self

    @property
    def is_local(self) -> bool:
        """Whether only this machine reaches it."""
        return bool(self.unix) or self.host in LOOPBACK


class ProbeConfig(Strict):
    """Where probes, metrics and operators look, apart from clients; it takes no key."""

    host: str = "127.0.0.1"
    port: Port
    hosts: tuple[HostName, ...] = ()
    """Names besides addresses and `localhost` that a `Host` header may hold."""


class AdminConfig(ProbeConfig):
    """The same for operators alone: what there was before `probe`."""


class LimitsConfig(Strict):
    """Everything is bounded."""

    max_body_bytes: Bytes = 10 << 20
    max_file_bytes: Bytes = 10 << 20
    """Of a form that uploads a file, and of a batch."""
    read_timeout_s: Seconds = 30
    write_timeout_s: Seconds = 60
    max_in_flight: Annotated[int, Field(gt=0, le=100_000)] = 512
    """In each worker."""
    drain_delay_s: Annotated[float, Field(ge=0, le=600)] = 0
    """Told to stop, it says that it is not ready, and serves on for so long."""
    drain_s: Seconds = 30
