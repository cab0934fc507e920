"""Predicted against gold spans: figures worked out by hand, and those of the shared scorer."""

import gzip
import importlib.util
import json
import sys
from dataclasses import asdict
from random import Random  # noqa: TID251 - a seeded one is meant
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.detection.evaluation import (
    Marked,
    Rates,
    Report,
    Scoring,
    Span,
    evaluate,
    rates,
    shipped_families,
)
from tests.support.shared import DEV, SHARED, needs_shared

#        0         1         2         3
#        0123456789012345678901234567890123456
TEXT = "Anna Schmidt of Bonn wrote to Al, x@y"
GOLD: frozenset[Span] = frozenset(
    {(0, 12, "PERSON"), (16, 20, "CITY"), (30, 32, "PERSON"), (34, 37, "URL")}
)
PRED: frozenset[Span] = frozenset(
    {
        (0, 12, "PERSON"),  # right
        (16, 19, "LOCATION"),  # overlaps, once CITY is a LOCATION
        (21, 26, "PERSON"),  # made up
        (34, 37, "EMAIL_ADDRESS"),  # touches gold that is not scored
    }
)
SCORING = Scoring(families={"CITY": "LOCATION", "URL": None})
KINDS = ("PERSON", "CITY", "LOCATION", "URL", "PII", "IBAN")


def marked(spans: frozenset[Span] = GOLD, **other: Any) -> Marked:
    """The text with gold spans."""
    return Marked(id="a", text=TEXT, spans=spans, **other)


def report(
    predicted: frozenset[Span] = PRED, scoring: Scoring = SCORING, *, gold: Marked | None = None
) -> Report:
    """The report of one document."""
    return evaluate([gold or marked()], {"a": predicted}, scoring)


def test_counts_by_label() -> None:
    """Exact hits need the same borders; overlap hits need a character; null families are out."""
    labels = report().labels

    assert {k: (r.gold, r.pred) for k, r in labels.items()} == {
        "LOCATION": (1, 1),
        "PERSON": (2, 2),
    }
    assert labels["PERSON"].exact == Rates(p=0.5, r=0.5, f1=0.5, f2=0.5)
    assert labels["LOCATION"].exact == Rates(p=0.0, r=0.0, f1=0.0, f2=0.0)
    assert labels["LOCATION"].overlap == Rates(p=1.0, r=1.0, f1=1.0, f2=1.0)


def test_all_is_the_sum_of_the_labels() -> None:
    """Over all labels: three gold, three predicted, one exact, two by overlap."""
    found = report()

    assert (found.all.gold, found.all.pred) == (3, 3)
    assert found.all.exact.r == pytest.approx(1 / 3)
    assert found.all.overlap.f1 == pytest.approx(2 / 3)


def test_what_leaks_is_counted_in_characters() -> None:
    """Of 12 + 4 + 2 gold characters 12 + 3 are covered, whatever they are called."""
    blind = report().blind

    assert (blind.gold_spans, blind.gold_chars) == (3, 18)
    assert blind.char_recall == pytest.approx(15 / 18)
    assert blind.leak_rate == pytest.approx(3 / 18)
    assert blind.char_precision == pytest.approx(18 / 23)
    assert blind.spans_covered == pytest.approx(1 / 3)
    assert blind.spans_untouched == pytest.approx(1 / 3)
    assert blind.false_positives == 1
    assert blind.fp_per_1000_words == pytest.approx(1000 / 8)


def test_f2_weighs_recall_higher() -> None:
    """One of two found without error: precision 1, recall 1/2, F1 2/3, F2 5/9."""
    found = rates(1, 2, 1)

    assert (found.p, found.r) == (1, 0.5)
    assert (found.f1, found.f2) == pytest.approx((2 / 3, 5 / 9))


def test_partners_are_one_to_one_and_the_largest_first() -> None:
    """One prediction over two gold spans finds the one it shares more with."""
    gold = frozenset({(0, 4, "PERSON"), (5, 12, "PERSON")})

    row = report(frozenset({(0, 12, "PERSON")}), Scoring(), gold=marked(gold)).labels["PERSON"]

    assert row.overlap == rates(1, 2, 1)


def test_a_source_is_judged_by_what_it_marks() -> None:
    """A label that a source never marks is neither missed nor made up there."""
    scoring = Scoring(families=SCORING.families, inventory={"s": frozenset({"LOCATION"})})

    found = report(scoring=scoring, gold=marked(source="s"))

    assert set(found.labels) == {"LOCATION"}
    assert found.blind.gold_chars == 4
    assert found.blind.false_positives == 0


def test_labels_narrow_the_score() -> None:
    """With `labels` only these count, but any prediction may cover a gold character."""
    found = report(
        frozenset({(0, 12, "IBAN")}),
        Scoring(families=SCORING.families, labels=frozenset({"PERSON"})),
    )

    assert set(found.labels) == {"PERSON"}
    assert found.blind.char_recall == pytest.approx(12 / 14)


