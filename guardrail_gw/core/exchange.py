"""One request on its way through the chain: each step takes one type and gives the next.

    Arrival -> Inbound -> Redacted -> Placed -> Recorded -> Reply

Only `redaction` makes a `Redacted`, only `residency` a `Placed`, only `audit` a `Recorded`
(tests/house/test_types_are_proofs.py), so a chain that skips a safeguard does not type-check.
"""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from guardrail_gw.core.ability import Asks
from guardrail_gw.core.amounts import Measured, Tier, Usage
from guardrail_gw.core.deployment import Deployment, Rejection
from guardrail_gw.core.enclosed import Enclosed
from guardrail_gw.core.fallback import Fallback
from guardrail_gw.core.feature import Feature
from guardrail_gw.core.freshness import ANY_AGE, Freshness
from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.core.kept import Held, Kept, Named, Recall
from guardrail_gw.core.line import Line
from guardrail_gw.core.passage import Passage
from guardrail_gw.core.route_class import RouteClass
from guardrail_gw.core.text import Entity, Segment
from guardrail_gw.core.tool import ToolNotes
from guardrail_gw.core.trace import Trace


class Ending(StrEnum):
    """How an exchange ended; the outcome record says one of these."""

    OK = "ok"
    BLOCKED = "blocked"
    REFUSED = "refused"
    PROVIDER_ERROR = "provider_error"
    TIMEOUT = "timeout"
    CLIENT_CANCEL = "client_cancel"
    TRUNCATED = "truncated"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A request at the door: nothing of it has been read yet."""

    id: RequestId
    surface: str
    """The dialect it was addressed in: `openai_chat`."""
    received_us: int
    """Microseconds since the epoch."""
    trace: Trace | None = None
    """What the client says it belongs to, where that is asked for; it decides nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Content that cannot be scanned as text: an image, audio, a file, a data URL."""

    media: str
    """`image`, `audio`, `file`, `data_url`, `base64`."""
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What of a request besides its body goes on to a provider, as the dialect lets it pass."""

    path: str = ""
    """Appended to a deployment's base URL; empty stands for the dialect's own."""
    headers: tuple[tuple[str, str], ...] = ()
    """Lower-case names and values, each of a closed form: none carries text of a person."""
    model: str = field(default="", repr=False)
    """The virtual model, where a dialect names it outside the body; it does not go on."""
    left_out: tuple[str, ...] = ()
    """Places, `header anthropic-beta`, of which something does not go on."""
    method: str = "POST"
    """How the provider is asked."""
    most: int = 0
    """How many entries of a list were asked for; the provider may be asked for more."""


BARE = Head()
"""Nothing but the body goes on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A parsed body: every string that a person or a program may have written is a segment."""

    dialect: str
    model: str
    """The virtual model the client named."""
    stream: bool
    segments: tuple[Segment, ...] = field(repr=False)
    attachments: tuple[Attachment, ...]
    source: Any = field(repr=False)
    """The dialect's own parsed form; only the dialect looks into it."""
    features: Mapping[Feature, str] = field(default_factory=dict)
    """What it asks of a provider beyond an answer -> place of the member that asks."""
    head: Head = BARE
    kept: tuple[Named, ...] = ()
    """What it names of what providers keep, and did not get from here."""
    recall: Recall | None = None
    """What it goes on from, if it does not stand alone."""
    files: tuple[Recall, ...] = ()
    """Files at a provider that its content names."""
    lists: Kept | None = None
    """It asks for all of these that the provider keeps, and gets those of its own principal."""
    lines: tuple[int, ...] = ()
    """Of a body that holds many requests: how many segments there are up to the end of each."""
    surfaces: tuple[str, ...] = ()
    """What else its requests would be addressed to one by one: whose policies bind them, too."""
    once: bool = False
    """Sent twice it is done twice, so nobody is asked again where it may have arrived."""
    makes: Kept = Kept.RESPONSE
    """What its answer is the name of, where the provider keeps it."""
    media: str = ""
    """The media type of its whole answer, where that is not JSON."""
    asks: Asks | None = None
    """What it asks of a model; None: that is in its members."""
    store: bool | None = False
    """Whether it has the provider keep its answer; None: it says nothing, and so it does."""
    seen: object = field(default=None, repr=False)
    """Set where most of the body was seen before: then `segments` and `source` hold nothing of it,
    and `redaction`, which set it, knows what it comes to or reads it in full."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Body bytes ready to send, but for the model's name: each deployment has its own."""

    before: bytes = field(repr=False)
    after: bytes = field(repr=False)
    names_model: bool = True
    """False: a body without a model, or none at all."""
    is_form: bool = False
    """Not JSON: the model's name is a field of a form, as it is."""
    between: tuple[bytes, ...] = field(default=(), repr=False)
    """What stands between one mention of the model and the next."""
    lines: tuple[str, ...] = ()
    """Of each request in a body of many the hex SHA-256, the model named as its client does."""
    requests: tuple[Enclosed, ...] = field(default=(), repr=False)
    """The requests themselves, in the order of the mentions of the model."""

    @property
    def takes_members(self) -> bool:
        """Whether it is a JSON object, to which a deployment's own members can be added."""
        return self.names_model and not self.is_form and not self.lines

    def addressed(self, model_json: bytes, own: bytes = b"") -> bytes:
        """The body for one deployment.

        Args:
            model_json: its model's name as a JSON string.
            own: members that every body to it has, each behind a comma.
        """
        if not self.takes_members:
            if not self.names_model:
                return self.before + self.after
            model = json.loads(model_json).encode() if self.is_form else model_json
            return model.join((self.before, *self.between, self.after))
        return self.before + model_json + own + self.after


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """A request whose sender is known and whose body is understood."""

    arrival: Arrival
    principal: Principal
    question: Question
    tags: tuple[tuple[str, str], ...] = ()
    body: bytes = field(default=b"", repr=False)
    """The body as it was parsed, decompressed; sealed into the record at detail `full` only."""
    freshness: Freshness = ANY_AGE


