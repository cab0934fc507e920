"""The explanation of one request as data: what policies look at, and what they say of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from guardrail_gw.core.feature import Feature
from guardrail_gw.core.text import Entity
from guardrail_gw.policy.circumstances import Circumstances
from guardrail_gw.policy.condition import Judgement
from guardrail_gw.policy.tools import ToolKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one deployment runs and stores: ISO 3166-1 alpha-2 codes, empty when unknown."""

    inference: frozenset[str]
    storage: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One piece of personal data that detectors saw, as policies look at it."""

    entity: Entity
    score: float
    value: str | None = field(default=None, repr=False)
    """None when nobody tells it: then no `allow_values` names it."""
    looks_in_code: bool = False
    """It stands in source code, and by its looks alone it was found: with `code: checked` it does
    not count."""
    count: int = 1
    """How often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the policies look at."""

    tenant: str
    team: str
    surface: str
    found: Sequence[Seen] = ()
    attachments: bool = False
    features: frozenset[Feature] = frozenset()
    """What it asks of a provider beyond an answer."""
    places: Mapping[str, Place] = field(default_factory=dict)
    """The deployments behind the model asked for, by id; none: residency is not judged."""
    user: str | None = field(default=None, repr=False)
    """Like all that follows, for conditions alone; None: not known."""
    key: str | None = None
    model: str | None = None
    """A virtual model of the configuration; empty: another name."""
    stream: bool | None = None
    at_us: int | None = None
    """When it came: microseconds since the epoch."""
    tool: str = ""
    """A tool that is called, as `server/tool`."""
    tool_kinds: frozenset[ToolKind] = frozenset(ToolKind)
    """What its server says of it; one that says nothing is all of it."""

    @property
    def circumstances(self) -> Circumstances:
        """What conditions can ask, but for what was found."""
        return Circumstances(
            tenant=self.tenant,
            team=self.team,
            user=self.user,
            key=self.key,
            endpoint=self.surface,
            model=self.model,
            stream=self.stream,
            attachments=self.attachments,
            features=tuple(sorted(self.features)),
            at_us=self.at_us,
        )


class Outcome(StrEnum):
    """What becomes of the request."""

    ALLOW = "allow"
    BLOCK = "block"
    UNMATCHED = "unmatched"
    """No policy is for this caller; refused too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """One policy, and whether it is for this caller."""

    document: str
    matches: bool
    """Whether it counts."""
    because: str
    condition: Judgement | None = None
    """What its `when` came to; None: it has none, or another line of it does not hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """What one policy says about one subject, without effect because another is stricter."""

    rule: str
    said: str
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """What was found and is no personal data for these policies, though its score would do."""

    count: int
    rules: tuple[str, ...]
    """Those that let it pass together: `crm/pii.PERSON.allow_values`, `crm/pii.code`."""
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What was decided about one subject, by which rule."""

    subject: str
    """`PERSON`, `attachments`, `code`, `store`, `audit`."""
    said: str
    """`token`, `nothing`, `block`, `metadata`."""
    rule: str
    because: str
    others: tuple[Voice, ...] = ()
    passed: tuple[Passed, ...] = ()
    """Of an entity: what was found and does not count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One residency rule, and whether it binds this request."""

    rule: str
    binds: bool
    jurisdictions: tuple[str, ...]
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One deployment, and whether it may see this request."""

    deployment: str
    lawful: bool
    because: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The whole answer."""

    outcome: Outcome
    code: str | None
    """The refusal's stable code."""
    because: str
    documents: tuple[Considered, ...]
    entities: tuple[Decided, ...] = ()
    source_code: Decided | None = None
    """What counts in it: `checked` or `scan`."""
    attachments: Decided | None = None
    features: tuple[Decided, ...] = ()
    """Those that were asked for, when personal data or a residency rule holds them back."""
    residency: tuple[Bound, ...] = ()
    deployments: tuple[Judged, ...] = ()
    store: Decided | None = None
    """Whether providers may keep answers."""
    cache: Decided | None = None
    """Which answers the gateway may give again."""
    surface: Decided | None = None
    """Of a surface that is refused unless a policy opens it: whether it is open."""
    tools: tuple[Decided, ...] = ()
    """Of a tool that is called: whether it may be, what its server receives, what is shown."""
    audit: Decided | None = None
    durability: Decided | None = None
    """Who must have the record before anything leaves."""