def test_untyped_gold_counts_blind_only() -> None:
    """Where gold says only that something is personal, no label is right or wrong."""
    gold = marked(frozenset({(0, 12, "PII")}))

    found = report(gold=gold)

    assert found.labels == {}
    assert found.blind.leak_rate == 0
    assert found.blind.false_positives == 3


def test_a_document_that_nobody_looked_at_finds_nothing() -> None:
    """A missing prediction is counted, and leaks everything."""
    found = evaluate([marked()], {}, SCORING)

    assert found.documents_without_prediction == 1
    assert found.blind.leak_rate == 1


def test_the_shipped_families_are_presidio_names() -> None:
    """Every family maps to itself, and what is not listed is an identifier."""
    families = shipped_families()
    named = {family for family in families.values() if family}

    assert all(families.get(family, "ID") == family for family in named)
    assert families["*"] == "ID"
    assert families["URL"] is None


SPANS = st.frozensets(
    st.tuples(st.integers(0, 36), st.integers(1, 8), st.sampled_from(KINDS)).map(
        lambda s: (s[0], min(len(TEXT), s[0] + s[1]), s[2])
    ),
    max_size=6,
)


@given(gold=SPANS, pred=SPANS)
def test_figures_are_shares(gold: frozenset[Span], pred: frozenset[Span]) -> None:
    """For any spans every rate lies between 0 and 1, and exact hits are overlap hits too."""
    found = report(pred, gold=marked(gold))

    for row in [*found.labels.values(), found.all]:
        assert 0 <= row.exact.r <= row.overlap.r <= 1
        assert 0 <= row.exact.p <= row.overlap.p <= 1
    assert 0 <= found.blind.leak_rate <= 1


@needs_shared
@pytest.mark.parametrize("options", [{}, {"labels": {"PERSON", "ID"}}, {"map": 1, "inventory": 1}])
@pytest.mark.parametrize("path", sorted(DEV.glob("*.gz")), ids=lambda path: str(path.name))
def test_figures_are_those_of_the_shared_scorer(path: Any, options: dict[str, Any]) -> None:
    """On every gold file, with predictions near and far from gold, all figures are equal."""
    theirs = load_scorer()
    families = read_json("tools/label_families.json") if "map" in options else {}
    known = read_json("data/pii/inventory.json") if "inventory" in options else {}
    labels = frozenset(options.get("labels", ()))
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        documents = [json.loads(line) for line in lines]
    predicted = {d["id"]: noisy(d) for d in documents[::2]}

    scorer = theirs.Scorer(labels=labels, families=families, inventory=known)
    for document in documents:
        scorer.add(document, sorted(predicted.get(document["id"], ())))
    ours = evaluate(
        [gold_of(document) for document in documents],
        predicted,
        Scoring(
            labels=labels,
            families=families,
            inventory={source: frozenset(names) for source, names in known.items()},
        ),
    )

    assert asdict(ours) == scorer.result() | {
        "documents_without_prediction": len(documents) - len(predicted)
    }


@needs_shared
def test_the_shipped_families_are_those_of_the_shared_scorer() -> None:
    """The map in the package is the one that published figures were made with."""
    assert shipped_families() == read_json("tools/label_families.json")


def read_json(name: str) -> dict[str, Any]:
    """A JSON file beside the checkout."""
    value: dict[str, Any] = json.loads((SHARED / name).read_text(encoding="utf-8"))
    return value


def load_scorer() -> ModuleType:
    """The shared scorer, from its file."""
    path = SHARED / "tools" / "pii_eval.py"
    spec = importlib.util.spec_from_file_location("pii_eval", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["pii_eval"] = module  # a dataclass looks its module up by name
    spec.loader.exec_module(module)
    return module


def gold_of(document: dict[str, Any]) -> Marked:
    """A line of a gold file."""
    return Marked(
        id=document["id"],
        text=document["text"],
        source=document.get("source", ""),
        spans=frozenset((s["start"], s["end"], s["label"]) for s in document["spans"]),
    )


def noisy(document: dict[str, Any]) -> frozenset[Span]:
    """Some of the gold spans, moved and renamed, and some that are no gold; the same each time."""
    dice = Random(document["id"])  # noqa: S311 - repeatable, guards nothing
    length = len(document["text"])
    kept = [(s["start"], s["end"], s["label"]) for s in document["spans"] if dice.random() < 0.8]
    moved = [
        (
            max(0, start - dice.randrange(3)),
            min(length, end + dice.randrange(3)),
            dice.choice(KINDS),
        )
        for start, end, _ in kept
    ]
    start = dice.randrange(length)
    made_up = (start, min(length, start + 1 + dice.randrange(20)), dice.choice(KINDS))
    return frozenset(kept[::2]) | frozenset(moved[1::2]) | {made_up}
