"""Predicted spans against gold spans: how much was found, named right, leaked, or made up.

Three views of one comparison. *Exact*: same start, end and label. *Overlap*: same label and a
character in common, one to one, the largest overlap first. *Blind*: whatever the label, because
what a provider sees is characters, not names of kinds.

Labels differ between sources. A family map joins them (`CITY` and `COUNTRY` are `LOCATION`); an
inventory says which labels a source annotates at all, for what it never marks cannot be missed.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.resources import files

UNTYPED = "PII"
"""The gold label that says "personal data" and not which: counts in the blind figures only."""
OTHERS = "*"
"""In a family map: the family of every label that it does not list."""

Span = tuple[int, int, str]
"""Start and end in code points, end exclusive, and the label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A text and what is marked in it."""

    id: str | int
    text: str = field(repr=False)
    spans: frozenset[Span] = field(repr=False)
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Shares between 0 and 1; 0.0 where nothing could be counted."""

    p: float
    """Precision: predictions that are right."""
    r: float
    """Recall: gold spans that were found."""
    f1: float
    f2: float
    """Recall counts twice as much as precision."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One label, or all of them."""

    gold: int
    pred: int
    exact: Rates
    overlap: Rates


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind:
    """What was covered, whatever it was called."""

    gold_spans: int
    gold_chars: int
    char_recall: float
    leak_rate: float
    """Gold characters that no prediction covers."""
    char_precision: float
    spans_covered: float
    """Gold spans covered from end to end."""
    spans_untouched: float
    false_positives: int
    """Predictions that touch no gold span of whatever label."""
    fp_per_1000_words: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that was counted."""

    documents_without_prediction: int
    documents: int
    words: int
    labels: Mapping[str, Row]
    all: Row
    blind: Blind


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """Which labels count, and under which name."""

    labels: frozenset[str] = frozenset()
    """Only these families; empty means all."""
    families: Mapping[str, str | None] = field(default_factory=dict)
    """Label -> family; None: not scored, and neither is a prediction that touches only such."""
    inventory: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Source -> the families that it annotates; empty or unknown means all."""

    def family(self, label: str) -> str | None:
        """The name under which `label` counts."""
        if label == UNTYPED:
            return label
        return self.families.get(label, self.families.get(OTHERS, label))

    def scored(self, spans: Iterable[Span], source: str) -> set[Span]:
        """The spans that count in this source, under their families' names."""
        wanted = [w for w in (self.labels, self.inventory.get(source, frozenset())) if w]
        named = {(start, end, self.family(label)) for start, end, label in spans}
        return {
            (start, end, family)
            for start, end, family in named
            if family and all(_admits(each, family) for each in wanted)
        }


def _admits(wanted: frozenset[str], family: str) -> bool:
    return family in wanted or family == UNTYPED or UNTYPED in wanted


