"""gateway.yaml: what an operator writes about one gateway. docs/configuration.md explains it."""

from copy import copy
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from guardrail_gw.allowances import BudgetConfig, RateConfig, WebhookConfig
from guardrail_gw.auditing import AuditConfig
from guardrail_gw.callers import (
    AccessConfig,
    KeyConfig,
    KeysDocument,
    TagConfig,
    TagName,
    wrong,
    wrong_keys,
)
from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.catalog.configured import DeploymentConfig
from guardrail_gw.catalog.credential import CredentialConfig, SecretConfig
from guardrail_gw.catalog.facts import Name
from guardrail_gw.core.objective import Objective
from guardrail_gw.documents import Loaded, Strict, read
from guardrail_gw.errors import ConfigError
from guardrail_gw.mcp_servers import McpConfig
from guardrail_gw.network import NetworkConfig, ZoneFromConfig
from guardrail_gw.policy.bundle import BundleName
from guardrail_gw.policy.document import EntityName
from guardrail_gw.routes import RouteConfig, RoutingConfig, Seconds
from guardrail_gw.serving import (
    AdminConfig,
    LimitsConfig,
    ListenConfig,
    ProbeConfig,
    Watch,
    Workers,
)
from guardrail_gw.telemetry import TelemetryConfig

Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]


class DetectionConfig(Strict):
    """How personal data is found."""

    detectors: Annotated[int, Field(ge=1, le=64)] = 1
    deadline_s: Seconds = 10
    model: str | None = "shipped"
    """`shipped`, a folder with a spaCy pipeline or an exported transformer; null: rules only."""
    require: dict[EntityName, tuple[Language, ...]] = Field(default_factory=dict)
    """Kinds that must be detectable, and in which languages, or the gateway does not start."""
    memory_limit_mb: Annotated[int, Field(ge=64, le=65536)] = 1024
    recognizers: tuple[str, ...] = ()
    """Classes of Presidio by name, or your own as `module:Class`."""
    recognizer_files: tuple[str, ...] = ()
    """Presidio recognizer files (YAML) of your own; they take part as they are."""


class CacheConfig(Strict):
    """Answers that are kept in memory and given again; without it none are."""

    ttl_s: Annotated[float, Field(gt=0, le=3600)] = 300
    """How long an answer is kept."""
    max_bytes: Annotated[int, Field(ge=1 << 16, le=1 << 34)] = 64 << 20
    """Of memory, about, that all of them take."""
    max_entries: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    max_entry_bytes: Annotated[int, Field(ge=1 << 10, le=1 << 26)] = 1 << 20
    """A larger answer is not kept."""


class RedisConfig(Strict):
    """A Redis or Valkey server that many gateways share."""

    url: SecretConfig
    """Where its address is read from; it may hold a password."""
    timeout_s: Annotated[float, Field(gt=0, le=10)] = 0.25
    """To connect, and for each answer; then it counts as down."""


class StateConfig(Strict):
    """Where is remembered what conversations at providers need to be gone on with."""

    store: Literal["sqlite", "memory", "redis"] = "sqlite"
    path: str = "state.sqlite3"
    """The SQLite file; made when it is first needed."""
    redis: RedisConfig | None = None
    on_state_failure: Literal["closed", "local"] = "closed"
    """While the store is down: refuse what rates count, or keep them in each process alone."""
    local_share: Annotated[float, Field(gt=0, le=1)] = 0.25
    """Of each rate, what one process then lets through."""
    ttl_s: Annotated[float, Field(gt=0, le=365 * 86400)] = 30 * 86400
    """How long a conversation is remembered after it was last added to."""
    max_bytes: Annotated[int, Field(ge=1 << 20, le=1 << 50)] = 1 << 30
    """Of all that is remembered; in memory never more than 256 MiB."""
    key_max_bytes: Annotated[int, Field(ge=1 << 16, le=1 << 50)] | None = None
    """Of what is remembered for one key; None: a quarter of `max_bytes`."""
    tenant_max_bytes: Annotated[int, Field(ge=1 << 16, le=1 << 50)] | None = None
    """Of what is remembered for one tenant; None: half of `max_bytes`."""
    conversations: str | None = None
    """The virtual model whose deployments keep conversations that clients make."""
    files: str | None = None
    """The virtual model whose deployments keep files that name no model, and list what is kept."""
    message_files: str | None = None
    """The same for Anthropic's dialect."""

    @property
    def homes(self) -> dict[str, str]:
        """Surface -> the virtual model whose deployments keep, and list, what names no model."""
        named = {
            **dict.fromkeys(("openai_files", "openai_batches"), self.files),
            **dict.fromkeys(("anthropic_files", "anthropic_batches"), self.message_files),
        }
        return {surface: model for surface, model in named.items() if model is not None}

    @model_validator(mode="after")
    def _redis_has_an_address(self) -> Self:
        if (self.store == "redis") != bool(self.redis):
            raise ValueError("give redis.url with store: redis, and only then")
        return self


