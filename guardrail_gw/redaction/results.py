"""What a server says on its way to the client: each message is read, and treated by the policy.

What this exchange's own placeholders stand for comes back, since the client has it. Everything else
that the policy names is replaced, as in a request; what was replaced is kept for later requests of
the same principal before the client sees what stands for it.

own placeholders stay ─▶ detect ─▶ replace, propagate ─▶ put own values back ─▶ hold to schema
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, Self, TypeVar

from guardrail_gw.core.exchange import (
    Journal,
    Question,
    Redacted,
    Reply,
)
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.kept import Issue
from guardrail_gw.core.ports import Offload
from guardrail_gw.core.text import Entity, Finding, Segment, comparable
from guardrail_gw.detection.hidden import SURE
from guardrail_gw.dialects.mcp.dialect import MCP, Asked
from guardrail_gw.dialects.mcp.exact import written
from guardrail_gw.dialects.mcp.marked import Marked
from guardrail_gw.errors import Blocked, BodyRefused, UnsupportedContent, UpstreamBroken
from guardrail_gw.mcp_errors import ServerFailed
from guardrail_gw.policy.policy import Action, Policy
from guardrail_gw.policy.tools import Results
from guardrail_gw.redaction import own_uris
from guardrail_gw.redaction.cluster import Cluster, any_counts, clusters, without
from guardrail_gw.redaction.edit import Editor, Edits
from guardrail_gw.redaction.fit import Fit
from guardrail_gw.redaction.irreversible import IRREVERSIBLE, Irreversible, is_ready
from guardrail_gw.redaction.placeholder import LITERAL, PLACEHOLDER, Issuer, TokenKey, look_alikes
from guardrail_gw.redaction.restorer import Restorer

Detect = Callable[[Sequence[Segment], Policy], Awaitable[Sequence[tuple[Finding, ...]]]]

_STRUCTURED: Final = ("result", "structuredContent")
_PLACES_SHOWN: Final = 5
_LARGE_BYTES: Final = 256 << 10
_NONE_GONE: Final[Mapping[str, frozenset[int]]] = {}
_VALUE_BYTES: Final = 16
"""What work on one value costs as much as."""
_MANY_FINDINGS: Final = 500
"""So many take some 10 ms."""
T = TypeVar("T")


class KeepFor(Protocol):
    """Remembers what a principal is about to be given (`state.vault.Vault.keep`)."""

    def __call__(
        self, principal: Principal, issued: Mapping[str, Issue], server: str = ""
    ) -> Awaitable[None]:
        """Do it; `server`: in whose URIs it stands."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What treating messages needs of the room."""

    key: TokenKey
    detect: Detect
    offload: Offload
    """Where large messages are worked on."""
    keep: KeepFor | None = None
    """None: nothing is remembered."""


@dataclass(slots=True, kw_only=True)
class Known:
    """What of an exchange stands for what, as far as it has come."""

    own: dict[str, str] = field(default_factory=dict, repr=False)
    """Of the client's own values, which come back to it."""
    given: dict[str, str] = field(default_factory=dict, repr=False)
    """Of values that it knows by their placeholders alone."""
    kinds: dict[str, Entity] = field(default_factory=dict, repr=False)
    _theirs: frozenset[str] = frozenset()
    _counted: int = 0

    @property
    def every(self) -> dict[str, str]:
        """All of it."""
        return {**self.given, **self.own}

    def is_own(self, value: str) -> bool:
        """Whether the client said the value itself, in this exchange."""
        if self._counted != len(self.own):
            self._theirs = frozenset(map(comparable, self.own.values()))
            self._counted = len(self.own)
        return bool(self._theirs) and comparable(value) in self._theirs