@dataclass(slots=True, kw_only=True)
class Tally:
    """Counts documents one after another; `report` at any time."""

    scoring: Scoring
    _gold: Counter[str] = field(default_factory=Counter)
    _pred: Counter[str] = field(default_factory=Counter)
    _exact: Counter[str] = field(default_factory=Counter)
    _overlap: Counter[str] = field(default_factory=Counter)
    _count: Counter[str] = field(default_factory=Counter)

    def add(self, document: Marked, predicted: frozenset[Span] | None) -> None:
        """Count one document; None: nobody looked at it, which finds nothing."""
        found = predicted or frozenset()
        gold = self.scoring.scored(document.spans, document.source)
        judged = (span for span in found if not self._touches_ignored(span, document.spans))
        pred = self.scoring.scored(judged, document.source)
        made_up = sum(not any(shared(p, g) for g in document.spans) for p in pred)
        self._count.update(documents=1, words=len(document.text.split()), made_up=made_up)
        self._count["unseen"] += predicted is None
        self._add_blind(document, gold, found)
        if all(label != UNTYPED for _, _, label in document.spans):
            self._add_typed(gold, pred)

    def report(self) -> Report:
        """The figures so far."""
        names = sorted({*self._gold, *self._pred})
        return Report(
            documents_without_prediction=self._count["unseen"],
            documents=self._count["documents"],
            words=self._count["words"],
            labels={name: self._row([name]) for name in names},
            all=self._row(names),
            blind=self._blind(),
        )

    def _touches_ignored(self, span: Span, gold: Iterable[Span]) -> bool:
        """Whether it touches gold, but only gold of no family."""
        families = {self.scoring.family(g[2]) for g in gold if shared(span, g)}
        return families == {None}

    def _add_typed(self, gold: set[Span], pred: set[Span]) -> None:
        self._gold.update(label for _, _, label in gold)
        self._pred.update(label for _, _, label in pred)
        self._exact.update(label for _, _, label in gold & pred)
        self._overlap.update(label for _, _, label in paired(gold, pred))

    def _add_blind(self, document: Marked, gold: set[Span], found: Iterable[Span]) -> None:
        covered = _covered(len(document.text), found)
        self._count.update(
            pred_chars=sum(covered),
            pred_in_gold=sum(sum(covered[start:end]) for start, end, _ in document.spans),
        )
        for start, end, _ in gold:
            hit = sum(covered[start:end])
            self._count.update(spans=1, chars=end - start, hit=hit)
            self._count["whole"] += hit == end - start
            self._count["untouched"] += hit == 0

    def _row(self, names: Iterable[str]) -> Row:
        counters = (self._gold, self._pred, self._exact, self._overlap)
        gold, pred, exact, overlap = (sum(c[name] for name in names) for c in counters)
        return Row(
            gold=gold, pred=pred, exact=rates(exact, gold, pred), overlap=rates(overlap, gold, pred)
        )

    def _blind(self) -> Blind:
        count = self._count
        recall = count["hit"] / max(1, count["chars"])
        spans = max(1, count["spans"])
        return Blind(
            gold_spans=count["spans"],
            gold_chars=count["chars"],
            char_recall=recall,
            leak_rate=1 - recall,
            char_precision=count["pred_in_gold"] / max(1, count["pred_chars"]),
            spans_covered=count["whole"] / spans,
            spans_untouched=count["untouched"] / spans,
            false_positives=count["made_up"],
            fp_per_1000_words=1000 * count["made_up"] / max(1, count["words"]),
        )


def evaluate(
    gold: Iterable[Marked], predictions: Mapping[str | int, frozenset[Span]], scoring: Scoring
) -> Report:
    """Compare documents with the predictions for their ids."""
    tally = Tally(scoring=scoring)
    for document in gold:
        tally.add(document, predictions.get(document.id))
    return tally.report()


def rates(hits: int, gold: int, pred: int) -> Rates:
    """The rates of `hits` right predictions out of `pred`, for `gold` spans."""
    p, r = hits / pred if pred else 0.0, hits / gold if gold else 0.0
    if not hits:
        return Rates(p=p, r=r, f1=0.0, f2=0.0)
    return Rates(p=p, r=r, f1=2 * p * r / (p + r), f2=5 * p * r / (4 * p + r))


def shared(one: Span, other: Span) -> int:
    """How many characters two spans have in common."""
    return max(0, min(one[1], other[1]) - max(one[0], other[0]))


def paired(gold: Iterable[Span], pred: Iterable[Span]) -> Iterator[Span]:
    """Yield the gold spans that get a partner of their label: one to one, largest overlap first."""
    pred = list(pred)
    pairs = ((shared(g, p), g, p) for g in gold for p in pred if g[2] == p[2])
    taken: tuple[set[Span], set[Span]] = set(), set()
    for _, g, p in sorted((-common, g, p) for common, g, p in pairs if common):
        if g not in taken[0] and p not in taken[1]:
            taken[0].add(g)
            taken[1].add(p)
            yield g


def shipped_families() -> Mapping[str, str | None]:
    """The family map that ships with the package: Presidio's names and their kin."""
    text = files("guardrail_gw.detection").joinpath("label_families.json").read_text("utf-8")
    families: dict[str, str | None] = json.loads(text)
    return families


def _covered(length: int, spans: Iterable[Span]) -> bytearray:
    """One byte per character: 1 where a span lies."""
    covered = bytearray(length)
    for start, end, _ in spans:
        inside = min(end, length) - start
        if inside > 0:
            covered[start : start + inside] = b"\x01" * inside
    return covered
