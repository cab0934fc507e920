"""What a request came to, as the next request of its conversation needs it (ADR 32).

A conversation repeats itself: but for the last turns a request is, byte for byte, the one before.
Places and counts are kept as they are; what anybody wrote, in `Contents`, is only kept sealed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, pairwise
from typing import Any, Final

import orjson

from guardrail_gw.core.exchange import Envelope, Question
from guardrail_gw.core.text import Entity
from guardrail_gw.policy.policy import Action
from guardrail_gw.redaction.cluster import Cluster
from guardrail_gw.redaction.spellings import Clue

KEPT_MARKS: Final = 6
"""So many of the last turns may differ from what was sent before."""
_NOWHERE: Final = ("", "")
_SIZE: Final = 4
"""Bytes that say how long what follows is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A turn in the body with texts, by number, that a value could run on from."""

    start: int
    end: int
    texts: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A place behind a turn, from which on a body may be another."""

    length: int
    """Bytes of the body before it,"""
    out: int
    """and of what leaves, in the piece that holds the turns."""
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What was found in a stretch of turns."""

    entities: Mapping[Entity, int]
    rules: frozenset[str]
    claims: Mapping[str, Entity] = field(repr=False)
    """Values that were found and replaced, in order."""
    spread: tuple[str, ...] = field(default=(), repr=False)
    """Values, in the spelling that stands there, where nothing had found them; in order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What of a request was written by somebody; kept sealed alone."""

    values: Mapping[str, tuple[Entity, str]] = field(repr=False)
    """Value -> what it is, and its placeholder; in the order in which they were met."""
    clues: Mapping[str, Clue] = field(default_factory=dict, repr=False)
    """To values, where there are any."""
    parts: tuple[Part, ...] = field(repr=False)
    """Up to the first mark, between one and the next, from the last to the end of the turns, and
    behind these."""
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)
    """What leaves, but for the model's name."""

    def packed(self, model: str) -> bytes:
        """All of it as bytes, with the model's name: what `Whole` needs comes first."""
        number = {value: at for at, value in enumerate(self.values)}
        whole = joined(self.parts)
        clues = _columns(self.clues.get(value, _NOWHERE) for value in self.values)
        parts = orjson.dumps([*clues, *(_packed(part, number) for part in self.parts)])
        said = orjson.dumps(
            [
                model,
                list(self.values),
                *_columns(self.values.values()),
                [dict(whole.entities), sorted(whole.rules)],
                [len(parts), len(self.before)],
            ]
        )
        return b"".join((len(said).to_bytes(_SIZE), said, parts, self.before, self.after))


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """What all of a request came to, as what leaves and what is on record need it."""

    originals: Mapping[str, str] = field(repr=False)
    """Placeholder -> value."""
    kinds: Mapping[str, Entity] = field(repr=False)
    """Placeholder -> what the value is."""
    entities: Mapping[Entity, int]
    rules: tuple[str, ...]
    before: bytes = field(repr=False)
    after: bytes = field(repr=False)