class PolicySigningConfig(Strict):
    """Policies count only when two people have signed them."""

    bundle: BundleName
    """The name that bundles for this gateway have."""
    signers: str
    """A file with the verifier keys of those who may sign, one a line."""
    state: str
    """The file in which the gateway remembers the newest bundle that was in force."""
    min_serial: Annotated[int, Field(ge=0, le=2**53)] = 0


class SemanticConfig(Strict):
    """How requests are sorted into route classes (docs/routing.md)."""

    classes: str
    """The file with the classes and their examples."""
    deadline_ms: Annotated[int, Field(ge=1, le=5000)] = 50
    """How long a request waits for its class."""


class Gateway(Strict):
    """The whole file."""

    api_version: Literal["guardrail-gw/v1"] = Field(alias="apiVersion")
    kind: Literal["Gateway"]
    workers: Workers = 1
    """Processes that serve; each has detectors and a log of its own."""
    listen: ListenConfig = ListenConfig()
    probe: ProbeConfig | None = None
    admin: AdminConfig | None = None
    access: AccessConfig
    limits: LimitsConfig = LimitsConfig()
    policies: str
    """A folder of policies."""
    shadow_policies: str | None = None
    """A folder of policies that are judged beside those in force, and obeyed by nobody."""
    policy_watch_s: Annotated[float, Field(ge=0, le=3600)] = 2
    """How often the folder is looked at for changes; 0: only when told (SIGHUP)."""
    secrets_watch_s: Watch = 2
    """The same of files with keys and certificates."""
    policy_signing: PolicySigningConfig | None = None
    catalog: tuple[str, ...] = ()
    """Folders of your own beside the shipped catalog."""
    audit: AuditConfig
    detection: DetectionConfig = DetectionConfig()
    state: StateConfig = StateConfig()
    cache: CacheConfig | None = None
    models: tuple[RouteConfig, ...] = ()
    """There may be none where there are MCP servers."""
    deployments: tuple[DeploymentConfig, ...] = ()
    credentials: dict[Name, CredentialConfig] = Field(default_factory=dict)
    routing: RoutingConfig = RoutingConfig()
    semantic: SemanticConfig | None = None
    network: NetworkConfig = NetworkConfig()
    zone: Name | ZoneFromConfig | None = None
    """Where the gateway runs; of equals the deployments there are asked first."""
    budgets: tuple[BudgetConfig, ...] = ()
    rates: tuple[RateConfig, ...] = ()
    webhook: WebhookConfig | None = None
    telemetry: TelemetryConfig | None = None
    tags: dict[TagName, TagConfig] = Field(default_factory=dict)
    """What requests are for: spending is told apart by it."""
    mcp: McpConfig | None = None
    """MCP servers, and the endpoint in front of them."""

    @model_validator(mode="after")
    def _something_to_serve(self) -> Self:
        if not self.models and self.mcp is None:
            raise ValueError("give models with deployments, or mcp with servers")
        return self


