"""deploy/alerts.yaml asks for what is really measured, and says where help is."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from tests.house.sources import ROOT, names, rows
from tests.house.test_links_resolve import anchors

GROUPS: list[dict[str, Any]] = yaml.safe_load((ROOT / "deploy" / "alerts.yaml").read_text())[
    "groups"
]
RULES: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]
OPERATIONS = ROOT / "docs" / "operations.md"
SCRAPED = {"namespace", "pod", "job", "instance"}
"""Labels that Prometheus adds to whatever it scrapes in a cluster."""
METRIC = re.compile(r"\bguardrail_gw_\w+")
SELECTED = re.compile(r"(guardrail_gw_\w+)\{([^}]*)\}")
LABEL = re.compile(r"(\w+)=~?\"([^\"]*)\"")


def measured() -> dict[str, set[str]]:
    """Each metric that a page of ours documents, with its labels."""
    found = {}
    for page in ("metrics.md", "collector.md"):
        for row in rows((ROOT / "docs" / page).read_text(encoding="utf-8")):
            if (name := names(row[0])[0]).startswith("guardrail_gw_"):
                found[name] = set(names(row[2])) - {""}
    return found


def selectors() -> Iterator[tuple[str, str, str]]:
    """Metric, label and what it is compared with."""
    for rule in RULES:
        for metric, within in SELECTED.findall(rule["expr"]):
            for label, value in LABEL.findall(within):
                yield metric, label, value


def test_every_alert_asks_for_metrics_that_exist() -> None:
    """A metric that no page documents would never alert anybody."""
    asked = {metric for rule in RULES for metric in METRIC.findall(rule["expr"])}

    assert asked - measured().keys() == set()


def test_every_label_that_is_asked_for_is_one_of_its_metric() -> None:
    """A label that a metric lacks selects nothing, silently."""
    known = measured()

    assert [(m, label) for m, label, _ in selectors() if label not in known[m] | SCRAPED] == []


def test_every_code_that_is_asked_for_is_one_that_is_refused_with() -> None:
    """A code, or a pattern of codes, matches at least one row of docs/errors.md."""
    codes = [names(r[0])[0] for r in rows((ROOT / "docs" / "errors.md").read_text("utf-8"))]
    asked = [value for _, label, value in selectors() if label == "code"]

    assert asked
    assert [a for each in asked for a in each.split("|") if not _any_fits(a, codes)] == []


def _any_fits(pattern: str, codes: list[str]) -> bool:
    """Prometheus anchors its patterns on both sides."""
    return any(re.fullmatch(pattern, code) for code in codes)


def test_every_name_in_a_sentence_is_a_label_that_the_alert_has() -> None:
    """`$labels.x` that an aggregation took away would read as nothing."""
    known = measured()
    missing = []
    for rule in RULES:
        kept = re.findall(r"by \(([^)]*)\)", rule["expr"])
        of_metrics = {label for m in METRIC.findall(rule["expr"]) for label in known[m]} | SCRAPED
        there = {name.strip() for each in kept for name in each.split(",")} or of_metrics
        used = set(re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]))
        missing += [(rule["alert"], label) for label in used - there]

    assert missing == []


def test_every_alert_is_named_once_and_says_whom_it_wakes() -> None:
    """Names are unique, severities are the two that the file explains."""
    assert len({rule["alert"] for rule in RULES}) == len(RULES)
    assert {rule["labels"]["severity"] for rule in RULES} == {"page", "ticket"}
    assert all(rule["annotations"]["summary"] for rule in RULES)


def test_every_alert_leads_to_a_heading_of_its_name() -> None:
    """The runbook's anchor is the alert's name, as headings are linked."""
    assert [
        rule["alert"]
        for rule in RULES
        if rule["annotations"]["runbook_url"] != f"operations.md#{rule['alert'].lower()}"
    ] == []


@pytest.mark.skipif(
    "guardrailgwunrecorded" not in anchors(OPERATIONS), reason="most runbooks are not written yet"
)
def test_every_alert_has_its_runbook() -> None:
    """Each anchor is a heading of the page of runbooks."""
    wanted = {rule["annotations"]["runbook_url"].partition("#")[2] for rule in RULES}

    assert wanted - anchors(OPERATIONS) == set()
