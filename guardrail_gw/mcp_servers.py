"""MCP servers and the endpoint in front of them, as an operator writes them (docs/mcp.md)."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from guardrail_gw.catalog.configured import ContractConfig
from guardrail_gw.catalog.credential import SecretConfig
from guardrail_gw.catalog.facts import Name
from guardrail_gw.documents import Strict

_LONGEST = 500
"""A bound on length stands beside a pattern: within it, each character would be a part of its own
of what pydantic keeps, and of all but a few of Unicode's takes kilobytes."""
ServerUrl = Annotated[str, Field(pattern=r"^https?://[^\s?#@]+$", max_length=_LONGEST)]
ServerId = Annotated[str, Field(pattern=r"^[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?$")]
"""It begins the names of tools, which models take up to 64 characters of."""
PublicUrl = Annotated[str, Field(pattern=r"^https?://[a-z0-9.:\[\]-]{1,253}$")]
Seconds = Annotated[float, Field(gt=0, le=86_400)]
Variable = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]
HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,64}$")]
IssuerUrl = ServerUrl
KeysUrl = Annotated[
    str,
    Field(
        pattern=r"^(?:https://[^\s#@]+|http://(?:127\.0\.0\.1|localhost)(?:[:/][^\s#@]*)?)$",
        max_length=_LONGEST,
    ),
]
"""Over TLS; on this machine also without."""
ClaimName = Annotated[str, Field(pattern=r"^[A-Za-z0-9_:/.-]{1,200}$")]
ScopeToken = Annotated[str, Field(pattern=r"^[\x21\x23-\x5B\x5D-\x7E]{1,100}$")]


class Speaks(StrEnum):
    """Which era a server is asked in."""

    AUTO = "auto"
    """Whatever it answers: found out at first use, and again when it fails."""
    LEGACY = "legacy"
    MODERN = "modern"


class Prefixes(StrEnum):
    """When the names of tools begin with their server's, at the endpoint of all servers."""

    ALWAYS = "always"
    CONDITIONAL = "conditional"
    """Where two servers have the same name."""
    NEVER = "never"
    """Then two servers with the same name are an error of both."""


class Pinning(StrEnum):
    """When what a server says of its tools counts as approved."""

    FIRST_USE = "first_use"
    """What it says first; what differs from that later does not."""
    APPROVED_ONLY = "approved_only"
    """When somebody has said so: `guardrail-gw mcp approve`."""


class Denied(StrEnum):
    """How a tool looks that the caller may not use; the record says what it is in any case."""

    DENIED = "denied"
    """It is refused with the reason."""
    UNKNOWN = "unknown"
    """As if it were not there."""


class ToolTimeoutsConfig(Strict):
    """How long calls of one tool may take; what is left out is as for its server."""

    idle_s: Seconds | None = None
    total_s: Seconds | None = None


class ServerTimeoutsConfig(Strict):
    """How long a server may take."""

    connect_s: Seconds = 5
    idle_s: Seconds = 60
    """Without a message; progress begins it anew."""
    total_s: Seconds = 300
    """Whatever it says."""
    list_s: Seconds = 5
    """For its part of a list of all servers'."""
    tools: dict[str, ToolTimeoutsConfig] = Field(default_factory=dict)
    """Tools that may take another time, by the server's own names."""


class ProcessConfig(Strict):
    """A server that is a program, asked over its standard input and output."""

    command: Annotated[tuple[str, ...], Field(min_length=1)]
    env: dict[Variable, str | SecretConfig] = Field(default_factory=dict)
    """All that it gets of the environment, besides PATH, HOME and LANG."""
    directory: str | None = None
    processes: Annotated[int, Field(ge=1, le=64)] = 4
    """At most so many at once; a session of a client has one of its own."""
    idle_s: Seconds = 300
    """One that nobody needs for so long is ended."""


class OpenApiConfig(Strict):
    """An HTTP API that a document of OpenAPI 3.1 describes; its operations are tools."""

    document: str
    """A file."""
    operations: Annotated[tuple[str, ...], Field(min_length=1)]
    """By their `operationId`; no others are asked."""


class McpServerConfig(Strict):
    """One server: an address, a program, or an API that is described by OpenAPI."""

    id: ServerId
    url: ServerUrl | None = None
    process: ProcessConfig | None = None
    openapi: OpenApiConfig | None = None
    """Then `url` is the API's, and it speaks no MCP."""
    speaks: Speaks = Speaks.AUTO
    headers: dict[HeaderName, str | SecretConfig] = Field(default_factory=dict)
    """Sent with every request: `Authorization: Bearer …` from a file. Never a client's own."""
    inference: tuple[str, ...] = ()
    """Countries or jurisdictions in which it works; none is unknown, and unlawful where any are
    asked for."""
    storage: tuple[str, ...] = ()
    """Where it may keep what it is told."""
    contract: ContractConfig | None = None
    timeouts: ServerTimeoutsConfig = ServerTimeoutsConfig()
    concurrent: Annotated[int, Field(ge=1, le=10_000)] = 64
    """Calls at once."""
    max_result_bytes: Annotated[int, Field(gt=0, le=1 << 30)] = 10 << 20
    pin: Pinning = Pinning.FIRST_USE
    methods: tuple[str, ...] = ()
    """Methods beyond the protocol's that are passed on: `tasks/get`."""

    @model_validator(mode="after")
    def _one_way_to_it(self) -> Self:
        if bool(self.url) == bool(self.process):
            raise ValueError("give either url or process")
        if self.openapi is not None and self.url is None:
            raise ValueError("openapi needs the url of its API")
        return self