@dataclass(frozen=True, slots=True, kw_only=True)
class Redacted:
    """A request without the personal data its policy names. Made by `redaction` alone."""

    inbound: Inbound
    envelope: Envelope
    originals: Mapping[str, str] = field(repr=False)
    """Placeholder -> what it stands for, of this exchange alone."""
    entities: Mapping[Entity, int]
    """How many of each entity were found, whatever was done with them."""
    rules: tuple[str, ...]
    """Ids of the policy rules that decided, sorted."""
    policy_digest: str
    documents: tuple[str, ...] = ()
    """Ids of the policy documents that counted, sorted."""
    kinds: Mapping[str, Entity] = field(default_factory=dict, repr=False)
    """Placeholder -> what kind of value it stands for."""
    held: Held | None = None
    """The conversation that it goes on with; what was issued in it is among the originals."""
    stored: bool = False
    """The provider keeps the answer."""
    lines: tuple[Line, ...] = ()
    """The requests of a body that holds many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A request with the deployments that may lawfully see it. Made by `residency` alone."""

    redacted: Redacted
    lawful: tuple[Deployment, ...]
    rejected: tuple[Rejection, ...]
    rules: tuple[str, ...]
    """Ids of the residency rules that bind, sorted."""
    allowed: frozenset[str] | None = None
    """The countries that all of them allow; None when no rule binds."""
    fallbacks: tuple[Fallback, ...] = ()
    """In the order in which they are asked."""

    @property
    def reachable(self) -> tuple[Deployment, ...]:
        """Everybody who may be asked, each once."""
        if len(self.lawful) == 1 and not self.fallbacks:
            return self.lawful
        every = (*self.lawful, *(d for each in self.fallbacks for d in each.lawful))
        return tuple({deployment.id: deployment for deployment in every}.values())

    waived: tuple[str, ...] = ()
    """What would have forbidden it, had it said anything: ids of rules, `contract`; sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at one deployment, for the outcome record and the metrics."""

    deployment: str
    provider: str
    model: str
    """By the provider's name for it."""
    result: str
    """`ok`, `http_429`, `connect`, `stale`, `timeout`, `malformed`, `misaligned`, `uncarried`,
    `truncated`, `cancelled`."""
    started_us: int
    duration_us: int
    sent_sha256: str
    """Hex digest of the bytes sent, so that what left can be proved."""
    patience_us: int | None = None
    """How long it was given until its answer was certain: what its own bound, and what was left of
    the exchange's, came to. None: nobody said."""


