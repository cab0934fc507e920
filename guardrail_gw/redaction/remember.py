"""What of a request that was read in full is kept for the next one of its conversation."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from guardrail_gw.core.body import entries
from guardrail_gw.core.exchange import Envelope, Redacted
from guardrail_gw.core.text import Segment
from guardrail_gw.detection.seams import open_row
from guardrail_gw.dialects.parsed import Parsed
from guardrail_gw.dialects.turns import NO_TURN, turn_of_each
from guardrail_gw.redaction.edit import Edits
from guardrail_gw.redaction.recall import MOST_BYTES
from guardrail_gw.redaction.restore import AnswerDialect
from guardrail_gw.redaction.spellings import clue
from guardrail_gw.redaction.turn_memory import BLOCK
from guardrail_gw.redaction.turns import (
    KEPT_MARKS,
    Contents,
    Made,
    Mark,
    Part,
    Row,
    Turns,
    part_of,
    thinned,
)

ROW_BYTES: Final = 16 * 1024
"""So much of what was seen before is read again at most, for values that run on from there."""
NOTHING: Final = Part(entities={}, rules=frozenset(), claims={})
_STUB: Final = b'""'
"""Stands for the model's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stretch:
    """The texts of a request that its turns hold: they follow one another."""

    segments: Sequence[Segment] = field(repr=False)
    begin: int
    """The first of them."""
    numbers: Sequence[int]
    """Their turns."""
    count: int
    """How many turns there are."""

    @property
    def end(self) -> int:
        return self.begin + len(self.numbers)

    @property
    def marked(self) -> range:
        """After how many turns what follows may be another."""
        return range(max(1, self.count - KEPT_MARKS + 1), self.count + 1)

    def upto(self, turns: int) -> int:
        """How many texts so many turns end."""
        return self.begin + bisect_left(self.numbers, turns)

    def row(self, turns: int) -> list[tuple[int, int]]:
        """Turn and number of each text that a value could run on from behind so many turns."""
        indices = open_row(self.segments, self.upto(turns))
        found = [(self.numbers[i - self.begin], i) for i in indices if i >= self.begin]
        return [(turn, index - self.upto(turn)) for turn, index in found]


def remembered(
    dialect: AnswerDialect, redacted: Redacted, edits: Edits | None, *, detected_by: str
) -> Made | None:
    """What is to be kept; None where what follows could change what this came to."""
    stretch = _stretch(dialect, redacted)
    if stretch is None:
        return None
    envelope = replace(redacted.envelope, before=b"", after=b"")
    is_plain = edits is None or (edits.is_plain and len(edits.originals) == len(edits.known))
    if not is_plain or envelope.addressed(_STUB) not in (b"", _STUB):
        return None
    marks, tail = _marks(dialect.turns, redacted, stretch)
    kept, parts = thinned(marks, list(_parts(stretch, edits)))
    if not kept:
        return None
    question = redacted.inbound.question
    turns = Turns(
        marks=kept,
        tail=tail[0],
        tail_out=tail[1],
        is_before=tail[2],
        strings=len(question.segments),
        is_marked_last=marks[-1] is not None,
        question=dialect.bare(question),
        envelope=envelope,
        policy_digest=redacted.policy_digest,
        documents=redacted.documents,
        detected_by=detected_by,
    )
    return Made(turns=turns, model=question.model, contents=_contents(redacted, edits, parts))


def part_within(edits: Edits | None, start: int, stop: int, texts: Iterable[str]) -> Part:
    """What was found in the texts of some segments."""
    if edits is None:
        return NOTHING
    spread = (text for at, text in edits.spread if start <= at < stop)
    return part_of(edits.found[start:stop], texts, spread)


def rows_of(texts: Iterable[tuple[tuple[int, int], int]]) -> tuple[Row, ...]:
    """Turns, each with some of its texts.

    Args:
        texts: where the turn of each stands in the body, and its number there; in order.
    """
    numbers: dict[tuple[int, int], list[int]] = {}
    for stand, number in texts:
        numbers.setdefault(stand, []).append(number)
    return tuple(
        Row(start=start, end=end, texts=tuple(here)) for (start, end), here in numbers.items()
    )


def mark(length: int, out: int, rows: tuple[Row, ...]) -> Mark | None:
    """A place behind a turn; None where too little is before it, or too much to be read again."""
    again = sum(row.end - row.start for row in rows)
    return Mark(length=length, out=out, rows=rows) if _is_one(length, again) else None


def _is_one(length: int, again: int) -> bool:
    return length >= BLOCK and again <= ROW_BYTES


def _stretch(dialect: AnswerDialect, redacted: Redacted) -> _Stretch | None:
    inbound, question = redacted.inbound, redacted.inbound.question
    is_sized = bool(dialect.turns) and BLOCK <= len(inbound.body) <= MOST_BYTES
    if not is_sized or question.attachments:
        return None
    asking = (*question.features.values(), *(named.place for named in question.kept))
    if any(place.startswith(f"/{dialect.turns}") for place in asking):
        return None
    source: Parsed = question.source
    if source.document.raw != inbound.body:  # the path names a model that the body does not
        return None
    numbers = turn_of_each(source.layers, source.targets, dialect.turns)
    within = [at for at, number in enumerate(numbers) if number != NO_TURN]
    if not within:
        return None
    begin, inner = within[0], numbers[within[0] : within[-1] + 1]
    if inner != sorted(inner) or NO_TURN in inner:
        return None
    count = len(source.document.value[dialect.turns])
    return _Stretch(segments=question.segments, begin=begin, numbers=inner, count=count)


def _marks(
    name: str,
    redacted: Redacted,
    stretch: _Stretch,
) -> tuple[list[Mark | None], tuple[int, int, bool]]:
    """A mark behind each of the last turns, and where what is behind them stands."""
    body, envelope = redacted.inbound.body, redacted.envelope
    came, end = entries(body, name)
    left, left_end = entries(envelope.addressed(_STUB), name)
    is_before = left_end < len(envelope.before)
    skipped = 0 if is_before else len(envelope.before) + _stub_size(envelope)
    marks = [
        mark(
            came[turns - 1][1],
            left[turns - 1][1] - skipped,
            rows_of((came[turn], number) for turn, number in stretch.row(turns)),
        )
        for turns in stretch.marked
    ]
    return marks, (len(body) - end, left_end - skipped, is_before)


def _stub_size(envelope: Envelope) -> int:
    return len(envelope.addressed(_STUB)) - len(envelope.before) - len(envelope.after)


def _parts(stretch: _Stretch, edits: Edits | None) -> Iterator[Part]:
    """Up to the first mark, between marks, between the last and the turns' end, and behind."""
    borders = [0, *map(stretch.upto, stretch.marked), stretch.end, len(stretch.segments)]
    for start, stop in pairwise(borders):
        texts = (segment.text for segment in stretch.segments[start:stop])
        yield part_within(edits, start, stop, texts)


def _contents(redacted: Redacted, edits: Edits | None, parts: tuple[Part, ...]) -> Contents:
    token_of = {value: token for token, value in edits.originals.items()} if edits else {}
    known = edits.known if edits else {}
    return Contents(
        values={value: (entity, token_of[value]) for value, (entity, _) in known.items()},
        clues={value: clue(value) for value in known},
        parts=parts,
        before=redacted.envelope.before,
        after=redacted.envelope.after,
    )