class AggregateConfig(Strict):
    """The endpoint of all servers, `/mcp`."""

    prefix: Prefixes = Prefixes.ALWAYS
    separator: Annotated[str, Field(pattern=r"^[_-]{1,2}$")] = "__"


class ApprovalsConfig(Strict):
    """Calls that a person approves (`spec.tools.require_approval`)."""

    wait_s: Seconds = 300
    """How long a call waits for a decision before it is refused."""
    most: Annotated[int, Field(ge=1, le=10_000)] = 100
    """Calls that wait at once, of all gateways that share the state."""
    most_per_key: Annotated[int, Field(ge=1, le=10_000)] | None = None
    """Left out: a quarter of them, or all where there is one tenant."""


class SignedWith(StrEnum):
    """How an access token may be signed; nothing that shares a secret, and never not at all."""

    RS256 = "RS256"
    RS384 = "RS384"
    RS512 = "RS512"
    PS256 = "PS256"
    PS384 = "PS384"
    PS512 = "PS512"
    ES256 = "ES256"
    ES384 = "ES384"
    ES512 = "ES512"
    EDDSA = "EdDSA"


class KeySetConfig(Strict):
    """Where an issuer's public keys are read from (RFC 7517)."""

    file: str | None = None
    url: KeysUrl | None = None
    refresh_s: Seconds = 300

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if bool(self.file) == bool(self.url):
            raise ValueError("give either file or url")
        return self


class ClaimConfig(Strict):
    """What of a token names a tenant, a team or a user."""

    claim: ClaimName | None = None
    """A member of the token's claims; within it others, `realm.tenant`."""
    values: dict[str, Name] = Field(default_factory=dict)
    """What the claim says -> the name here; another one is nobody. Left out: as it says."""
    fixed: Name | None = None
    """The same for all."""

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if bool(self.claim) == bool(self.fixed):
            raise ValueError("give either claim or fixed")
        return self


class OauthConfig(Strict):
    """Access tokens of an OAuth 2.1 issuer, beside virtual keys."""

    issuer: IssuerUrl
    """Exactly as its tokens say it."""
    keys: KeySetConfig
    audiences: tuple[str, ...] = ()
    """What tokens for this gateway say they are for; left out: `public_url` with `/mcp`, or with
    the server's path."""
    algorithms: tuple[SignedWith, ...] = ()
    """Left out: RS256, PS256, ES256 and EdDSA."""
    scopes: tuple[ScopeToken, ...] = ()
    """All of which a token must have."""
    leeway_s: Annotated[float, Field(ge=0, le=300)] = 30
    tenant: ClaimConfig
    team: ClaimConfig
    user: ClaimConfig | None = None
    """Left out: the claim `sub`. What is no name here is told apart by a digest of it."""


class McpConfig(Strict):
    """The MCP endpoint; without it there is none."""

    servers: Annotated[tuple[McpServerConfig, ...], Field(min_length=1)]
    aggregate: AggregateConfig = AggregateConfig()
    lists_s: Seconds = 60
    """For how long a server's list is kept that says nothing of it; what it says has changed is
    asked for at once."""
    denied: Denied = Denied.DENIED
    pins: str | None = None
    """The file of approved definitions; left out: `mcp-pins.json` beside `state.path`."""
    approvals: ApprovalsConfig = ApprovalsConfig()
    public_url: PublicUrl | None = None
    """How clients reach the gateway; left out: as it listens."""
    origins: tuple[PublicUrl, ...] = ()
    """Of web pages whose scripts may ask; others are refused."""
    max_sessions: Annotated[int, Field(ge=1, le=1_000_000)] = 10_000
    max_sessions_per_key: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """Left out: a quarter of them, or all where there is one tenant."""
    max_listeners: Annotated[int, Field(ge=1, le=1_000_000)] = 4_096
    """Streams on which clients only listen, in each worker."""
    max_listeners_per_key: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    """As of sessions."""
    session_idle_s: Seconds = 1800
    oauth: OauthConfig | None = None

    @model_validator(mode="after")
    def _where_it_is(self) -> Self:
        if self.oauth is not None and self.public_url is None:
            raise ValueError("oauth needs public_url: it is what tokens are for")
        return self