class ResultsBack:
    """The messages of one call for the client, each one piece; the last comes by itself."""

    def __init__(
        self,
        treatment: Treatment,
        redacted: Redacted,
        policy: Policy,
        reply: Reply,
        journal: Journal,
    ) -> None:
        self._how = treatment
        self._principal = redacted.inbound.principal
        self._question: Question = redacted.inbound.question
        self._asked: Asked = redacted.inbound.question.source
        self._policy = policy
        self._reply = reply
        self._journal = journal
        spoken = self._asked.spoken
        self._known = Known(
            own={t: v for t, v in redacted.originals.items() if t not in spoken},
            given={token: issue.value for token, issue in spoken.items()},
            kinds={**redacted.kinds, **{t: each.entity for t, each in spoken.items()}},
        )
        self._own = dict(self._known.own)
        self._learned = 0

    def __aiter__(self) -> Self:
        """Iterate over the messages."""
        return self

    async def __anext__(self) -> bytes:
        """Return the next message as one line of JSON.

        Raises:
            UpstreamFault: the server is gone, or said what nobody can read.
            Blocked: the policy lets nobody see what it said.
            UnsupportedContent: it said what nothing can look into.
            SchemaBroken: with placeholders it would not be what the tool promises.
        """
        if self._journal.complete:
            raise StopAsyncIteration
        async for event in self._reply.events:
            if event.data is None:
                raise UpstreamBroken("a message without content")
            piece = await self._piece(event.data, large=is_large(event.data))
            if "method" not in event.data:
                self._journal.complete = True
            return piece
        raise UpstreamBroken("the answer ended without a response")

    async def _piece(self, message: Mapping[str, Any], *, large: bool) -> bytes:
        heard = await self._bounded(lambda: self._heard(message), large=large)
        self._admit_attachments(heard)
        self._learn()
        findings: Sequence[Sequence[Finding]] = ()
        if heard.segments:
            findings = await self._how.detect(heard.segments, self._policy)
        if MCP.is_definition(self._question, message):
            findings = [tuple(f for f in here if f.score >= SURE) for here in findings]
        made = await self._bounded(
            lambda: self._made(heard, findings), large=large or self._is_dear(findings)
        )
        await self._remember(made)
        return made.piece

    def _heard(self, message: Mapping[str, Any]) -> Marked:
        try:
            return MCP.heard(self._question, message)
        except BodyRefused as refusal:
            raise ServerFailed(f"a message of the server cannot be read ({refusal.code})") from None

    async def _bounded(self, work: Callable[[], T], *, large: bool) -> T:
        """Do it away from the event loop, if it takes long."""
        return await self._how.offload(work, size=_LARGE_BYTES + 1) if large else work()

    def _is_dear(self, findings: Sequence[Sequence[Finding]]) -> bool:
        """Whether there is much to replace, or code has to be loaded first, which reads files."""
        if sum(map(len, findings)) > _MANY_FINDINGS:
            return True
        entities = {each.entity for here in findings for each in here}
        needs = any(self._policy.rule_for(each).action in IRREVERSIBLE for each in entities)
        return needs and not is_ready()

    def _made(self, heard: Marked, findings: Sequence[Sequence[Finding]]) -> "_Made":
        """The message for the client; what of it is new is still to be kept."""
        if not heard.segments:
            return _Made(piece=_encoded(heard, {}))
        if self._policy.tools.results is Results.TOKENS:
            return self._replaced(heard, findings)
        return _Made(piece=_encoded(heard, self._seen(heard, findings)))

    def _learn(self) -> None:
        """What the client answered in the middle of the call had replaced comes back to it, too."""
        learned = self._reply.originals
        if len(learned) != self._learned:
            self._known.own.update(learned)
            self._own.update(learned)
            self._learned = len(learned)

    def _admit_attachments(self, heard: Marked) -> None:
        if heard.attachments and not self._policy.attachments_allowed:
            shown = ", ".join(f"{a.media} at {a.place}" for a in heard.attachments[:_PLACES_SHOWN])
            raise UnsupportedContent(
                f"the server's answer holds what cannot be looked into: {shown}",
                facts={"attachments": len(heard.attachments)},
            )

    def _seen(self, heard: Marked, findings: Sequence[Sequence[Finding]]) -> Mapping[int, str]:
        """The message as the server said it, if it may be seen: nothing is replaced in it."""
        texts = [segment.text for segment in heard.segments]
        ours = Restorer(self._known.every).scan_all(texts) if self._known.every else []
        spans = [[(m.start, m.end) for m in here] for here in ours] or [[] for _ in texts]
        found = [
            [*clusters(without(here, own), self._policy, text)] if here else []
            for text, here, own in zip(texts, findings, spans, strict=True)
        ]
        self._note(Counter(each.entity for here in found for each in here))
        self._refuse(heard, found)
        return self._finals(heard, dict(enumerate(texts)), self._own)

    def _refuse(self, heard: Marked, found: Sequence[Sequence[Cluster]]) -> None:
        everything = self._policy.tools.results is Results.BLOCK
        hits = [
            (each.entity, segment.place)
            for segment, here in zip(heard.segments, found, strict=True)
            for each in here
            if each.rule.action is Action.BLOCK
            or (
                everything
                and each.rule.action is not Action.ALLOW
                and not self._known.is_own(segment.text[each.start : each.end])
            )
        ]
        if hits:
            raise _blocked(hits)

    def _replaced(self, heard: Marked, findings: Sequence[Sequence[Finding]]) -> "_Made":
        """The message with something else for what the policy names."""
        if not self._concerns(heard, findings):
            return _Made(piece=_encoded(heard, {}))
        edits = self._edits(heard, findings)
        self._note(edits.entities)
        theirs = self._theirs(edits)
        new = {t: edits.originals[t] for t in edits.originals if t not in self._known.every}
        back = {**self._own, **{t: v for t, v in edits.originals.items() if t in theirs}}
        texts = {i: s.text for i, s in enumerate(heard.segments)} | dict(edits.replacements)
        given = {t: v for t, v in edits.originals.items() if t not in back}
        finals = self._finals(heard, texts, back)
        replacements, typed = self._fitted(heard, finals, given)
        issued = {t: v for t, v in new.items() if t in given}
        uris = own_uris.in_uris(heard, replacements, given)
        gone = own_uris.unreadable(heard, replacements, given)
        in_uris = {t: Issue(entity=edits.kinds.get(t, LITERAL), value=given[t]) for t in uris}
        given = {**issued, **{form: edits.originals[token] for form, token in typed.items()}}
        return _Made(
            piece=_encoded(heard, replacements, gone),
            replaced=len(issued),
            in_uris=in_uris,
            given={
                token: Issue(entity=edits.kinds.get(typed.get(token, token), LITERAL), value=value)
                for token, value in given.items()
            },
        )

    def _concerns(self, heard: Marked, findings: Sequence[Sequence[Finding]]) -> bool:
        """Whether anything of it may have to be changed."""
        if self._known.own or self._known.given:
            return True
        if any_counts(findings, self._policy, heard.segments):
            return True
        return any("_" in s.text and look_alikes(s.text) for s in heard.segments)

    def _edits(self, heard: Marked, findings: Sequence[Sequence[Finding]]) -> Edits:
        known = self._known.every
        issuer = Issuer(key=self._how.key, principal=self._principal)
        issuer.issued_before({t: v for t, v in known.items() if PLACEHOLDER.fullmatch(t)})
        issuer.issued.update(known)
        editor = Editor(
            segments=heard.segments,
            policy=self._policy,
            issuer=issuer,
            irreversible=Irreversible(key=self._how.key, principal=self._principal),
        )
        for token, value in self._known.given.items():  # wherever the server says it
            editor.know(value, self._known.kinds.get(token, LITERAL))
        try:
            return editor.edits(findings)
        except Blocked as refusal:
            raise Blocked(
                refusal.detail.replace("sending", "passing on what the server said:", 1),
                facts=refusal.facts,
            ) from None

    def _theirs(self, edits: Edits) -> frozenset[str]:
        """What stands for what the client knows: its own values, and what only looked like ours."""
        return frozenset(
            token
            for token, value in edits.originals.items()
            if token not in self._known.given
            and (edits.kinds.get(token) == LITERAL or self._known.is_own(value))
        )

    @staticmethod
    def _finals(heard: Marked, texts: Mapping[int, str], back: Mapping[str, str]) -> dict[int, str]:
        """The texts in the end, of those that are other than they were."""
        indices = [*texts]
        whole = [texts[i] for i in indices]
        if back:
            whole = Restorer(back).restore_all(whole)
        return {
            i: text
            for i, text in zip(indices, whole, strict=True)
            if text != heard.segments[i].text
        }

    def _fitted(
        self, heard: Marked, finals: dict[int, str], given: Mapping[str, str]
    ) -> tuple[Mapping[int, str], Mapping[str, str]]:
        """Structured content is what the tool promises, still."""
        facts = self._asked.facts
        schema = None if facts is None else facts.output_schema
        if schema is None or not finals or not _is_structured(heard.value):
            return finals, {}
        fit = Fit(message=heard, prefix=_STRUCTURED, schema=schema, tokens=given)
        made = fit.fitted(finals)
        return made.replacements, made.typed

    async def _remember(self, made: "_Made") -> None:
        """Keep what the client is about to be given."""
        keep = self._how.keep
        if made.in_uris and keep is not None:  # for what this server is asked for by its URIs
            await keep(self._principal, made.in_uris, self._question.model)
        if not made.given:
            return
        self._known.given.update({t: issue.value for t, issue in made.given.items()})
        self._known.kinds.update({t: issue.entity for t, issue in made.given.items()})
        if (notes := self._journal.tool) is not None:
            notes.replaced += made.replaced
        if keep is not None and self._policy.tools.trusts_any:  # else nobody would be told
            await keep(self._principal, made.given)

    def _note(self, entities: Mapping[Entity, int]) -> None:
        notes = self._journal.tool
        if notes is not None:
            for entity, count in entities.items():
                notes.entities[entity] = notes.entities.get(entity, 0) + count