class Settings:
    """A loaded gateway.yaml; relative paths in it start from its folder."""

    def __init__(
        self, path: Path, gateway: Gateway, digest: str = "", worker: int | None = None
    ) -> None:
        self.path = path
        self.gateway = gateway
        self.digest = digest
        """Of the file: `sha256:` and hex."""
        self.worker = worker
        """Which of several processes this is; None: the only one."""
        self._catalog: Catalog | None = None

    def changed(self, *, worker: int | None = None, **fields: object) -> Self:
        """The same file with other values in place of its own; they are valid ones."""
        changed = copy(self)
        changed.gateway = self.gateway.model_copy(update=fields)
        changed.worker = worker
        return changed

    @property
    def log_directory(self) -> Path:
        """Where this process writes its log: each of several has one of its own."""
        whole = self.resolve(self.gateway.audit.directory)
        return whole if self.worker is None else whole / f"w{self.worker}"

    def resolve(self, name: str) -> Path:
        """A path written in the file."""
        return self.path.parent / name

    def virtual_keys(self) -> tuple[KeyConfig, ...]:
        """All keys of clients, those of `access.keys_file` as they are now.

        Raises:
            ConfigError: the file is not valid, or a key, its id or a tag does not fit the others.
        """
        access = self.gateway.access
        if access.keys_file is None:
            return access.keys
        loaded = read(self.resolve(access.keys_file), KeysDocument)
        _unique(loaded.path, "keys", [k.id for k in (*access.keys, *loaded.value.keys)])
        for place, name in wrong_keys(loaded.value, self.gateway.tags):
            raise loaded.fault((*place, "tags", name), f"no tag {name!r} of that value")
        return (*access.keys, *loaded.value.keys)

    def catalog(self) -> Catalog:
        """What exists, by the shipped catalog and the operator's own, as it was when first asked.

        Raises:
            ConfigError: a folder holds no catalog.
        """
        if self._catalog is None:
            self._catalog = Catalog.load([self.resolve(name) for name in self.gateway.catalog])
        return self._catalog

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read the file.

        Raises:
            ConfigError: with file, line, field and what to do.
        """
        loaded = read(path, Gateway)
        gateway = loaded.value
        _places(loaded)
        _unique(path, "deployments", [d.id for d in gateway.deployments])
        _unique(path, "models", [m.name for m in gateway.models])
        _unique(path, "access.keys", [k.id for k in gateway.access.keys])
        _unique(path, "budgets", [b.id for b in gateway.budgets])
        _unique(path, "rates", [r.id for r in gateway.rates])
        _unique(path, "mcp.servers", [s.id for s in gateway.mcp.servers] if gateway.mcp else [])
        _routes(loaded)
        _others(loaded)
        _tags(loaded)
        _homes(loaded)
        for index, deployment in enumerate(gateway.deployments):
            credential = deployment.credential
            if credential is not None and credential not in gateway.credentials:
                raise loaded.fault(
                    ("deployments", index, "credential"), f"no credential {credential!r}"
                )
        return cls(path.absolute(), gateway, f"sha256:{loaded.sha256}")


def _places(loaded: Loaded[Gateway]) -> None:
    """Clients and operators have ports of their own, and somebody answers for all workers."""
    gateway = loaded.value
    if gateway.access.single_tenant and not gateway.listen.is_local:
        raise loaded.fault(
            ("listen", "host"),
            "single_tenant access is for loopback only; use access.keys to listen elsewhere",
        )
    if gateway.admin and gateway.probe:
        raise loaded.fault(("admin",), "probe serves this, too; leave admin out")
    if gateway.workers > 1 and not gateway.probe:
        raise loaded.fault(("workers",), "several need `probe`, a port that answers for all")
    for name in ("admin", "probe"):
        place = getattr(gateway, name)
        if place and not gateway.listen.unix and 0 != place.port == gateway.listen.port:
            raise loaded.fault((name, "port"), "clients have this port; use another one")


def _routes(loaded: Loaded[Gateway]) -> None:
    """Every deployment that a model names exists, and so do route classes where it needs them."""
    gateway = loaded.value
    known = {d.id for d in gateway.deployments}
    for index, model in enumerate(gateway.models):
        if model.objective is Objective.SEMANTIC and gateway.semantic is None:
            raise loaded.fault(
                ("models", index, "objective"),
                "`semantic` needs semantic.classes, a file with route classes",
            )
        for place, name in enumerate(model.deployments):
            if name not in known:
                raise loaded.fault(
                    ("models", index, "deployments", place), f"no deployment {name!r}"
                )


def _others(loaded: Loaded[Gateway]) -> None:
    """Every other model that a model names exists, and none is on a ladder twice."""
    routes = {m.name for m in loaded.value.models}
    for index, model in enumerate(loaded.value.models):
        for place, other in enumerate(model.fallbacks):
            if other.model not in routes - {model.name}:
                at = ("models", index, "fallbacks", place)
                raise loaded.fault(at, f"no other model {other.model!r}")
        for place, name in enumerate(model.ladder):
            if name not in routes - {model.name, *model.ladder[:place]}:
                raise loaded.fault(("models", index, "ladder", place), f"no other model {name!r}")


def _tags(loaded: Loaded[Gateway]) -> None:
    """Every tag that a key has, or an allowance counts by, is one that there is."""
    gateway = loaded.value
    for place, name in wrong(gateway.access, gateway.tags):
        raise loaded.fault((*place, "tags", name), f"no tag {name!r} of that value")
    for field in ("budgets", "rates"):
        for n, each in enumerate(getattr(gateway, field)):
            if unknown := {*each.tags} - gateway.tags.keys():
                raise loaded.fault((field, n), f"no tag {min(unknown)!r}")


def _homes(loaded: Loaded[Gateway]) -> None:
    """What has a home has it at a model that exists."""
    names = {model.name for model in loaded.value.models}
    state = loaded.value.state
    for field in ("conversations", "files", "message_files"):
        home = getattr(state, field)
        if home is not None and home not in names:
            raise loaded.fault(("state", field), f"no model {home!r}")


def _unique(path: Path, field: str, names: list[str]) -> None:
    doubled = sorted({name for name in names if names.count(name) > 1})
    if doubled:
        raise ConfigError(f"{path}: {field}: {', '.join(doubled)} stands there twice")
