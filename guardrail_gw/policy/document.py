"""The YAML that compliance people write: docs/policy.md explains every field.

Every field here is enforced today; a field that nobody enforces does not exist.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from guardrail_gw.core.feature import Feature
from guardrail_gw.documents import Strict
from guardrail_gw.policy.policy import (
    Cache,
    Detail,
    Durability,
    OnViolation,
    Opened,
    Store,
    When,
)
from guardrail_gw.policy.tools import Changed, Poisoning, Results, ToolKind

Glob = Annotated[str, Field(pattern=r"^[A-Za-z0-9._*-]{1,64}$")]
Globs = Annotated[tuple[Glob, ...], Field(min_length=1)]
EntityName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,63}$")]
ServerGlob = Annotated[str, Field(pattern=r"^[a-z0-9*-]{1,32}$")]
ToolGlob = Annotated[str, Field(pattern=r"^[a-z0-9*-]{1,32}/[A-Za-z0-9._*/-]{1,128}$")]
MAX_CONDITION = 500
"""Characters; with what a condition may say, this bounds what it costs."""
ProviderId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{3,199}$")]
Days = Annotated[int, Field(ge=2, le=36500)]
Score = Annotated[float, Field(ge=0, le=1)]
Values = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=200)], ...], Field(max_length=1000)
]


class WrittenAction(StrEnum):
    """What to do with one kind of personal data, mildest first."""

    IGNORE = "ignore"
    """Not personal data here: passes, and does not make the residency rule bind."""
    ALLOW = "allow"
    """Personal data that passes as it is; it is counted and makes the residency rule bind."""
    SURROGATE = "surrogate"
    """An invented value of the same kind in its place; needs the extra `surrogates`."""
    TOKEN = "token"  # noqa: S105 - the name of an action
    HASH = "hash"
    MASK = "mask"
    REDACT = "redact"
    BLOCK = "block"


class Code(StrEnum):
    """What counts as found within source code."""

    CHECKED = "checked"
    """Only what detectors can be sure of: check digits, secrets, strict forms."""
    SCAN = "scan"
    """Everything, as in prose."""


class Attachments(StrEnum):
    """What to do with images, audio and files, which nothing scans."""

    BLOCK = "block"
    ALLOW = "allow"


class Opening(StrEnum):
    """What to do with a surface that is refused unless a policy opens it."""

    REFUSE = "refuse"
    ALLOW = "allow"


class Metadata(Strict):
    """Which policy this is, and who answers for it."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")] = Field(
        description="Name of the policy, in records and explanations; unique in its folder."
    )
    version: Annotated[int, Field(ge=1)] = Field(
        description="A number that its owner raises with every change."
    )
    owner: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="Who answers for the policy: a person, a role or a mailbox."
    )
    description: Annotated[str, Field(min_length=1, max_length=2000)] = Field(
        description="What the policy is for, in plain words."
    )


class Match(Strict):
    """Whom the policy is for: every line must hold, a list means any of it, `*` any text."""

    tenant: Globs = Field(default=("*",), description="Tenants, as the virtual keys name them.")
    team: Globs = Field(default=("*",), description="Teams, as the virtual keys name them.")
    endpoint: Globs = Field(default=("*",), description="The surface asked: `openai_chat`.")


class DefaultTreatment(Strict):
    """For every kind of personal data without a line of its own."""

    action: WrittenAction = Field(description="What is done with it.")
    min_score: Score = Field(
        default=0.5, description="How sure a detector must be, 0 to 1; below it nothing is done."
    )
    allow_values: Values = Field(
        default=(), description="Whole values that are not personal data here; case does not count."
    )


class Treatment(Strict):
    """For one kind of personal data."""

    action: WrittenAction = Field(description="What is done with it.")
    min_score: Score | None = Field(
        default=None, description="How sure a detector must be; without it, the default's."
    )
    allow_values: Values = Field(
        default=(), description="Whole values that are not personal data here; case does not count."
    )


class Pii(Strict):
    """What to do with the personal data that was found."""

    default: DefaultTreatment | None = Field(
        default=None,
        description="For every kind without a line of its own; only beside `when` it may be"
        " left out.",
    )
    entities: dict[EntityName, Treatment] = Field(
        default_factory=dict, description="One line per kind of personal data."
    )
    code: Code = Field(
        default=Code.CHECKED,
        description="What counts within source code: `checked`, what is sure; `scan`, everything.",
    )
    jurisdictions: tuple[str, ...] = Field(
        default=(),
        description="Whose identifiers are looked for beside Europe's: `US`, by ISO code.",
    )


class ResidencyDocument(Strict):
    """Where a request may be answered and kept."""

    allow_jurisdictions: Annotated[tuple[str, ...], Field(min_length=1)] = Field(
        description="`EU`, `EEA`, `EFTA`, `UK`, or single countries by ISO code: `CH`, `DE`."
    )
    when: When | Annotated[tuple[EntityName, ...], Field(min_length=1)] = Field(
        description="`always`, `pii_detected`, or the kinds of personal data that count."
    )
    on_violation: OnViolation = Field(
        default=OnViolation.REROUTE,
        description="`reroute`: to lawful deployments only; `block`: refuse if any is outside.",
    )