@dataclass(frozen=True, slots=True, kw_only=True)
class _Made:
    """A message ready for the client."""

    piece: bytes = field(repr=False)
    given: Mapping[str, Issue] = field(default_factory=dict, repr=False)
    """What it is about to be given placeholders for, for the first time."""
    in_uris: Mapping[str, Issue] = field(default_factory=dict, repr=False)
    """What of it stands in URIs, the first time or not."""
    replaced: int = 0


def _encoded(
    heard: Marked, replacements: Mapping[int, str], gone: Mapping[str, frozenset[int]] = _NONE_GONE
) -> bytes:
    return written(own_uris.without(heard.rewritten(replacements), gone))


def is_large(message: Any, bound: int = _LARGE_BYTES) -> bool:  # noqa: ANN401 - JSON
    """Whether a message is so large that work on it takes long; a large one is not read to its end.

    Args:
        message: parsed JSON.
        bound: characters, and a few for each value.
    """
    size, todo = 0, [message]
    while todo and size <= bound:
        node = todo.pop()
        size += _VALUE_BYTES
        if type(node) is str:
            size += len(node)
        elif type(node) is dict:
            todo += node.values()
            size += sum(map(len, node))
        elif type(node) is list:
            todo += node
    return size > bound


def _is_structured(message: Mapping[str, Any]) -> bool:
    result = message.get("result")
    return isinstance(result, dict) and "structuredContent" in result


def _blocked(hits: Sequence[tuple[Entity, str]]) -> Blocked:
    count = Counter(entity for entity, _ in hits)
    what = ", ".join(f"{entity} ({n})" for entity, n in sorted(count.items()))
    where = ", ".join(sorted({place for _, place in hits})[:_PLACES_SHOWN])
    return Blocked(
        f"the policy forbids passing on what the server said: {what}, found at {where}",
        facts={"entities": {str(e): n for e, n in sorted(count.items())}},
    )


def spoken_in(texts: Iterable[str], most: int) -> Iterator[str]:
    """Everything of a placeholder's form in texts, each once, so many at most."""
    seen = dict.fromkeys(
        text[start:end] for text in texts if "_" in text for start, end in look_alikes(text)
    )
    yield from list(seen)[:most]
