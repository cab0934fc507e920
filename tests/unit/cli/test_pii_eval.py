"""`pii eval`: files in, the scorer's figures out."""

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from guardrail_gw.cli.pii import command
from guardrail_gw.errors import ConfigError

TEXT = "Anna at a@example.com in Bonn"
GOLD = {
    "id": "a",
    "text": TEXT,
    "source": "s",
    "spans": [
        {"start": 0, "end": 4, "label": "PERSON"},
        {"start": 8, "end": 21, "label": "EMAIL_ADDRESS"},
        {"start": 25, "end": 29, "label": "CITY"},
    ],
}


def written(folder: Path, name: str, *rows: Any) -> str:
    """A file of JSON lines."""
    path = folder / name
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return str(path)


def run(*arguments: str) -> str:
    """What the command prints."""
    result = CliRunner().invoke(command, ["eval", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_predictions_of_a_file_are_scored(tmp_path: Path) -> None:
    """Labels join by the shipped map, and what the source never marks is not scored."""
    gold = written(tmp_path, "gold.jsonl", GOLD)
    spans = [
        {"start": 25, "end": 29, "label": "LOCATION", "score": 0.7},
        {"start": 0, "end": 2, "label": "ORG"},
    ]
    pred = written(tmp_path, "pred.jsonl", {"id": "a", "spans": spans})
    known = written(tmp_path, "known.json", {"s": ["PERSON", "LOCATION", "EMAIL_ADDRESS"]})

    figures = json.loads(
        run(gold, "--pred", pred, "--map", "shipped", "--inventory", known, "--json")
    )

    assert {k: (v["gold"], v["pred"]) for k, v in figures["labels"].items()} == {
        "EMAIL_ADDRESS": (1, 0),
        "LOCATION": (1, 1),
        "PERSON": (1, 0),
    }
    assert figures["all"]["exact"]["r"] == pytest.approx(1 / 3)
    assert figures["blind"]["leak_rate"] == pytest.approx(1 - 6 / 21)


def test_without_predictions_the_engine_scans(tmp_path: Path) -> None:
    """The engine's own findings are scored, from the score on that was asked for."""
    gold = written(tmp_path, "gold.jsonl", GOLD)

    figures = json.loads(run(gold, "--rules-only", "--labels", "EMAIL_ADDRESS", "--json"))

    assert figures["documents_without_prediction"] == 0
    assert figures["labels"]["EMAIL_ADDRESS"]["exact"] == {"p": 1, "r": 1, "f1": 1, "f2": 1}


def test_the_table_shows_every_figure(tmp_path: Path) -> None:
    """A person reads labels, counts, both kinds of hit, and what leaks, within 80 columns."""
    gold = written(tmp_path, "gold.jsonl", GOLD)
    pred = written(tmp_path, "pred.jsonl", {"id": "a", "spans": GOLD["spans"][:1]})

    shown = run(gold, "--pred", pred)

    assert ["PERSON", "1", "1", *["1.000"] * 8] in [line.split() for line in shown.splitlines()]
    assert "leak rate" in shown
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize(
    ("spans", "problem"),
    [
        ([{"start": 5, "end": 3, "label": "X"}], "spans are not"),
        ([{"start": -1, "end": 3, "label": "X"}], "spans are not"),
        ([{"start": 1.0, "end": 3, "label": "X"}], "spans are not"),
        ([{"start": 1, "end": 3}], "spans are not"),
        (7, "spans are not"),
    ],
)
def test_a_bad_span_is_named_by_its_line(tmp_path: Path, spans: Any, problem: str) -> None:
    """Spans that cannot be meant stop the command with file and line."""
    gold = written(tmp_path, "gold.jsonl", GOLD)
    pred = written(tmp_path, "pred.jsonl", {"id": "b", "spans": []}, {"id": "a", "spans": spans})

    with pytest.raises(ConfigError, match=rf"pred\.jsonl:2: {problem}"):
        command(["eval", gold, "--pred", pred], standalone_mode=False)


def test_gold_that_repeats_an_id_is_refused(tmp_path: Path) -> None:
    """Two texts under one id would share one prediction."""
    gold = written(tmp_path, "gold.jsonl", GOLD, GOLD)

    with pytest.raises(ConfigError, match=r"gold\.jsonl:2: the id was there before"):
        command(["eval", gold, "--rules-only"], standalone_mode=False)


@pytest.mark.parametrize("content", ['["a"]', '{"a": 7}', "{"])
def test_a_map_that_is_none_is_refused(tmp_path: Path, content: str) -> None:
    """A family map holds strings and nulls."""
    gold = written(tmp_path, "gold.jsonl", GOLD)
    (path := tmp_path / "map.json").write_text(content, encoding="utf-8")

    with pytest.raises(ConfigError, match=r"map\.json"):
        command(["eval", gold, "--pred", gold, "--map", str(path)], standalone_mode=False)


def test_gold_must_be_given() -> None:
    """Without a gold file there is nothing to compare with."""
    with pytest.raises(click.MissingParameter):
        command(["eval"], standalone_mode=False)
