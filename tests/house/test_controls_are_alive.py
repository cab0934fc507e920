"""compliance/controls.yaml points to rooms, tests and commands that exist."""

import re
import shlex
from typing import Any

import click
import pytest
import yaml

from guardrail_gw.cli.main import commands
from tests.house.sources import PACKAGE, ROOT, functions_of

FIELDS = {"id", "statement", "limits", "clauses", "rooms", "tests", "evidence"}
CLAUSES = {
    *("GDPR 5(1)(c)", "GDPR 5(2)", "GDPR 25", "GDPR 28", "GDPR 32", "GDPR 44"),
    *("AI Act 12", "AI Act 19", "AI Act 26", "ISO 27001 A.8.15", "OWASP LLM02"),
}
CONTROLS: list[dict[str, Any]] = yaml.safe_load(
    (ROOT / "compliance" / "controls.yaml").read_text(encoding="utf-8")
)["controls"]


def test_every_clause_has_a_control() -> None:
    """The clauses that the project speaks to are all covered, and no other is claimed."""
    assert {clause for control in CONTROLS for clause in control["clauses"]} == CLAUSES
    assert len({control["id"] for control in CONTROLS}) == len(CONTROLS)


@pytest.mark.parametrize("control", CONTROLS, ids=lambda c: str(c["id"]))
def test_every_link_of_a_control_is_alive(control: dict[str, Any]) -> None:
    """Its rooms, its tests and its evidence command exist, and it says what it does not cover."""
    assert control.keys() == FIELDS
    assert all(control.values())
    assert [room for room in control["rooms"] if not is_room(room)] == []
    assert [test for test in control["tests"] if not is_test(test)] == []
    assert faults(control["evidence"]) == []


def is_room(name: str) -> bool:
    """A package or a module of the product."""
    return (PACKAGE / name / "__init__.py").is_file() or (PACKAGE / f"{name}.py").is_file()


def is_test(name: str) -> bool:
    """A test function that exists."""
    path, _, function = name.partition("::")
    return function.startswith("test_") and function in functions_of(path)


def faults(line: str) -> list[str]:
    """What the command line would not understand."""
    words = shlex.split(line)
    assert words.pop(0) == "guardrail-gw"
    command: click.Command = commands
    while isinstance(command, click.Group):
        found = command.get_command(click.Context(command), words.pop(0))
        if found is None:
            return [line]
        command = found
    known = {option for parameter in command.params for option in parameter.opts}
    needed = sum(isinstance(parameter, click.Argument) for parameter in command.params)
    given = re.findall(r"(?<!\S)--\S+", line)
    return [o for o in given if o not in known] + (["arguments"] if len(words) < needed else [])