class RetentionDocument(Strict):
    """For how many days content can be opened; then its keys are destroyed."""

    minimum_days: Annotated[int, Field(ge=0, le=36500)] = Field(
        default=0,
        description="What a law asks for: before this nothing is destroyed, whoever asks.",
    )
    identity_days: Days = Field(default=400, description="Who asked, where `subject` is named.")
    redacted_days: Days = Field(default=180, description="Content of detail `redacted`.")
    full_days: Days = Field(default=30, description="Content of detail `full`.")


class AuditDocument(Strict):
    """What the audit record holds."""

    detail: Detail = Field(
        default=Detail.METADATA, description="`metadata`, `redacted` or `full`; always encrypted."
    )
    subject: Literal["user"] | None = Field(
        default=None,
        description="`user`: content and name are erasable for each person; else for each tenant.",
    )
    retention: RetentionDocument = Field(
        default_factory=RetentionDocument, description="How long content can be opened."
    )
    durability: Durability = Field(
        default=Durability.LOCAL,
        description=(
            "Who must have the record before anything leaves: the gateway's disk (`local`), "
            "the collector (`remote`), or `both`."
        ),
    )


class ToolsDocument(Strict):
    """What holds for MCP servers and their tools."""

    trust: tuple[ServerGlob, ...] = Field(
        default=(), description="Servers that receive originals; others receive placeholders."
    )
    results: Results = Field(
        default=Results.TOKENS,
        description="What clients get of that which `pii` names in what servers say: `originals`,"
        " `tokens`, or `block`.",
    )
    servers: Annotated[tuple[ServerGlob, ...], Field(min_length=1)] = Field(
        default=("*",), description="Servers that may be asked."
    )
    allow: tuple[ToolGlob, ...] = Field(
        default=("*/*",), description="Tools that may be listed and called: `crm/find_*`."
    )
    deny: tuple[ToolGlob, ...] = Field(
        default=(), description="Tools that may not, whatever `allow` says."
    )
    deny_annotated: tuple[ToolKind, ...] = Field(
        default=(),
        description="Tools that may not, by what their server says of them; one that says nothing"
        " counts as the worst.",
    )
    require_approval: tuple[ToolKind | ToolGlob, ...] = Field(
        default=(), description="Tools of which a person approves every call, by name or kind."
    )
    changed: Changed = Field(
        default=Changed.BLOCK,
        description="Tools whose definition nobody approved: `block` or `allow`.",
    )
    poisoning: Poisoning = Field(
        default=Poisoning.FLAG,
        description="Texts of servers that look like orders to a model: `ignore`, `flag`, `block`.",
    )
    max_result_bytes: Annotated[int, Field(gt=0, le=1 << 30)] | None = Field(
        default=None, description="Most bytes of one answer; without it, the server's own bound."
    )


class Spec(Strict):
    """What the policy says."""

    match: Match = Field(default_factory=Match, description="Whom the policy is for.")
    when: Annotated[str, Field(min_length=1, max_length=MAX_CONDITION)] | None = Field(
        default=None,
        description="A condition in CEL: the policy counts, beside others, when it holds.",
    )
    zone: Annotated[str, Field(min_length=1, max_length=64)] = Field(
        default="UTC", description="Whose clock `time` in `when` is: `Europe/Berlin`."
    )
    pii: Pii | None = Field(
        default=None,
        description="What is done with personal data; only beside `when` it may be left out.",
    )
    attachments: Attachments = Field(
        default=Attachments.BLOCK, description="What is done with images, audio and files."
    )
    residency: ResidencyDocument | None = Field(
        default=None, description="Where requests may go; without it, anywhere."
    )
    provider_features: tuple[Feature, ...] = Field(
        default=(),
        description="What a request that is held back by this policy may still ask of a provider.",
    )
    provider_ids: tuple[ProviderId, ...] = Field(
        default=(),
        description="Prompts, stores, sources and files of a provider's that requests may name.",
    )
    store: Store = Field(
        default=Store.ASKED,
        description="Whether providers keep answers: `never`, `asked` for, or `as_sent`.",
    )
    cache: Cache = Field(
        default=Cache.IMPERSONAL,
        description="Which answers the gateway may give again: `never`, `impersonal`, or `all`.",
    )
    surfaces: dict[Opened, Opening] = Field(
        default_factory=dict,
        description="Surfaces that are refused unless they are opened here: `allow`.",
    )
    tools: ToolsDocument = Field(
        default_factory=ToolsDocument, description="MCP servers and their tools."
    )
    audit: AuditDocument = Field(default_factory=AuditDocument, description="What is recorded.")


class PolicyDocument(Strict):
    """One policy file."""

    api_version: Literal["guardrail-gw/v1"] = Field(
        alias="apiVersion", description="The version of this format."
    )
    kind: Literal["Policy"] = Field(description="Says that the file is a policy.")
    metadata: Metadata = Field(description="Which policy this is.")
    spec: Spec = Field(description="What it says.")
