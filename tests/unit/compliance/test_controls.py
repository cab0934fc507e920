"""Controls and mappings as files."""

from pathlib import Path

import pytest

from guardrail_gw.compliance.controls import Controls
from guardrail_gw.core.shipped import shipped
from guardrail_gw.errors import ConfigError

CONTROLS = """\
controls:
  - id: one
    statement: It does.
    limits: Not always.
    rooms: [audit]
    tests: [tests/a.py::test_a]
    evidence: guardrail-gw audit verify DIRECTORY
"""
MAPPING = """\
framework: law
name: A law
version: "1"
source: https://law.example/1
as_of: 2026-11-26
clauses:
  - {{clause: "1", topic: A topic, controls: [{control}], remains: The rest.}}
"""


def written(folder: Path, control: str, name: str = "law") -> Path:
    """A catalogue of one control and one mapping."""
    (folder / "mappings").mkdir()
    (folder / "controls.yaml").write_text(CONTROLS, encoding="utf-8")
    mapping = MAPPING.format(control=control)
    (folder / "mappings" / f"{name}.yaml").write_text(mapping, encoding="utf-8")
    return folder


def test_what_ships_is_read() -> None:
    """Every framework has clauses, and every clause says what remains."""
    found = Controls.load(shipped("compliance"))

    assert all(clause.remains for each in found.frameworks for clause in each.clauses)


def test_a_mapping_finds_its_controls(tmp_path: Path) -> None:
    """A clause names controls by their ids."""
    found = Controls.load(written(tmp_path, "one"))

    assert found.frameworks[0].clauses[0].controls == ("one",)


@pytest.mark.parametrize(
    ("control", "name", "said"), [("two", "law", "no control two"), ("one", "decree", "'law'")]
)
def test_what_does_not_fit_is_refused(tmp_path: Path, control: str, name: str, said: str) -> None:
    """A control that does not exist and a file under another name are named."""
    with pytest.raises(ConfigError, match=said):
        Controls.load(written(tmp_path, control, name))