@dataclass(slots=True, kw_only=True)
class Journal:
    """What happens after the intent record; the audit entry owns it and writes the outcome from it.

    The one mutable value of an exchange: routing, restoring and the server each note facts here.
    """

    passage: Passage = field(default_factory=Passage)
    attempts: list[Attempt] = field(default_factory=list)
    deployment: str | None = None
    """The deployment whose answer was used."""
    model: str | None = None
    """The model of the answer that was restored, by the deployment's name for it."""
    fallback: str | None = None
    downgraded: tuple[str, ...] = ()
    """The virtual model that was asked instead, and for which budgets, if it is a cheaper one."""
    route_class: RouteClass | None = None
    """Of the request, where it was sorted by what it means."""
    resumed: tuple[str, ...] = ()
    """Deployments whose answers broke off, each gone on with by the next one."""
    resumed_entities: Mapping[Entity, int] = field(default_factory=dict)
    """What was found in what had been said of the answer when somebody was asked to go on."""
    left_out: tuple[str, ...] = ()
    """Members of the client's dialect that the deployment was not told, wholly or in part."""
    usage: Usage | None = None
    measured: Measured = ()
    """What the answer is counted in besides tokens."""
    cost_usd: str | None = None
    """Exact decimal; None when the usage or the price is unknown."""
    billed_usd: str | None = None
    """What providers say that they ask for it, where they do; nothing is counted by it."""
    reserved_usd: str | None = None
    """What the last attempt could cost at most, where budgets are kept; exact decimal."""
    estimated_nano: int = 0
    """What answers may have cost that broke off, in billionths of a US dollar: nobody counted."""
    tier: Tier | None = None
    """In which what was counted was answered, where that has prices of its own."""
    provider_request_id: str | None = None
    finish: str | None = None
    status: int | None = None
    """The HTTP status the client was given."""
    entities: Mapping[Entity, int] = field(default_factory=dict)
    """What was found in the request, or what it was refused for."""
    refused_by: tuple[str, ...] = ()
    """Ids of the policy rules by which it was refused."""
    unsure: tuple[str, ...] = ()
    """Ids of the policy documents that counted because their condition could not be judged."""
    restored: int = 0
    unrestored: int = 0
    """Texts in the answer that look like placeholders, or were some, and could not be restored."""
    kept: bool = False
    """The provider keeps the answer, and the gateway what its placeholders stand for."""
    cache: str | None = None
    """What the cache had to do with it: a `CacheUse`; None: there is none."""
    tool: ToolNotes | None = None
    """What became of a request to an MCP server; None: it was for a model, or went nowhere."""
    complete: bool = False
    """Set by `redaction.restore` just before it yields the last piece of a stream: audit holds that
    piece back until the outcome record is durable."""
    ending: Ending = Ending.OK
    code: str | None = None
    """The stable error code, if any."""

    @property
    def cost_unknown(self) -> str | None:
        """What is unknown of the cost of an answer that was used: `usage`, `price`."""
        if self.deployment is None or self.cost_usd is not None or self.tool is not None:
            return None
        return "price" if self.usage is not None or self.measured else "usage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Proof that the intent record is on disk."""

    origin: str
    index: int
    """The record's leaf index in the log of that origin."""
    leaf_hash: str
    """Hex, RFC 6962 leaf hash."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A request whose intent record is durable. Made by `audit` alone; all that routing takes."""

    placed: Placed
    receipt: Receipt
    journal: Journal = field(repr=False)


class EventKind(StrEnum):
    """What an event of an answer means to the gateway."""

    LIFECYCLE = "lifecycle"
    """Nothing a reader would see; a stream may still be retried after it."""
    CONTENT = "content"
    USAGE = "usage"
    """Token counts only (the last chunk of a stream that asked for them)."""
    ERROR = "error"
    DONE = "done"


@dataclass(slots=True, kw_only=True)
class AnswerEvent:
    """One event of an answer; a whole answer is a single CONTENT event.

    Nobody changes one. A frozen one would take four times as long, and streams make very many.
    """

    kind: EventKind
    data: dict[str, Any] | None = field(default=None, repr=False)
    """The parsed JSON; None for an end mark that holds none."""
    text: str | None = field(default=None, repr=False)
    """`data` as one line of JSON, as it was read or is to be written, so that what nobody changes
    is not encoded anew; None when there is no such line."""
    raw: bytes | None = field(default=None, repr=False)
    """A whole answer that is no text at all; then there is no `data`."""
    usage: Usage | None = None
    """What was counted so far."""
    measured: Measured = ()
    """What it is counted in besides tokens."""
    tier: Tier | None = None
    """In which it is answered, as far as that is said here."""
    finish: str | None = None
    provider_id: str | None = None
    names: tuple[tuple[Kept, str], ...] = ()
    """What else the provider keeps and names here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer on its way to the client: parsed events, placeholders still in them."""

    deployment: Deployment
    stream: bool
    events: AsyncIterator[AnswerEvent] = field(repr=False)
    """Its first content is here, or certain. Raises UpstreamFault if it breaks off later."""
    ready: Callable[[], AnswerEvent | None] = field(default=lambda: None, repr=False)
    """The next of `events` if it has arrived; None when it must be waited for. Raises as they."""
    named: str | None = None
    """The provider's name for the answer, where it is given in the client's own dialect."""
    names: tuple[tuple[Kept, str], ...] = ()
    """What else it keeps and names there."""
    originals: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What placeholders stand for in a list of what was kept by earlier requests."""