class Opened:
    """What a request came to, as `Contents.packed` gave it; read as far as somebody asks.

    Args:
        raw: all of it.
    """

    __slots__ = ("_begin", "_length", "_names", "_raw", "_start", "_whole", "_words", "model")

    def __init__(self, raw: bytes) -> None:
        self._start = _SIZE + int.from_bytes(raw[:_SIZE])
        said = orjson.loads(memoryview(raw)[_SIZE : self._start])
        self.model, self._names, *self._words, self._whole, (size, self._length) = said
        self._begin = self._start + size
        self._raw = raw

    def __repr__(self) -> str:  # noqa: D105 - says nothing, by intent
        return "Opened()"

    def whole(self) -> Whole:
        """What all of the request came to."""
        kinds, tokens = self._words
        entities, rules = self._whole
        return Whole(
            originals=dict(zip(tokens, self._names, strict=True)),
            kinds=dict(zip(tokens, kinds, strict=True)),
            entities=entities,
            rules=tuple(rules),
            before=self._raw[self._begin : self._begin + self._length],
            after=self._raw[self._begin + self._length :],
        )

    def contents(self) -> Contents:
        """What the request is made of."""
        names = self._names
        words, digits, *parts = orjson.loads(memoryview(self._raw)[self._start : self._begin])
        clues = zip(names, zip(words, digits, strict=True), strict=True)
        return Contents(
            values=dict(zip(names, zip(*self._words, strict=True), strict=True)),
            clues={name: clue for name, clue in clues if clue != _NOWHERE},
            parts=tuple(_unpacked(part, names) for part in parts),
            before=self._raw[self._begin : self._begin + self._length],
            after=self._raw[self._begin + self._length :],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """What a request came to, without anything that anybody wrote."""

    marks: tuple[Mark, ...]
    """In order."""
    tail: int
    """Bytes of the body from the bracket that ends the turns,"""
    tail_out: int
    """and where that stands in the piece that holds the turns."""
    is_before: bool
    """That piece is the one before the model's name."""
    strings: int
    is_marked_last: bool
    """The last mark is behind the last turn."""
    question: Question = field(repr=False)
    envelope: Envelope = field(repr=False)
    """Empty, but of the right kind."""
    policy_digest: str
    documents: tuple[str, ...]
    """Those of the policy that counted."""
    detected_by: str

    def piece(self, contents: Contents) -> bytes:
        """The part of what leaves that holds the turns."""
        return contents.before if self.is_before else contents.after

    def holding(self, contents: Contents, piece: bytes) -> Contents:
        """The same with another such part."""
        return replace(contents, before=piece) if self.is_before else replace(contents, after=piece)

    def addressed(self, contents: Contents) -> Envelope:
        """What leaves."""
        return replace(self.envelope, before=contents.before, after=contents.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What is to be kept of a request."""

    turns: Turns
    model: str = field(repr=False)
    contents: Contents = field(repr=False)


def part_of(
    found: Iterable[Sequence[Cluster]], texts: Iterable[str], spread: Iterable[str]
) -> Part:
    """What was found in some texts."""
    entities: Counter[Entity] = Counter()
    rules: set[str] = set()
    claims: dict[str, Entity] = {}
    for here, text in zip(found, texts, strict=True):
        for cluster in here:
            entities[cluster.entity] += 1
            rules.add(cluster.rule.rule)
            if cluster.rule.action is not Action.ALLOW:
                claims.setdefault(text[cluster.start : cluster.end], cluster.entity)
    return Part(
        entities=entities,
        rules=frozenset(rules),
        claims=claims,
        spread=tuple(dict.fromkeys(spread)),
    )


def joined(parts: Sequence[Part]) -> Part:
    """What was found in stretches that follow one another."""
    entities: dict[Entity, int] = {}
    claims: dict[str, Entity] = {}
    for part in parts:
        for entity, count in part.entities.items():
            entities[entity] = entities.get(entity, 0) + count
        if not claims:  # as a rule the first has nearly all of them
            claims = dict(part.claims)
            continue
        for value, entity in part.claims.items():
            claims.setdefault(value, entity)
    return Part(
        entities=entities,
        rules=frozenset[str]().union(*(part.rules for part in parts)),
        claims=claims,
        spread=tuple(dict.fromkeys(chain.from_iterable(part.spread for part in parts))),
    )


def thinned(
    marks: Sequence[Mark | None], parts: Sequence[Part]
) -> tuple[tuple[Mark, ...], tuple[Part, ...]]:
    """The last marks that there are, with what lies between them as one.

    Args:
        marks: behind each turn; none where what follows cannot be another.
        parts: one more than marks, and behind them what is behind the turns.
    """
    kept = [at for at, mark in enumerate(marks) if mark is not None][-KEPT_MARKS:]
    borders = [0, *(at + 1 for at in kept), len(marks) + 1]
    between = [joined(parts[a:b]) for a, b in pairwise(borders)]
    return tuple(mark for at in kept if (mark := marks[at])), (*between, parts[-1])


def _columns(pairs: Iterable[tuple[str, str]]) -> tuple[list[str], list[str]]:
    kept = list(pairs)
    return [first for first, _ in kept], [second for _, second in kept]


def _packed(part: Part, number: Mapping[str, int]) -> list[object]:
    claims = [[number[value], entity] for value, entity in part.claims.items()]
    spread = [number[value] for value in part.spread]
    return [dict(part.entities), sorted(part.rules), claims, spread]


def _unpacked(part: list[Any], names: Sequence[str]) -> Part:
    entities, rules, claims, spread = part
    return Part(
        entities={Entity(entity): count for entity, count in entities.items()},
        rules=frozenset(rules),
        claims={names[at]: Entity(entity) for at, entity in claims},
        spread=tuple(names[at] for at in spread),
    )
