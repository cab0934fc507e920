"""The redaction room for requests to MCP servers.

What differs from requests to models: placeholders that its sender was given in earlier answers are
known, arguments still fit their tool's schema, and answers are looked at like requests.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import replace

from guardrail_gw.core.exchange import (
    Envelope,
    Inbound,
    Journal,
    Redacted,
    Reply,
)
from guardrail_gw.core.kept import Held, Issue
from guardrail_gw.core.ports import Detector, Offload
from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.dialects.mcp.dialect import MCP, Asked
from guardrail_gw.dialects.mcp.methods import CALL
from guardrail_gw.errors import ResidualFound
from guardrail_gw.policy.policy import Policy
from guardrail_gw.redaction.edit import Editor, Edits
from guardrail_gw.redaction.fit import Fit
from guardrail_gw.redaction.own_uris import is_uri
from guardrail_gw.redaction.placeholder import TokenKey
from guardrail_gw.redaction.redaction import Redaction
from guardrail_gw.redaction.residual import may_hold, refuse_residue
from guardrail_gw.redaction.restorer import Restorer
from guardrail_gw.redaction.results import KeepFor, ResultsBack, Treatment
from guardrail_gw.redaction.way_back import Ahead

_ARGUMENTS = ("arguments",)


class ToolRedaction(Redaction):
    """Takes personal data out of requests to servers, and out of what they say."""

    __slots__ = ("_treatment",)

    def __init__(
        self, detector: Detector, key: TokenKey, *, offload: Offload, keep: KeepFor | None = None
    ) -> None:
        """Without I/O.

        Args:
            detector: finds it.
            key: the secret that placeholders are derived from: the same as for models, so that the
                same value of the same principal has the same placeholder everywhere.
            offload: where large bodies are worked on.
            keep: remembers what stands for what a client was given placeholders for.
        """
        super().__init__(detector, key, [MCP], offload=offload)
        self._treatment = Treatment(key=key, detect=self._detect, offload=offload, keep=keep)

    def originals(self, redacted: Redacted) -> Envelope:
        """The request for a server that the policy trusts: with values where placeholders stand.

        Raises:
            ResidualFound: a placeholder is left.
        """
        if not redacted.originals:
            return redacted.envelope
        question = MCP.parse(redacted.envelope.addressed(b'""'), redacted.inbound.question.head)
        texts = [segment.text for segment in question.segments]
        back = Restorer(redacted.originals).restore_all(texts)
        new = {i: b for i, (a, b) in enumerate(zip(texts, back, strict=True)) if a != b}
        return MCP.rewrite(question, new)

    def own_uris(self, redacted: Redacted) -> Envelope:
        """The request with values in its URIs that its very server said there before."""
        asked: Asked = redacted.inbound.question.source
        own = {token: asked.spoken[token].value for token in asked.own}
        if not own:
            return redacted.envelope
        question = MCP.parse(redacted.envelope.addressed(b'""'), redacted.inbound.question.head)
        new = {
            index: Restorer(own).restore_all([segment.text])[0]
            for index, segment in enumerate(question.segments)
            if is_uri(segment.place)
        }
        return MCP.rewrite(question, new)

    def restore(
        self,
        redacted: Redacted,
        reply: Reply,
        journal: Journal,
        ahead: Ahead | None = None,  # noqa: ARG002 - the seam's
        policy: Policy | None = None,
    ) -> AsyncIterator[bytes]:
        """Yield the messages for the client, each one piece; see `ResultsBack`."""
        if policy is None:
            raise ResidualFound("what servers say is treated by a policy, and there is none")
        return ResultsBack(self._treatment, redacted, policy, reply, journal)

    def _editor(
        self, inbound: Inbound, policy: Policy, held: Held | None, *, surrogates: bool
    ) -> Editor:
        editor = super()._editor(inbound, policy, held, surrogates=surrogates)
        asked: Asked = inbound.question.source
        editor.issuer.issued_before({t: issue.value for t, issue in asked.spoken.items()})
        return editor

    def _edited(
        self,
        inbound: Inbound,
        policy: Policy,
        findings: Sequence[tuple[Finding, ...]],
        held: Held | None,
    ) -> tuple[Edits, Envelope]:
        edits, envelope = super()._edited(inbound, policy, findings, held)
        asked: Asked = inbound.question.source
        if asked.spoken:
            edits = replace(edits, entities=_with(edits.entities, asked.spoken.values()))
        return self._fitted(inbound, edits, envelope)

    def _fitted(self, inbound: Inbound, edits: Edits, envelope: Envelope) -> tuple[Edits, Envelope]:
        """Arguments are what the tool asks for, still; raises SchemaBroken."""
        asked: Asked = inbound.question.source
        schema = None if asked.facts is None else asked.facts.input_schema
        is_call = asked.method == CALL and "arguments" in asked.message.value
        if schema is None or not is_call or not edits.replacements:
            return edits, envelope
        fit = Fit(message=asked.message, prefix=_ARGUMENTS, schema=schema, tokens=edits.originals)
        made = fit.fitted(edits.replacements)
        if not made.typed:
            return edits, envelope
        edits = replace(
            edits,
            replacements=made.replacements,
            originals={
                **edits.originals,
                **{form: edits.originals[token] for form, token in made.typed.items()},
            },
            written=edits.written | made.typed.keys(),
            kinds={
                **edits.kinds,
                **{f: edits.kinds[t] for f, t in made.typed.items() if t in edits.kinds},
            },
        )
        return edits, self._looked_at_again(inbound, edits)

    @staticmethod
    def _looked_at_again(inbound: Inbound, edits: Edits) -> Envelope:
        """The request with what fits, in which no value is left; raises ResidualFound."""
        question = inbound.question
        envelope = MCP.rewrite(question, edits.replacements)
        outgoing = envelope.addressed(b'""')
        if may_hold(outgoing, question.head, edits.values):
            leaves = MCP.leaves(MCP.parse(outgoing, question.head))
            refuse_residue(leaves, edits.values, edits.written)
        return envelope


def _with(entities: Mapping[Entity, int], more: Iterable[Issue]) -> dict[Entity, int]:
    counted = dict(entities)
    for issue in more:
        counted[issue.entity] = counted.get(issue.entity, 0) + 1
    return counted
