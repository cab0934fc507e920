"""What the rooms obey: one frozen value per request, compiled from the documents that match it."""

from collections.abc import Mapping, Set as AbstractSet
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from guardrail_gw.core.feature import Feature
from guardrail_gw.core.text import Entity, comparable
from guardrail_gw.policy.condition import Condition
from guardrail_gw.policy.tools import USUAL, ToolRules


class Action(StrEnum):
    """What is done with a finding, mildest first; combining policies takes the last of two."""

    ALLOW = "allow"
    SURROGATE = "surrogate"
    """Replaced by an invented value of the same kind, restored in the answer; a placeholder where
    none can be used. Milder than `token`: it still tells what the value was like."""
    TOKEN = "token"  # noqa: S105 - the name of an action
    """Replaced by a placeholder, restored in the answer."""
    HASH = "hash"
    MASK = "mask"
    REDACT = "redact"
    BLOCK = "block"


class Detail(StrEnum):
    """How much of an exchange the audit record holds, least first."""

    METADATA = "metadata"
    REDACTED = "redacted"
    FULL = "full"


class Durability(StrEnum):
    """Who must have a request's record before anything leaves."""

    LOCAL = "local"
    """The gateway's disk."""
    REMOTE = "remote"
    """The collector: it has verified, stored and cosigned it. The gateway's folder may go with its
    machine."""
    BOTH = "both"

    @property
    def asks_collector(self) -> bool:
        """Whether the collector's acknowledgement is waited for."""
        return self is not _LOCAL

    @property
    def asks_disk(self) -> bool:
        """Whether the log's folder has to last."""
        return self is not Durability.REMOTE

    def narrowed(self, other: "Durability | None") -> "Durability":
        """What satisfies both; None asks for nothing."""
        return self if other in {self, None} else Durability.BOTH


class Store(StrEnum):
    """Whether providers may keep answers for later requests to go on from, strictest first."""

    NEVER = "never"
    """Every request that could have its answer kept says that it must not be."""
    ASKED = "asked"
    """Where the request says so; one that says nothing is not kept."""
    AS_SENT = "as_sent"
    """As the request says; one that says nothing is kept where its dialect has it so, and
    `provider_features` has `storage`."""


class Cache(StrEnum):
    """Whose answers the gateway may keep, and give again to who asks the same; strictest first."""

    NEVER = "never"
    IMPERSONAL = "impersonal"
    """Those to requests in which nothing personal was found."""
    ALL = "all"
    """Others, too: as the provider gave them, with placeholders."""


class Opened(StrEnum):
    """Surfaces that are served only where a policy opens them."""

    MODERATIONS = "openai_moderations"
    IMAGES = "openai_images"
    SPEECH = "openai_speech"
    TRANSCRIPTIONS = "openai_transcriptions"
    FILES = "openai_files"
    BATCHES = "openai_batches"
    MESSAGE_FILES = "anthropic_files"
    MESSAGE_BATCHES = "anthropic_batches"


_OPENED: Final = frozenset(each.value for each in Opened)
UNSCANNED: Final = frozenset({Opened.IMAGES, Opened.SPEECH, Opened.TRANSCRIPTIONS})
"""Of these, something always comes or goes that nothing looks into."""
FILES: Final = frozenset({Opened.FILES, Opened.MESSAGE_FILES})
KEEPING: Final = FILES | {Opened.BATCHES, Opened.MESSAGE_BATCHES}
"""Of these, the provider keeps what it is sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How many days content can be opened, by level; then its keys are destroyed."""

    minimum_days: int = 0
    """What a law asks for: before this, nothing is destroyed, not even for its subject."""
    identity_days: int = 400
    redacted_days: int = 180
    full_days: int = 30

    def days(self, level: str) -> int:
        """Of `identity`, `redacted` or `full`; a minimum that is longer wins."""
        named = {
            "identity": self.identity_days,
            Detail.REDACTED.value: self.redacted_days,
            Detail.FULL.value: self.full_days,
        }
        return max(named.get(level, self.identity_days), self.minimum_days)

    def narrowed(self, other: "Retention") -> "Retention":
        """The shortest time and the longest minimum of two."""
        return Retention(
            minimum_days=max(self.minimum_days, other.minimum_days),
            identity_days=min(self.identity_days, other.identity_days),
            redacted_days=min(self.redacted_days, other.redacted_days),
            full_days=min(self.full_days, other.full_days),
        )


class When(StrEnum):
    """When the residency rule binds."""

    PII_DETECTED = "pii_detected"
    ALWAYS = "always"


class OnViolation(StrEnum):
    """What happens when some deployments of a model are outside the allowed jurisdictions."""

    REROUTE = "reroute"
    """Only the lawful ones remain; none left means 451."""
    BLOCK = "block"
    """One unlawful deployment behind the model is enough for 451."""


NEVER = 2.0
"""A `min_score` that no finding reaches: how `ignore` is compiled."""


