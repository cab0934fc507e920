"""compliance/ points to rooms, tests, checks and commands that exist, in words of our own."""

import re
import shlex
from datetime import date

import click
import pytest

from guardrail_gw.cli.main import commands
from guardrail_gw.compliance import configuration, contracts, log
from guardrail_gw.compliance.controls import Control, Controls, Framework
from tests.house.sources import PACKAGE, ROOT, functions_of

CONTROLS = Controls.load(ROOT / "compliance")
FRAMEWORKS = {
    *("ai-act", "asvs", "dora", "gdpr", "hipaa", "iso27001", "iso42001", "nis2", "owasp-llm"),
    *("pci-dss", "soc2", "sp800-53"),
}
FORBIDDEN = re.compile(r"\b(?:non-)?complian(?:t|ce)\b|\bcertified\b|tamper-proof", re.IGNORECASE)
LONGEST_WORDS = 32
"""In what is said of a clause: facts in our words, never the text of a standard."""


def test_the_frameworks_are_all_there() -> None:
    """Each of them has a file, with an address and a day that has come."""
    assert {each.framework for each in CONTROLS.frameworks} == FRAMEWORKS
    assert all(each.as_of >= date(2026, 1, 1) for each in CONTROLS.frameworks)


@pytest.mark.parametrize("article", ["5", "15", "17", "25", "28", "30", "32", "33", *range(44, 50)])
def test_the_articles_of_the_gdpr_are_all_there(article: object) -> None:
    """No article that the project speaks to is left out, be it to say that nothing is claimed."""
    (gdpr,) = (each for each in CONTROLS.frameworks if each.framework == "gdpr")

    assert any(re.match(rf"Art\. {article}\b", each.clause) for each in gdpr.clauses)


def test_the_articles_of_the_ai_act_say_from_when() -> None:
    """Articles 12, 14, 19 and 26 have the day from which they apply."""
    (act,) = (each for each in CONTROLS.frameworks if each.framework == "ai-act")

    assert [c.clause for c in act.clauses] == ["Art. 12", "Art. 14", "Art. 19", "Art. 26"]
    assert all(clause.applies_from for clause in act.clauses)


def test_every_control_serves_a_clause() -> None:
    """A control that nobody asks for is none."""
    used = {c for each in CONTROLS.frameworks for clause in each.clauses for c in clause.controls}

    assert used == {control.id for control in CONTROLS.controls}


@pytest.mark.parametrize("framework", CONTROLS.frameworks, ids=lambda f: str(f.framework))
def test_a_mapping_is_short_and_claims_little(framework: Framework) -> None:
    """Clauses are named once, in few words of ours; no word says that a law is kept."""
    said = [f"{c.topic} {c.remains}" for c in framework.clauses]

    assert len({c.clause for c in framework.clauses}) == len(framework.clauses)
    assert [s for s in said if len(s.split()) > LONGEST_WORDS] == []
    assert [s for s in said if FORBIDDEN.search(s)] == []


def test_every_check_is_used() -> None:
    """Each check by machine belongs to a control, and each that a control names exists."""
    named = {c for each in CONTROLS.controls for c in each.configuration}

    assert named == {*configuration.CHECKS, *contracts.CHECKS}
    assert {c for each in CONTROLS.controls for c in each.log} == set(log.CHECKS)


def test_nothing_calls_anybody_compliant() -> None:
    """No text of the product says that somebody or something keeps a law."""
    said = [*(PACKAGE / "compliance").rglob("*.py"), *(PACKAGE / "cli").glob("compliance*.py")]
    said += (ROOT / "compliance").rglob("*.yaml")

    wrong = [p.name for p in said if "compliant" in p.read_text(encoding="utf-8").lower()]
    assert wrong == []


@pytest.mark.parametrize("control", CONTROLS.controls, ids=lambda c: str(c.id))
def test_every_link_of_a_control_is_alive(control: Control) -> None:
    """Its rooms, its tests and its evidence command exist, and it says what it does not cover."""
    assert control.limits
    assert [room for room in control.rooms if not is_room(room)] == []
    assert [test for test in control.tests if not is_test(test)] == []
    assert faults(control.evidence) == []


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
