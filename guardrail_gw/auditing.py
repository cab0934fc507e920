"""Where records go and who keeps them, as an operator writes it."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from guardrail_gw.catalog.credential import SecretConfig
from guardrail_gw.documents import Strict
from guardrail_gw.routes import Seconds

Room = Annotated[int, Field(ge=0, le=1 << 50)]
StoreAddress = Annotated[
    str,
    Field(pattern=r"^(https://[a-z0-9.:-]{1,253}|http://(127\.0\.0\.1|localhost)(:[0-9]{1,5})?)$"),
]
"""Records are sealed, but names and sizes are not: without TLS within the machine only."""


class SpaceConfig(Strict):
    """Room on the disk of the audit log."""

    warn_bytes: Room = 512 << 20
    stop_bytes: Room = 128 << 20
    """With less free, nothing new begins."""
    ballast_bytes: Room = 16 << 20
    """Kept for the records of what runs when the disk is full all the same; 0 keeps none."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.stop_bytes > self.warn_bytes:
            raise ValueError("stop_bytes must not be more than warn_bytes")
        return self


class LockConfig(Strict):
    """How long an object store keeps what it was given."""

    days: Annotated[int, Field(ge=1, le=36_500)]
    mode: Literal["governance", "compliance"] = "compliance"


class S3Config(Strict):
    """A bucket of an S3-compatible object store."""

    bucket: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")]
    prefix: Annotated[str, Field(pattern=r"^([A-Za-z0-9._-]+/)+$", max_length=200)] | None = None
    endpoint: StoreAddress | None = None
    region: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")] | None = None
    access_key_id: SecretConfig | None = None
    secret_access_key: SecretConfig | None = None
    lock: LockConfig | None = None

    @model_validator(mode="after")
    def _both_or_none(self) -> Self:
        if bool(self.access_key_id) != bool(self.secret_access_key):
            raise ValueError("give access_key_id and secret_access_key, or neither")
        return self


class ArchiveConfig(Strict):
    """Where closed segments are copied to."""

    directory: str | None = None
    s3: S3Config | None = None
    every_s: Seconds = 60
    keep_days: Annotated[int, Field(ge=1, le=36_500)] | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if bool(self.directory) == bool(self.s3):
            raise ValueError("give either directory or s3")
        return self


class ShippingConfig(Strict):
    """Where the log is brought to while it is written (docs/collector.md)."""

    url: Annotated[str, Field(pattern=r"^https://[a-z0-9.:\[\]-]{1,253}$")]
    key: Annotated[str, Field(min_length=1, max_length=400)]
    """The line that `guardrail-gw collect key` printed."""
    authority: str
    """The file with the certificates that vouch for the collector's."""
    certificate: str
    """The gateway's own, with the name that the collector knows it by."""
    private_key: str
    timeout_s: Seconds = 10
    """How long the collector may be silent."""
    deadline_s: Seconds = 2
    """How long a request waits for its acknowledgement, where the policy asks for it."""


class RegisterConfig(Strict):
    """Where the keys of content lie: one file, or PostgreSQL for many gateways."""

    sqlite: str | None = None
    """A file; without either, `<audit.directory>-register/register.db`."""
    postgres: str | None = None
    """A file that holds a postgresql:// address."""

    @model_validator(mode="after")
    def _at_most_one(self) -> Self:
        if self.sqlite and self.postgres:
            raise ValueError("give either sqlite or postgres")
        return self


class AuditConfig(Strict):
    """Where records go and whose keys seal them."""

    directory: str
    keys: str
    """The folder with origin.key and redaction.key."""
    public: str
    """The audit-public folder: the recipients' public keys."""
    registry: str | None = None
    """A folder on another disk: the list of all logs of these keys, and how far each reaches."""
    space: SpaceConfig = SpaceConfig()
    archive: ArchiveConfig | None = None
    collector: ShippingConfig | None = None
    lasting: bool = True
    """Whether the folder outlives the machine or pod; if not, every policy has to ask for the
    collector alone (`durability: remote`)."""
    key_register: RegisterConfig = RegisterConfig()
    acts: str | None = None
    """The log of erasures, holds and prunes; `<audit.directory>-acts` if left out."""

    @model_validator(mode="after")
    def _kept_somewhere(self) -> Self:
        if not self.lasting and self.collector is None:
            raise ValueError("lasting: false needs a collector: else nobody keeps the log")
        return self

    @property
    def acts_directory(self) -> str:
        """Where acts are recorded."""
        return self.acts or f"{self.directory.rstrip('/')}-acts"

    @property
    def register_file(self) -> str:
        """The register's file, where it is not in PostgreSQL."""
        return self.key_register.sqlite or f"{self.directory.rstrip('/')}-register/register.db"
