"""The redaction room: `Inbound` in, `Redacted` out; and the answer's way back.

attachments -> detect -> cluster -> replace, propagate, neutralise -> rewrite -> residual check
"""

from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from guardrail_gw.core.body import quoted
from guardrail_gw.core.exchange import (
    Envelope,
    Head,
    Inbound,
    Journal,
    Question,
    Redacted,
    Reply,
)
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.kept import Held
from guardrail_gw.core.ports import Detector, Offload
from guardrail_gw.core.text import Entity, Finding, Segment
from guardrail_gw.errors import (
    BodyRefused,
    DetectionDown,
    ResidualFound,
    SurfaceNotServed,
)
from guardrail_gw.policy.policy import Action, Policy, Store
from guardrail_gw.redaction import surrogate
from guardrail_gw.redaction.asked import attachment_rules, refuse_storing, store_rules
from guardrail_gw.redaction.cluster import any_counts
from guardrail_gw.redaction.edit import AmbiguousText, Editor, Edits
from guardrail_gw.redaction.growth import Growth, repeated
from guardrail_gw.redaction.irreversible import IRREVERSIBLE, Irreversible, is_ready
from guardrail_gw.redaction.lines import at_once, lines, to_scan
from guardrail_gw.redaction.placeholder import PLACEHOLDER, Issuer, TokenKey, look_alikes
from guardrail_gw.redaction.recall import Seen, recall, scope_of
from guardrail_gw.redaction.remember import remembered
from guardrail_gw.redaction.repeatable import Repeated, repeated as repeated_answer
from guardrail_gw.redaction.residual import may_hold, refuse_residue
from guardrail_gw.redaction.restore import AnswerDialect
from guardrail_gw.redaction.surrogate import Surrogates
from guardrail_gw.redaction.turn_memory import TurnMemory
from guardrail_gw.redaction.turns import Made
from guardrail_gw.redaction.way_back import Ahead, WayBack

T = TypeVar("T")

LARGE_BYTES: Final = 256 * 1024
"""Bodies above this size are rewritten away from the event loop."""

Found = Callable[[Inbound, Sequence[tuple[Finding, ...]]], Policy]
"""Takes a request that was read in full, and the findings of each segment; gives the policy that it
is to obey, which is at least as strict as the one before."""