# an enum's member looked up in its class takes as long as a call
_LOCAL: Final = Durability.LOCAL
_NEVER: Final = Store.NEVER
_ALWAYS: Final = When.ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityRule:
    """What to do with one entity."""

    action: Action
    min_score: float
    """Findings below it are not personal data; 0.0 to 1.0, or NEVER."""
    rule: str
    """Id for records and explanations: `eu-strict/pii.PERSON`."""
    allowed: frozenset[str] = field(default=frozenset(), repr=False)
    """Whole values that are not personal data, as `core.text.comparable` writes them."""

    def concerns(self, score: float) -> bool:
        """Whether a finding of this score is personal data."""
        return score >= self.min_score

    def allows(self, value: str) -> bool:
        """Whether the value is one that the policy names as none; never a part of one."""
        return bool(self.allowed) and comparable(value) in self.allowed


SILENT: Final = EntityRule(action=Action.ALLOW, min_score=NEVER, rule="")
"""Says nothing, and changes nothing of what others say: only policies with a condition may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResidencyRule:
    """Where a request may go."""

    when: When
    entities: frozenset[Entity]
    """With PII_DETECTED: binds if one of these was found; empty means any entity."""
    jurisdictions: tuple[str, ...]
    """As written: `EU`, `CH`."""
    countries: frozenset[str]
    """The union of their members, ISO 3166-1 alpha-2."""
    on_violation: OnViolation
    rule: str

    def binds(self, found: AbstractSet[Entity], *, unscanned: bool = False) -> bool:
        """Whether it binds a request in which these entities were found, replaced or not.

        Args:
            found: what detectors saw.
            unscanned: there is content that nothing looked into, so it may hold anything.
        """
        if unscanned:
            return True
        if self.when is _ALWAYS:
            return True
        return bool(found & self.entities if self.entities else found)

    def admits(self, inference: AbstractSet[str], storage: AbstractSet[str]) -> bool:
        """Whether a place lies within; a place that is unknown (no country) never does."""
        return bool(inference and storage) and inference | storage <= self.countries


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditional:
    """A document that counts beside the others if its condition holds."""

    document: str
    condition: Condition
    policy: "Policy" = field(repr=False)
    """What it says; what it leaves out is `SILENT`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The policy of one request."""

    digest: str
    """`sha256:` and the hex digest of all loaded documents."""
    documents: tuple[str, ...]
    """Ids of the documents that matched, sorted: `eu-strict`."""
    entities: Mapping[Entity, EntityRule]
    default: EntityRule
    """For entities without a rule of their own."""
    attachments_allowed: bool
    """False: images, audio and files are refused (nothing scans them)."""
    residency: tuple[ResidencyRule, ...]
    """Every one that binds must be satisfied."""
    audit_detail: Detail
    features_allowed: frozenset[Feature] = frozenset()
    """What a request with personal data may ask of a provider beyond an answer."""
    provider_ids: frozenset[str] | None = frozenset()
    """Prompts, stores, sources and files of providers that requests may name."""
    code_scanned: bool = False
    """True: every detector's findings count in source code too."""
    audit_subject: bool = False
    """True: content and name of whoever asks are sealed under keys of that person, which can be
    destroyed; False: under keys of the tenant."""
    retention: Retention = Retention()
    durability: Durability | None = None
    """Who is asked to have the record of a request; None: a condition's policy says nothing."""
    identifiers_of: frozenset[str] = frozenset()
    """States outside Europe whose identifiers are looked for, too: ISO 3166-1 alpha-2."""
    store: Store = Store.ASKED
    cache: Cache = Cache.IMPERSONAL
    surfaces: frozenset[Opened] = frozenset()
    """What is served of that which is refused unless a policy opens it."""
    tools: ToolRules = USUAL
    """What holds for MCP servers and their tools."""
    conditional: tuple[Conditional, ...] = ()
    """Documents that are not among `documents` yet: they are if their condition holds."""
    asks_model: bool = False
    """A condition that was judged, or will be, asks for the virtual model."""
    unsure: tuple[str, ...] = ()
    """Those among `documents` that count because their condition could not be judged."""
    narrower: dict[tuple[tuple[str, str], ...], "Policy"] = field(
        default_factory=dict, repr=False, compare=False
    )
    """What this one came to with which of `conditional`, so that it is combined once."""

    def keeps(self, asked: bool | None) -> bool | None:  # noqa: FBT001 - what a request says
        """Whether a provider keeps the answer to a request.

        Args:
            asked: what the request says; None: nothing, where its dialect would have it kept.

        Returns:
            None where nothing has to be said other than what the request says: not kept.
        """
        if self.store is _NEVER:
            return False
        if asked is None and self.store is Store.AS_SENT:
            return True if Feature.STORAGE in self.features_allowed else None
        return True if asked else None

    @property
    def durable(self) -> Durability:
        """Who must have the record of a request before anything leaves."""
        return self.durability or _LOCAL

    def serves(self, surface: str) -> bool:
        """Whether a surface is open; most always are."""
        return surface not in _OPENED or surface in self.surfaces

    def rule_for(self, entity: Entity) -> EntityRule:
        """The rule for `entity`, else the default."""
        return self.entities.get(entity, self.default)
