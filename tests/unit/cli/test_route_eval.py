"""`route eval`: cases against classes, by the model that serves."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from guardrail_gw.cli.route import command
from guardrail_gw.cli.route_eval import show
from guardrail_gw.core.route_class import RouteClass, Sorted
from guardrail_gw.core.shipped import shipped
from guardrail_gw.semantic.classes import SHIPPED, load_classes
from guardrail_gw.semantic.evaluation import Case, evaluated

CASES = [
    {"prompt": "Who composed the Moonlight Sonata?", "class": "short_factual", "language": "en"},
    {"prompt": "Wie viele Beine hat eine Ameise?", "class": "short_factual", "language": "de"},
    {"prompt": "Traduis ce texte en anglais.", "class": "text_work", "language": "fr"},
    {"prompt": "Why does this Python script crash?", "class": "reasoning", "language": "en"},
    {"prompt": "hm"},
]
TWO = {"classes": {n: {"examples": ["a", "b", "c"]} for n in "ab"}, "fallback": "a"}


@pytest.fixture
def cases(tmp_path: Path) -> Path:
    """Five, one of which names a class that it is not like."""
    path = tmp_path / "cases.yaml"
    path.write_text(yaml.safe_dump({"cases": CASES}), encoding="utf-8")
    return path


def run(*words: Any) -> Result:
    """The command."""
    return CliRunner().invoke(command, ["eval", *map(str, words)])


def test_what_was_found_is_counted_and_the_least_is_the_exit_code(cases: Path) -> None:
    """For machines with all numbers; no prompt is shown."""
    result = run(cases, "--json", "--least", "0.9")

    told = json.loads(result.stdout)
    assert result.exit_code == 1
    assert told["accuracy"] == pytest.approx(4 / 5)
    assert told["confusion"]["reasoning"]["coding"] == 1
    assert told["confusion"]["(none)"]["(none)"] == 1
    assert told["classes"]["short_factual"] == {"cases": 2, "precision": 1.0, "recall": 1.0}
    assert told["languages"] == {"en": [1, 2], "de": [1, 1], "fr": [1, 1]}
    assert told["ms"]["p50"] <= told["ms"]["max"]
    assert "Python" not in result.stdout


def test_the_table_fits(capsys: pytest.CaptureFixture[str]) -> None:
    """Within eighty columns, for people; a class that nobody named or found has no rates."""
    classes = load_classes(shipped(SHIPPED) / "classes.yaml")
    cases = [Case.model_validate(each) for each in CASES]
    found = [RouteClass(name="short_factual", by=Sorted.NEAREST)] * 5

    show(evaluated(cases, found, classes), [1.0, 2.0, 3.0])

    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 80
    row = next(line.split() for line in lines if line.split()[:2] == ["short_factual", "2"])
    assert row[-2:] == ["0.40", "1.00"]
    assert any("en 1/2" in line for line in lines)
    assert any("accuracy 0.400; ranked as its class is 0.400; 2.0 ms each" in x for x in lines)


def test_what_cannot_be_used_is_a_wrong_use(cases: Path, tmp_path: Path) -> None:
    """Cases of classes that do not exist, two sources of classes, a gateway without any."""
    other = tmp_path / "classes.yaml"
    other.write_text(yaml.safe_dump(TWO), encoding="utf-8")
    foreign = run(cases, "--classes", other)
    both = run(cases, "--classes", other, "--config", other)

    assert "no class 'short_factual'" in str(foreign.exception)
    assert (both.exit_code, "give either" in both.output) == (2, True)
