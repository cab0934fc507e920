"""The file of cases beside the policies: docs/policy.md explains every field."""

from typing import Annotated, Literal

from pydantic import Field

from guardrail_gw.core.feature import Feature
from guardrail_gw.documents import Strict
from guardrail_gw.policy.document import Code, EntityName, Score, Values, WrittenAction
from guardrail_gw.policy.explanation import Outcome
from guardrail_gw.policy.policy import Cache, Detail, Durability, Store
from guardrail_gw.policy.tools import Results, ToolKind

ToolPath = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,32}/[A-Za-z0-9._/-]{1,128}$")]
_MOMENT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$"


class PlaceCase(Strict):
    """A deployment that runs in one place and stores in another."""

    inference: tuple[str, ...] = Field(description="Where the model runs; empty: unknown.")
    storage: tuple[str, ...] = Field(description="Where requests are kept; empty: unknown.")


class Given(Strict):
    """A request, told by what the policies look at."""

    tenant: str = Field(default="any-tenant", description="Who asks.")
    team: str = Field(default="any-team", description="The team within the tenant.")
    endpoint: str = Field(default="openai_chat", description="The surface asked.")
    found: tuple[EntityName, ...] | dict[EntityName, Score] = Field(
        default=(), description="Kinds of personal data found, as a list or with scores."
    )
    values: dict[EntityName, Values] = Field(
        default_factory=dict,
        description="Kinds of personal data found, word for word: what `allow_values` looks at.",
    )
    found_in_code: tuple[EntityName, ...] | dict[EntityName, Score] = Field(
        default=(), description="The same as `found`, within source code."
    )
    counts: dict[EntityName, Annotated[int, Field(ge=1, le=100_000)]] = Field(
        default_factory=dict,
        description="How often a kind that stands above was found; once if left out.",
    )
    user: str = Field(default="any-user", description="The user whom the key stands for.")
    key: str = Field(default="any-key", description="The key's id.")
    model: str = Field(
        default="any-model",
        description="The model asked; empty: one that is not configured.",
    )
    stream: bool = Field(default=False, description="Whether a stream is asked for.")
    at: Annotated[str, Field(pattern=_MOMENT)] | None = Field(
        default=None,
        description="When it comes, `2026-11-26T19:30+01:00`; a `when` that asks for the time"
        " counts as if it held where this is left out.",
    )
    attachments: bool = Field(
        default=False, description="Whether images, audio or files are in it."
    )
    provider_features: tuple[Feature, ...] = Field(
        default=(), description="What it asks of a provider beyond an answer."
    )
    tool: ToolPath | None = Field(
        default=None, description="A tool of an MCP server that is called: `crm/find_customer`."
    )
    annotations: tuple[ToolKind, ...] = Field(
        default=tuple(ToolKind),
        description="What its server says of it; left out, nothing: that counts as the worst.",
    )
    deployments: dict[str, tuple[str, ...] | PlaceCase] = Field(
        default_factory=dict,
        description="Deployments behind the model and where they are; an empty list is unknown.",
    )


class Expect(Strict):
    """What the policies must decide; what is left out is not checked."""

    decision: Outcome = Field(description="`allow`, `block` or `unmatched` (refused: no policy).")
    policies: tuple[str, ...] | None = Field(
        default=None, description="The policies that count, and no other."
    )
    actions: dict[EntityName, WrittenAction | Literal["nothing"]] = Field(
        default_factory=dict, description="What happens with each kind of personal data."
    )
    code: Code | None = Field(
        default=None, description="What counts within source code: `checked` or `scan`."
    )
    sent_to: tuple[str, ...] | None = Field(
        default=None, description="The deployments that may see the request, and no other."
    )
    residency: tuple[str, ...] | None = Field(
        default=None, description="The jurisdictions of the rules that bind; empty: none binds."
    )
    store: Store | None = Field(
        default=None, description="Whether providers keep answers: `never`, `asked`, `as_sent`."
    )
    cache: Cache | None = Field(
        default=None,
        description="Which answers are given again: `never`, `impersonal`, `all`.",
    )
    tool: Literal["allow", "approve", "deny"] | None = Field(
        default=None,
        description="Whether the tool may be called; `approve`: if a person says so, each time.",
    )
    receives: Literal["originals", "tokens"] | None = Field(
        default=None, description="What its server gets in the place of personal data."
    )
    results: Results | None = Field(
        default=None, description="What the client gets of what its server says."
    )
    audit: Detail | None = Field(default=None, description="What the audit record holds.")
    durability: Durability | None = Field(
        default=None, description="Who must have the record first: `local`, `remote`, `both`."
    )


class Case(Strict):
    """One example."""

    name: Annotated[str, Field(min_length=1, max_length=200)] = Field(
        description="A sentence that is true."
    )
    given: Given = Field(description="The request.")
    expect: Expect = Field(description="What is decided.")


class CasesDocument(Strict):
    """cases.yaml."""

    api_version: Literal["guardrail-gw/v1"] = Field(
        alias="apiVersion", description="The version of this format."
    )
    kind: Literal["PolicyCases"] = Field(description="Says that the file holds cases.")
    cases: Annotated[tuple[Case, ...], Field(min_length=1)] = Field(description="The examples.")