_FINDING_BYTES = 512
"""A finding, or a value of an earlier turn, costs as much as so many bytes; some 500 of them take
more than 10 ms."""
_LOADING_BYTES = 64 * 1024 * 1024
"""Counts as more than any bound for inline work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembering:
    """What of earlier requests is used, and whether it still holds."""

    memory: TurnMemory = field(default_factory=TurnMemory)
    detected_by: Callable[[], str] = str
    """Which detectors these are: others may find something else."""


class Redaction:
    """Takes personal data out of requests and puts it back into their answers.

    Args:
        detector: finds it.
        key: the secret that placeholders are derived from.
        dialects: the wire formats that requests may have come in.
        offload: where large bodies are worked on.
        remembering: what earlier requests came to; without it each is read in full.
    """

    __slots__ = ("_detector", "_dialects", "_key", "_offload", "_remembering", "_unkept")

    def __init__(
        self,
        detector: Detector,
        key: TokenKey,
        dialects: Iterable[AnswerDialect],
        *,
        offload: Offload,
        remembering: Remembering | None = None,
    ) -> None:
        self._detector = detector
        self._key = key
        self._dialects: Mapping[str, AnswerDialect] = {d.name: d for d in dialects}
        self._offload = offload
        self._remembering = remembering or Remembering(memory=TurnMemory(0))
        self._unkept: deque[Callable[[], None]] = deque()
        """Keeps what requests came to, once nobody waits for it."""

    def recall(
        self, dialect: str, body: bytes, head: Head, principal: Principal
    ) -> Question | None:
        """The question of a body, most of which was seen before; None: it must be parsed."""
        self.keep()
        memory = self._remembering.memory
        return recall(memory, self._dialects[dialect], body, head, principal)

    async def apply(
        self,
        inbound: Inbound,
        policy: Policy,
        held: Held | None = None,
        *,
        found: Found | None = None,
    ) -> Redacted:
        """Replace what the policy names.

        Args:
            inbound: the request.
            policy: its policy.
            held: the conversation that it goes on with.
            found: told what the detectors saw, before anything is done with it; says what to obey.

        Raises:
            SurfaceNotServed: the policy does not open what is asked for.
            StoringForbidden: the policy has nothing kept, and the request cannot be made to say so.
            UnsupportedContent: an attachment that the policy does not allow.
            DetectionDown: not scanned.
            Blocked: an entity was found whose action is `block`.
            ResidualFound: an original was still in the outgoing bytes.
        """
        question = inbound.question
        self._admit(question, policy)
        seen = question.seen if isinstance(question.seen, Seen) else None
        if seen is not None and found is None and _stands_alone(question, held):
            grown = await self._grown(inbound, policy, seen)
            if grown is not None:
                return grown
        if question.seen is not None:
            inbound = replace(inbound, question=await self._read(inbound))
        return await self._applied(inbound, policy, held, seen=seen, found=found)

    def _admit(self, question: Question, policy: Policy) -> None:
        """Refuse what the policy does not let be asked."""
        if not policy.serves(question.dialect):
            raise SurfaceNotServed(f"the policy does not open {question.dialect}")
        if policy.store is Store.NEVER:
            refuse_storing(self._dialects[question.dialect].members(question), question)

    async def _applied(
        self,
        inbound: Inbound,
        policy: Policy,
        held: Held | None,
        *,
        seen: Seen | None,
        found: Found | None,
    ) -> Redacted:
        """What a request comes to that was read in full."""
        detected_by = self._remembering.detected_by()
        question = inbound.question
        rules = (*attachment_rules(question, policy), *store_rules(question, policy))
        findings = await self._detect(question.segments, policy, question.lines)
        if found is not None:
            policy = found(inbound, findings)
            self._admit(question, policy)
            rules = (*attachment_rules(question, policy), *store_rules(question, policy))
        counts = any_counts(findings, policy, question.segments) or (held and held.issued)
        if counts or await self._has_look_alike(question):
            size = self._weight(question, policy, findings)
            size += _FINDING_BYTES * len(held.issued if held is not None else ())
            edits, envelope = await self._bounded(
                lambda: self._edited(inbound, policy, findings, held), size=size
            )
            redacted = _redacted(inbound, policy, envelope, rules, edits, held=held)
        else:
            dialect = self._dialects[question.dialect]
            size, edits = dialect.weight(question), None
            envelope = dialect.rewrite(question, {}, stored=policy.keeps(question.store))
            redacted = _redacted(inbound, policy, envelope, rules, held=held)
        if _stands_alone(question, held):
            made = await self._made(redacted, edits, detected_by, size=size)
            if made is not None:
                self._keep(inbound, made, seen)
        return redacted

    def joined(self, redacted: Redacted, held: Held | None) -> Redacted:
        """A request that knows what other turns of its conversation had replaced meanwhile.

        Args:
            redacted: the request, which has been answered.
            held: its conversation as it is now; None where nothing can have been added.
        """
        if held is None:
            return redacted
        said = [segment.text for segment in redacted.inbound.question.segments]
        later = {
            token: issue
            for token, issue in held.issued.items()
            if token not in redacted.originals and _is_theirs(token, said)
        }
        return Redacted(
            inbound=redacted.inbound,
            envelope=redacted.envelope,
            lines=redacted.lines,
            originals={**{t: each.value for t, each in later.items()}, **redacted.originals},
            entities=redacted.entities,
            rules=redacted.rules,
            policy_digest=redacted.policy_digest,
            documents=redacted.documents,
            kinds={**{t: each.entity for t, each in later.items()}, **redacted.kinds},
            held=held,
            stored=redacted.stored,
        )

    @property
    def is_behind(self) -> bool:
        """Whether something is to be kept."""
        return bool(self._unkept)

    def keep(self) -> None:
        """Keep what requests came to for the next ones of their conversations.

        Whoever has sent a request asks for it when nobody waits: while its provider takes its time,
        or once its answer has left; at the latest it is done when the next request comes.
        """
        while self._unkept:
            self._unkept.popleft()()

    def ahead(self, redacted: Redacted) -> Ahead:
        """What can be made for an answer before it is here, for `restore`."""
        return Ahead(redacted.originals)

    async def repeated(self, redacted: Redacted, policy: Policy, said: str) -> Repeated | None:
        """What a provider said in an answer, as one that goes on may be told; None: not at all."""
        return await repeated_answer(redacted, policy, said, self._key, self._detect)

    def with_found(self, redacted: Redacted, more: Mapping[Entity, int]) -> Redacted:
        """A request in which so much more was found, as to where it may go."""
        return replace(redacted, entities={**redacted.entities, **more})

    def restore(
        self,
        redacted: Redacted,
        reply: Reply,
        journal: Journal,
        ahead: Ahead | None = None,
        policy: Policy | None = None,  # noqa: ARG002 - for what brings more than was sent
    ) -> AsyncIterator[bytes]:
        """Yield the answer for the client; its last piece comes by itself, announced in `journal`.

        Args:
            redacted: the request.
            reply: its answer.
            journal: of the exchange.
            ahead: what was made of the same request already.
            policy: which binds.

        Raises:
            UpstreamFault: the answer broke off, or the provider reported an error in it.
        """
        dialect = self._dialects[redacted.inbound.question.dialect]
        journal.model = reply.deployment.model
        return WayBack(
            dialect=dialect, redacted=redacted, reply=reply, journal=journal, ahead=ahead
        )

    async def _bounded(self, work: Callable[[], T], *, size: int) -> T:
        """Do what takes as long as so many bytes, away from the event loop if they are many."""
        return work() if size <= LARGE_BYTES else await self._offload(work, size=size)

    async def _grown(self, inbound: Inbound, policy: Policy, seen: Seen) -> Redacted | None:
        """What a request comes to of which the most was seen before, if that still holds."""
        turns, added = seen.found.kept.turns, seen.added
        here = policy.digest, policy.documents, self._remembering.detected_by()
        if here != (turns.policy_digest, turns.documents, turns.detected_by):
            return None
        rules = store_rules(inbound.question, policy)
        if added is None:
            return repeated(inbound, policy, seen, rules).redacted
        context = added.context
        findings = await self._detect((*context, *added.segments), policy)
        if any(finding.part for each in findings[: len(context)] for finding in each):
            return None  # a value runs on from what was seen before
        grown = Growth(
            dialect=self._dialects[inbound.question.dialect],
            key=self._key,
            inbound=inbound,
            policy=policy,
            seen=seen,
            contents=seen.opened.contents(),
            rules=rules,
        ).grown(findings[len(context) :])
        if grown is None:
            return None
        if (made := grown.made) is not None:
            self._unkept.append(lambda: self._keep(inbound, made(), seen))
        return grown.redacted

    async def _read(self, inbound: Inbound) -> Question:
        """The question in full."""
        dialect, head = self._dialects[inbound.question.dialect], inbound.question.head
        body = inbound.body
        return await self._bounded(lambda: dialect.parse(body, head), size=len(body))

    async def _made(
        self, redacted: Redacted, edits: Edits | None, detected_by: str, *, size: int
    ) -> Made | None:
        """What of a request is to be kept for the next one of its conversation."""
        if not self._remembering.memory.is_on:
            return None
        dialect = self._dialects[redacted.inbound.question.dialect]
        return await self._bounded(
            lambda: remembered(dialect, redacted, edits, detected_by=detected_by), size=size
        )

    def _keep(self, inbound: Inbound, made: Made, seen: Seen | None) -> None:
        """Remember a request, and forget the one that it goes on from."""
        question = inbound.question
        scope = scope_of(question.dialect, question.head, inbound.principal)
        found = seen.found if seen is not None else None
        self._remembering.memory.keep(scope, inbound.body, made, grown=found)

    def _weight(
        self, question: Question, policy: Policy, findings: Sequence[tuple[Finding, ...]]
    ) -> int:
        """Bytes of work; the first use of an irreversible action has to load its code, too."""
        weight = self._dialects[question.dialect].weight(question)
        weight += _FINDING_BYTES * sum(map(len, findings))
        if is_ready() and surrogate.is_ready():
            return weight
        actions = {policy.rule_for(e).action for e in {f.entity for here in findings for f in here}}
        loads = (not is_ready() and not actions.isdisjoint(IRREVERSIBLE)) or (
            not surrogate.is_ready() and Action.SURROGATE in actions
        )
        return weight + _LOADING_BYTES if loads else weight

    async def _detect(
        self, segments: Sequence[Segment], policy: Policy, within: Sequence[int] = ()
    ) -> Sequence[tuple[Finding, ...]]:
        """The findings of each; `within`: where they may be parted, since there are many."""
        if not segments:
            return ()
        findings: list[tuple[Finding, ...]] = []
        for some in at_once(to_scan(segments, policy), within):
            findings += await self._detector.detect(some, countries=policy.identifiers_of)
        if len(findings) != len(segments):
            raise DetectionDown("not every text was scanned")
        return findings

    async def _has_look_alike(self, question: Question) -> bool:
        size = self._dialects[question.dialect].weight(question)
        if size <= LARGE_BYTES:
            return _has_look_alike(question)
        return await self._offload(lambda: _has_look_alike(question), size=size)

    def _edited(
        self,
        inbound: Inbound,
        policy: Policy,
        findings: Sequence[tuple[Finding, ...]],
        held: Held | None,
    ) -> tuple[Edits, Envelope]:
        question = inbound.question
        try:
            edits = self._editor(inbound, policy, held, surrogates=True).edits(findings)
        except AmbiguousText:  # a surrogate beside another word may read as a third
            edits = self._editor(inbound, policy, held, surrogates=False).edits(findings)
        dialect = self._dialects[question.dialect]
        envelope = dialect.rewrite(
            question, edits.replacements, stored=policy.keeps(question.store)
        )
        if edits.values:
            outgoing = envelope.addressed(quoted(question.model))
            if may_hold(outgoing, question.head, edits.values, known=edits.sought):
                read = _read_again(dialect, outgoing, question)
                refuse_residue(dialect.leaves(read), edits.values, edits.written)
        return edits, envelope

    def _editor(
        self, inbound: Inbound, policy: Policy, held: Held | None, *, surrogates: bool
    ) -> Editor:
        key, principal, segments = self._key, inbound.principal, inbound.question.segments
        return Editor(
            segments=segments,
            policy=policy,
            issuer=Issuer(key=key, principal=principal),
            irreversible=Irreversible(key=key, principal=principal),
            surrogates=Surrogates(key=key, principal=principal, segments=segments)
            if surrogates
            else None,
            held=held.issued if held else {},
        )


def _stands_alone(question: Question, held: Held | None) -> bool:
    """Whether what a request comes to depends on no conversation that a provider keeps."""
    return held is None and question.recall is None


def _read_again(dialect: AnswerDialect, outgoing: bytes, question: Question) -> Question:
    """Parse the bytes about to leave; the model's name is each deployment's own."""
    try:
        return dialect.parse(outgoing, question.head)
    except BodyRefused as refusal:
        raise ResidualFound(
            f"the rewritten body cannot be read ({refusal.code}); nothing was sent"
        ) from None


def _is_theirs(token: str, said: Sequence[str]) -> bool:
    """Whether what another turn issued cannot be what this one says itself.

    A placeholder that somebody typed left as a text of its own; an invented name may be a real one.
    """
    return PLACEHOLDER.fullmatch(token) is not None or not any(token in text for text in said)


def _has_look_alike(question: Question) -> bool:
    return any("_" in s.text and look_alikes(s.text) for s in question.segments)


def _redacted(  # noqa: PLR0913 - what it is made of, each by name
    inbound: Inbound,
    policy: Policy,
    envelope: Envelope,
    rules: tuple[str, ...],
    edits: Edits | None = None,
    *,
    held: Held | None = None,
) -> Redacted:
    found = edits.found if edits else ()
    return Redacted(
        inbound=inbound,
        envelope=envelope,
        lines=lines(envelope.lines, inbound.question.lines, found),
        originals=edits.originals if edits else {},
        entities=edits.entities if edits else {},
        rules=tuple(sorted({*rules, *(edits.rules if edits else ())})),
        policy_digest=policy.digest,
        documents=policy.documents,
        kinds=edits.kinds if edits else {},
        held=held,
        stored=policy.keeps(inbound.question.store) is True,
    )
