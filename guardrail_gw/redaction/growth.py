"""What a request comes to that was seen before but for some turns.

What was found in the rest, what it became, and that no value is left in it, need not be found
out again, as long as nothing in the new turns changes any of it. Where something might, nothing is
said here, and the request is read in full: that alone decides what is refused, and in which words.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from guardrail_gw.core.body import entries, parse, quoted
from guardrail_gw.core.exchange import Inbound, Redacted
from guardrail_gw.core.text import Entity, Finding, Segment
from guardrail_gw.detection.seams import open_row
from guardrail_gw.dialects.walk import every_text
from guardrail_gw.errors import Refusal
from guardrail_gw.policy.policy import Action, Policy
from guardrail_gw.redaction.edit import PLAIN, Editor, Edits, Known
from guardrail_gw.redaction.irreversible import Irreversible
from guardrail_gw.redaction.placeholder import SUFFIX_CHARS, Issuer, TokenKey
from guardrail_gw.redaction.recall import Added, Seen
from guardrail_gw.redaction.remember import NOTHING, mark, part_within, rows_of
from guardrail_gw.redaction.residual import may_hold, refuse_residue
from guardrail_gw.redaction.restore import AnswerDialect
from guardrail_gw.redaction.restorer import Restorer
from guardrail_gw.redaction.spellings import Spellings, clue
from guardrail_gw.redaction.turns import (
    KEPT_MARKS,
    Contents,
    Made,
    Mark,
    Part,
    Turns,
    joined,
    thinned,
)

_STUB: Final = b'""'
_CLOSING: Final = len(b"]}")
_NO_EDITS: Final = Edits(
    replacements={},
    originals={},
    values=frozenset(),
    written=frozenset(),
    entities={},
    rules=(),
    is_plain=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """A request that goes on from one that was kept."""

    redacted: Redacted
    made: Callable[[], Made] | None = field(default=None, repr=False)
    """Finds out what is to be kept of it, if it has new turns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Settled:
    """The edits of the new turns, and what all turns come to with them."""

    edits: Edits
    whole: Part
    values: Mapping[str, tuple[Entity, str]] = field(repr=False)

    @property
    def originals(self) -> dict[str, str]:
        """Placeholder -> value."""
        return {token: value for value, (_, token) in self.values.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Written:
    """The new turns as they leave, with what stands between them."""

    text: bytes = field(repr=False)
    ends: tuple[int, ...]
    """Where each turn ends in it."""


def repeated(inbound: Inbound, policy: Policy, seen: Seen, rules: tuple[str, ...]) -> Grown:
    """A request that was seen before in full: it comes to what it came to.

    Args:
        inbound: the request.
        policy: what decided on it, then and now.
        seen: the same request, but for white space between its turns and what is behind them.
        rules: what the policy decided but for what is found.
    """
    turns, whole = seen.found.kept.turns, seen.opened.whole()
    mark = turns.marks[seen.found.at]
    piece = whole.before if turns.is_before else whole.after
    if seen.middle or piece[mark.out : turns.tail_out]:
        piece = piece[: mark.out] + seen.middle + piece[turns.tail_out :]
    before, after = (piece, whole.after) if turns.is_before else (whole.before, piece)
    redacted = Redacted(
        inbound=inbound,
        envelope=replace(turns.envelope, before=before, after=after),
        originals=whole.originals,
        entities=whole.entities,
        rules=tuple(sorted({*rules, *whole.rules})),
        policy_digest=policy.digest,
        documents=policy.documents,
        kinds=whole.kinds,
        stored=policy.keeps(inbound.question.store) is True,
    )
    return Grown(redacted=redacted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """One request that was seen before but for some turns."""

    dialect: AnswerDialect
    key: TokenKey
    inbound: Inbound
    policy: Policy
    seen: Seen
    rules: tuple[str, ...]
    """What the policy decided but for what is found."""
    contents: Contents = field(repr=False)
    """What the request is made of that this one goes on from."""

    def grown(self, findings: Sequence[Sequence[Finding]]) -> Grown | None:
        """What it comes to; None where the new turns may change what the others came to.

        Args:
            findings: of each text that is new.
        """
        try:
            settled = self._settled(findings) if self._is_plain(findings) else None
            return None if settled is None else self._grown(settled, self._written(settled))
        except Refusal:
            return None

    @property
    def _turns(self) -> Turns:
        return self.seen.found.kept.turns

    @property
    def _mark(self) -> Mark:
        return self._turns.marks[self.seen.found.at]

    @property
    def _before(self) -> tuple[Part, ...]:
        """What was found before the new turns."""
        return self.contents.parts[: self.seen.found.at + 1]

    @property
    def _segments(self) -> tuple[Segment, ...]:
        return self.seen.added.segments if self.seen.added is not None else ()

    def _is_plain(self, findings: Sequence[Sequence[Finding]]) -> bool:
        """Whether what is found asks for nothing but placeholders."""
        for finding in (each for here in findings for each in here):
            rule = self.policy.rule_for(finding.entity)
            if rule.concerns(finding.score) and (finding.part or rule.action not in PLAIN):
                return False
        return True

    def _settled(self, findings: Sequence[Sequence[Finding]]) -> _Settled | None:
        """The edits of the new turns, if all others stay as they are."""
        before, behind = joined(self._before), self.contents.parts[-1]
        edits = self._edits(findings, _known(before), _known(behind))
        if not edits.is_plain:
            return None
        texts = (segment.text for segment in self._segments)
        whole = joined([before, part_within(edits, 0, len(self._segments), texts), behind])
        settled = _Settled(edits=edits, whole=whole, values=self._values(edits, whole))
        return settled if self._stays(settled) else None

    def _edits(self, findings: Sequence[Sequence[Finding]], before: Known, behind: Known) -> Edits:
        if not self._segments:
            return _NO_EDITS
        principal = self.inbound.principal
        issuer = Issuer(key=self.key, principal=principal)
        issuer.issued_before({token: value for value, (_, token) in self.contents.values.items()})
        editor = Editor(
            segments=self._segments,
            policy=self.policy,
            issuer=issuer,
            irreversible=Irreversible(key=self.key, principal=principal),
            clues=self.contents.clues,
        )
        return editor.beside(findings, before=before, behind=behind)

    def _values(self, edits: Edits, whole: Part) -> dict[str, tuple[Entity, str]]:
        """Every value with its placeholder, in the order in which they are met."""
        contents = self.contents.values
        tokens = {value: token for value, (_, token) in contents.items()}
        tokens |= {value: token for token, value in edits.originals.items()}
        values = {value: (entity, tokens[value]) for value, entity in whole.claims.items()}
        for value in whole.spread:
            seen = edits.known.get(value) or contents[value]
            values.setdefault(value, (seen[0], tokens[value]))
        return values

    def _stays(self, settled: _Settled) -> bool:
        """Whether all other turns stay as they are."""
        values, contents = settled.values, self.contents.values
        claimed = joined(self.contents.parts).claims
        if not claimed.items() <= settled.whole.claims.items():
            return False
        if any(values.get(value, what) != what for value, what in contents.items()):
            return False
        fresh = {
            value: token
            for value, (_, token) in values.items()
            if value not in contents or (value not in claimed and value in settled.whole.claims)
        }
        return not fresh or self._is_nowhere(fresh, settled)

    def _is_nowhere(self, fresh: Mapping[str, str], settled: _Settled) -> bool:
        """Whether new values, and what could be taken for their placeholders, stand in no old turn.

        Args:
            fresh: each with its placeholder.
            settled: what they are of.
        """
        old = {token for _, token in self.contents.values.values()}
        new = frozenset(fresh.values()) - old
        heads = {token[:-SUFFIX_CHARS] for token in old}
        if old and not heads.issuperset(token[:-SUFFIX_CHARS] for token in new):
            return False  # with another word the old placeholders may read otherwise
        left = every_text(parse(self._left()))
        texts = [*left, *self._before_spreading(left, old)] if old else left
        imitated = Restorer(settled.originals).scan_all(texts)
        seen = next(Spellings(fresh).hits_among(texts), None)
        return seen is None and new.isdisjoint(m.token for here in imitated for m in here)

    def _before_spreading(self, texts: Sequence[str], old: Collection[str]) -> Iterator[str]:
        """What no change covers of texts, and the same before values were looked for in them.

        A new value may be longer than one that was replaced where nothing had found it.
        """
        ours = re.compile("|".join(map(re.escape, old)))
        parts = joined([*self._before, self.contents.parts[-1]])
        spread = {self.contents.values[text][1]: text for text in parts.spread}
        for text in (text for text in texts if "_" in text):
            yield ours.sub("\0", text)
            yield ours.sub(lambda token: spread.get(token.group(), "\0"), text)

    def _left(self) -> bytes:
        """What leaves but for the new turns."""
        turns, piece = self._turns, self._turns.piece(self.contents)
        rest = piece[: self._mark.out] + piece[turns.tail_out :]
        return turns.addressed(turns.holding(self.contents, rest)).addressed(_STUB)

    def _written(self, settled: _Settled) -> _Written:
        """The new turns as they leave.

        Raises:
            ResidualFound: a value is still in them.
        """
        added = self.seen.added
        if added is None:
            return _Written(text=b"", ends=())
        replacements = settled.edits.replacements.items()
        replaced = {added.first + at: text for at, text in replacements}
        out = added.raw
        if replaced:
            out = self.dialect.rewrite(added.question, replaced).addressed(quoted("-"))
        stand = entries(out, self.dialect.turns)[0][len(self._mark.rows) :]
        start = stand[0][0] - (added.turns[0][0] - added.start)
        text = out[start:-_CLOSING]
        self._check(text, settled)
        return _Written(text=text, ends=tuple(end - start for _, end in stand))

    def _check(self, written: bytes, settled: _Settled) -> None:
        """The last look at the new turns."""
        head, values = self.inbound.question.head, settled.values
        outgoing = self.dialect.only(written)
        if values and may_hold(outgoing, head, values, self.contents.clues):
            read = self.dialect.parse(outgoing, head)
            refuse_residue(self.dialect.leaves(read), values, settled.edits.written)

    def _grown(self, settled: _Settled, written: _Written) -> Grown:
        turns, piece = self._turns, self._turns.piece(self.contents)
        middle = self.seen.middle[: self._comma] + written.text
        contents = turns.holding(
            self.contents, piece[: self._mark.out] + middle + piece[turns.tail_out :]
        )
        redacted = Redacted(
            inbound=self.inbound,
            envelope=turns.addressed(contents),
            originals=settled.originals,
            entities=settled.whole.entities,
            rules=tuple(sorted({*self.rules, *settled.whole.rules})),
            policy_digest=self.policy.digest,
            documents=self.policy.documents,
            kinds={token: entity for entity, token in settled.values.values()},
            stored=self.policy.keeps(self.inbound.question.store) is True,
        )
        added = self.seen.added
        if added is None:
            return Grown(redacted=redacted)
        return Grown(redacted=redacted, made=lambda: self._made(added, settled, written, contents))

    @property
    def _comma(self) -> int:
        """How many of the new bytes come before the first new turn, the comma with them."""
        if self.seen.added is None:
            return len(self.seen.middle)
        return self.seen.middle.index(b",") + 1

    def _made(self, added: Added, settled: _Settled, written: _Written, contents: Contents) -> Made:
        turns, at = self._turns, self.seen.found.at
        new = list(self._marks(added, written))
        marks, parts = thinned(
            [*turns.marks[: at + 1], *new],
            [*self._before, *_parts(added, settled.edits), NOTHING, contents.parts[-1]],
        )
        grown = replace(
            turns,
            marks=marks,
            tail_out=self._mark.out + self._comma + len(written.text),
            strings=turns.strings + len(added.segments),
            is_marked_last=new[-1] is not None,
        )
        known = contents.clues
        contents = replace(
            contents,
            values=settled.values,
            clues={value: known.get(value) or clue(value) for value in settled.values},
            parts=parts,
        )
        return Made(turns=grown, model=self.inbound.question.model, contents=contents)

    def _marks(self, added: Added, written: _Written) -> Iterator[Mark | None]:
        """A mark behind each new turn."""
        shift = self._mark.length + self._comma - added.start
        out = self._mark.out + self._comma
        texts = [*added.context, *added.segments]
        for at, (_, end) in enumerate(added.turns):
            if at < len(added.turns) - KEPT_MARKS:
                yield None
                continue
            count = len(added.context) + bisect_left(added.numbers, at + 1)
            row = [self._stand(added, shift, text) for text in open_row(texts, count)]
            yield mark(shift + end, out + written.ends[at], rows_of(row))

    def _stand(self, added: Added, shift: int, text: int) -> tuple[tuple[int, int], int]:
        """Where the turn of a text stands in the body, and the text's number in it."""
        if text < len(added.context):
            row, number = added.places[text]
            seen = self._mark.rows[row]
            return (seen.start, seen.end), number
        index = text - len(added.context)
        turn = added.numbers[index]
        start, end = added.turns[turn]
        return (shift + start, shift + end), index - bisect_left(added.numbers, turn)


def _known(part: Part) -> Known:
    return {value: (entity, Action.TOKEN) for value, entity in part.claims.items()}


def _parts(added: Added, edits: Edits) -> Iterator[Part]:
    """What was found in each new turn."""
    for turn in range(len(added.turns)):
        start, stop = bisect_left(added.numbers, turn), bisect_left(added.numbers, turn + 1)
        texts = (segment.text for segment in added.segments[start:stop])
        yield part_within(edits, start, stop, texts)
