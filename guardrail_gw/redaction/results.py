"""What a server says on its way to the client: each message is read, and treated by the policy.

What this exchange's own placeholders stand for comes back, since the client has it. Everything else
that the policy names is replaced, as in a request; what was replaced is kept for later requests of
the same principal before the client sees what stands for it.

own placeholders stay ─▶ detect ─▶ replace, propagate ─▶ put own values back ─▶ hold to schema
"""

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from guardrail_gw.core.exchange import Issue, Journal, Question, Redacted, Reply
from guardrail_gw.core.text import Entity, Finding, Segment, comparable
from guardrail_gw.detection.hidden import SURE
from guardrail_gw.dialects.mcp.dialect import MCP, Asked
from guardrail_gw.dialects.mcp.marked import Marked
from guardrail_gw.errors import Blocked, BodyRefused, UnsupportedContent, UpstreamBroken
from guardrail_gw.mcp_errors import ServerFailed
from guardrail_gw.policy.policy import Action, Policy
from guardrail_gw.policy.tools import Results
from guardrail_gw.redaction.cluster import Cluster, clusters, without
from guardrail_gw.redaction.edit import Editor, Edits
from guardrail_gw.redaction.fit import Fit
from guardrail_gw.redaction.irreversible import Irreversible
from guardrail_gw.redaction.placeholder import LITERAL, PLACEHOLDER, Issuer, TokenKey, look_alikes
from guardrail_gw.redaction.restorer import Restorer

Detect = Callable[[Sequence[Segment], Policy], Awaitable[Sequence[tuple[Finding, ...]]]]
Keep = Callable[[Mapping[str, Issue]], Awaitable[None]]
"""Remembers for a principal what placeholders stand for that it is about to be given."""

_STRUCTURED: Final = ("result", "structuredContent")
_ENCODE: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_PLACES_SHOWN: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What treating messages needs of the room."""

    key: TokenKey
    detect: Detect
    keep: Keep | None = None
    """None: nothing is remembered, since nobody would be told."""


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
            treated = await self._treated(event.data)
            piece = _ENCODE(treated).encode()
            if "method" not in treated:
                self._journal.complete = True
            return piece
        raise UpstreamBroken("the answer ended without a response")

    async def _treated(self, message: Mapping[str, Any]) -> Mapping[str, Any]:
        try:
            heard = MCP.heard(self._question, message)
        except BodyRefused as refusal:
            raise ServerFailed(f"a message of the server cannot be read ({refusal.code})") from None
        self._admit_attachments(heard)
        self._learn()
        if not heard.segments:
            return message
        findings = await self._how.detect(heard.segments, self._policy)
        if MCP.is_definition(self._question):
            findings = [tuple(f for f in here if f.score >= SURE) for here in findings]
        if self._policy.tools.results is Results.TOKENS:
            return await self._replaced(heard, findings)
        return self._counted(heard, findings)

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

    def _counted(self, heard: Marked, findings: Sequence[Sequence[Finding]]) -> Mapping[str, Any]:
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
        return _whole(heard, self._finals(heard, dict(enumerate(texts)), self._own))

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

    async def _replaced(
        self, heard: Marked, findings: Sequence[Sequence[Finding]]
    ) -> Mapping[str, Any]:
        """The message with something else for what the policy names."""
        if not self._concerns(heard, findings):
            return _whole(heard, {})
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
        await self._remember(edits, issued, typed)
        return _whole(heard, replacements)

    def _concerns(self, heard: Marked, findings: Sequence[Sequence[Finding]]) -> bool:
        """Whether anything of it may have to be changed."""
        if self._known.own or self._known.given or any(findings):
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

    async def _remember(
        self, edits: Edits, new: Mapping[str, str], typed: Mapping[str, str]
    ) -> None:
        """Keep what the client is about to be given."""
        given = {**new, **{form: edits.originals[token] for form, token in typed.items()}}
        if not given:
            return
        kinds = {t: edits.kinds.get(typed.get(t, t), LITERAL) for t in given}
        self._known.given.update(given)
        self._known.kinds.update(kinds)
        if (notes := self._journal.tool) is not None:
            notes.replaced += len(new)
        if self._how.keep is not None:
            await self._how.keep(
                {t: Issue(entity=kinds[t], value=value) for t, value in given.items()}
            )

    def _note(self, entities: Mapping[Entity, int]) -> None:
        notes = self._journal.tool
        if notes is not None:
            for entity, count in entities.items():
                notes.entities[entity] = notes.entities.get(entity, 0) + count


def _whole(heard: Marked, replacements: Mapping[int, str]) -> Mapping[str, Any]:
    message: Mapping[str, Any] = heard.rewritten(replacements)
    return message


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
