"""A request of which the most was seen before: what is new in it is read, and nothing else."""

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Final

import orjson

from guardrail_gw.core.body import MAX_STRINGS, entries, parse
from guardrail_gw.core.exchange import Head, Question
from guardrail_gw.core.identity import Principal
from guardrail_gw.core.text import Segment
from guardrail_gw.dialects.parsed import Parsed
from guardrail_gw.dialects.turns import turn_of_each
from guardrail_gw.errors import BodyRefused, Refusal
from guardrail_gw.redaction.restore import AnswerDialect
from guardrail_gw.redaction.turn_memory import BLOCK, Found, TurnMemory
from guardrail_gw.redaction.turns import Opened

MOST_BYTES: Final = 256 * 1024
"""Larger bodies are read in full, away from the event loop."""

_WHITE: Final = b" \t\r\n"
_CLOSING: Final = len(b"]}")
"""What ends a body that is nothing but turns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """The turns that are new, behind those with texts that a value could run on from."""

    question: Question = field(repr=False)
    raw: bytes = field(repr=False)
    """A body that these turns are all of."""
    context: tuple[Segment, ...] = field(repr=False)
    """Texts of turns that were seen before."""
    places: tuple[tuple[int, int], ...]
    """Turn and number of each, among `Mark.rows`."""
    first: int
    """The first of the question's segments that is new."""
    numbers: tuple[int, ...]
    """For each new segment its turn, the first new one being 0."""
    start: int
    """Where in `raw` what is new begins: white space may come before its first turn."""
    turns: tuple[tuple[int, int], ...]
    """Where in `raw` each new turn stands."""

    @property
    def segments(self) -> tuple[Segment, ...]:
        """Every text that is new."""
        return self.question.segments[self.first :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A request that was seen before but for some turns."""

    found: Found
    opened: Opened = field(repr=False)
    """What the request came to that was found."""
    middle: bytes = field(repr=False)
    """The bytes that were not seen before."""
    added: Added | None
    """None where they are white space."""


def scope_of(dialect: str, head: Head, principal: Principal) -> bytes:
    """What besides a body and a policy decides what the body comes to."""
    who = (principal.tenant, principal.team, principal.user, principal.key_id)
    said = (head.method, head.path, head.headers, head.model, head.left_out)
    return orjson.dumps((dialect, said, who))


def recall(
    memory: TurnMemory, dialect: AnswerDialect, body: bytes, head: Head, principal: Principal
) -> Question | None:
    """The question of a body, most of which was seen before; None where it must be read in full.

    Whatever is the matter with what is new is left to that, so that it is refused as ever.
    """
    if not dialect.turns or not BLOCK <= len(body) <= MOST_BYTES:
        return None
    scope = scope_of(dialect.name, head, principal)
    asked = (_question(dialect, body, head, found) for found in memory.found(scope, body))
    return next((question for question in asked if question is not None), None)


def _question(dialect: AnswerDialect, body: bytes, head: Head, found: Found) -> Question | None:
    """The question of a body that goes on from one that was kept, if all else is the same."""
    turns = found.kept.turns
    if turns.question.recall is not None or turns.question.files:
        return None  # what it comes to depends on more than what came with it
    middle = body[turns.marks[found.at].length : len(body) - turns.tail]
    is_new = bool(middle.strip(_WHITE))
    added = _added(dialect, body, head, found, middle) if is_new else None
    if added is None and (is_new or not found.is_whole):
        return None  # without the turns that followed, values may run through the last ones
    opened = found.opened()
    seen = Seen(found=found, opened=opened, middle=middle, added=added)
    return dialect.unread(turns.question, body, opened.model, seen)


def _added(
    dialect: AnswerDialect, body: bytes, head: Head, found: Found, middle: bytes
) -> Added | None:
    before, comma, rest = middle.partition(b",")
    if before.strip(_WHITE) or not comma:
        return None
    if not _are_turns(rest):
        return None
    rows = found.kept.turns.marks[found.at].rows
    raw = dialect.only(b",".join([*(body[row.start : row.end] for row in rows), rest]))
    try:
        question = dialect.parse(raw, head)
    except Refusal:
        return None
    has_room = found.kept.turns.strings + len(question.segments) <= MAX_STRINGS
    names = question.kept or question.recall or question.files
    if question.attachments or question.features or names or not has_room:
        return None
    if len(body) > MAX_STRINGS and body.count(b'"') > 2 * MAX_STRINGS:
        return None
    return _placed(dialect, question, raw, found, start=len(raw) - _CLOSING - len(rest))


def _are_turns(raw: bytes) -> bool:
    """Whether these bytes are entries of an array, and do not end it to say something else."""
    try:
        return bool(parse(b"[%b]" % raw).value)
    except BodyRefused:
        return False


def _placed(
    dialect: AnswerDialect, question: Question, raw: bytes, found: Found, *, start: int
) -> Added | None:
    rows = found.kept.turns.marks[found.at].rows
    source: Parsed = question.source
    numbers = turn_of_each(source.layers, source.targets, dialect.turns)
    if sorted(numbers) != numbers or (numbers and numbers[0] < 0):
        return None
    first = bisect_left(numbers, len(rows))
    places = tuple((row, text) for row, each in enumerate(rows) for text in each.texts)
    begins = [bisect_left(numbers, row) for row in range(len(rows))]
    stand, _ = entries(raw, dialect.turns)
    return Added(
        question=question,
        raw=raw,
        context=tuple(question.segments[begins[row] + text] for row, text in places),
        places=places,
        first=first,
        numbers=tuple(number - len(rows) for number in numbers[first:]),
        start=start,
        turns=tuple(stand[len(rows) :]),
    )
