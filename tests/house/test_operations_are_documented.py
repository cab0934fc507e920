"""docs/operations.md has a runbook for every alert, and every code says whose turn it is."""

import re

import yaml

from tests.house.sources import ROOT, names, rows

TEXT = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
ALERTS = ROOT / "deploy" / "alerts.yaml"
TURNS = {"caller", "policy", "operator", "maintainers"}


def test_every_alert_has_a_runbook_of_its_name() -> None:
    """An alert without a heading, or a heading of an alert that is gone, fails."""
    told = set(re.findall(r"^### (GuardrailGw\w+)$", TEXT, re.MULTILINE))

    assert told
    if ALERTS.exists():
        groups = yaml.safe_load(ALERTS.read_text(encoding="utf-8"))["groups"]
        assert told == {rule["alert"] for group in groups for rule in group["rules"]}


def test_every_runbook_says_what_to_do() -> None:
    """More than a sentence, or a way to where it is said."""
    sections = re.split(r"^#{2,3} ", TEXT, flags=re.MULTILINE)[1:]
    short = [
        section.splitlines()[0]
        for section in sections
        if section.startswith("GuardrailGw") and len(section) < 90 and "](" not in section
    ]

    assert short == []


def test_every_code_says_whose_turn_it_is_and_what_to_do() -> None:
    """The tables of docs/errors.md: a turn of the closed list, and a sentence or more."""
    table = list(rows((ROOT / "docs" / "errors.md").read_text(encoding="utf-8")))
    wrong = [
        names(row[0])[0]
        for row in table
        if row[2] not in TURNS or not row[3].rstrip(")").endswith(".")
    ]

    assert len(table) > 50
    assert wrong == []
