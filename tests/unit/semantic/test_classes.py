"""Files of route classes and of cases."""

from pathlib import Path

import pytest

from guardrail_gw.core.shipped import shipped
from guardrail_gw.errors import ConfigError
from guardrail_gw.semantic.classes import SHIPPED, load_classes
from guardrail_gw.semantic.evaluation import load_cases

CLASSES = """\
classes:
  quick: {examples: [a, b, c]}
  deep: {examples: [d, e, f]}
fallback: deep
"""


def written(folder: Path, text: str) -> Path:
    """A file."""
    path = folder / "file.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_classes_keep_their_order(tmp_path: Path) -> None:
    """Similarities come in it."""
    classes = load_classes(written(tmp_path, CLASSES))

    assert classes.names == ("quick", "deep")
    assert (classes.fallback, classes.threshold, classes.margin) == ("deep", 0.23, 0.0)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("fallback: deep", "fallback: depp", "4:1: fallback: no class 'depp'; did you mean 'deep'"),
        ("[a, b, c]", "[a, b]", "at least 3"),
        ("fallback: deep", "", "fallback: missing"),
        ("fallback: deep", "fallback: deep\nthreshold: 2.0", "threshold"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    """With its line."""
    with pytest.raises(ConfigError, match=complaint):
        load_classes(written(tmp_path, CLASSES.replace(old, new)))


def test_a_case_names_a_class_that_exists(tmp_path: Path) -> None:
    """Or none."""
    classes = load_classes(written(tmp_path, CLASSES))
    good = "cases: [{prompt: p, class: deep}, {prompt: q, language: de}]"

    assert [each.label for each in load_cases(written(tmp_path, good), classes)] == [
        "deep",
        "(none)",
    ]
    with pytest.raises(ConfigError, match=r"1:21: cases\[0\].class: no class 'depp'"):
        load_cases(written(tmp_path, "cases: [{prompt: p, class: depp}]"), classes)


def test_what_ships_is_valid_and_not_measured_by_itself() -> None:
    """No case is an example, and each class has as many cases as the others."""
    classes = load_classes(shipped(SHIPPED) / "classes.yaml")
    cases = load_cases(shipped(SHIPPED) / "cases.yaml", classes)

    examples = {text.casefold() for each in classes.examples.values() for text in each}
    assert examples.isdisjoint(case.prompt.casefold() for case in cases)
    assert {sum(case.kind == name for case in cases) for name in classes.names} == {28}
