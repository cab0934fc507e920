"""What the linter says of conditions, and of what a policy with one leaves out."""

from pathlib import Path

import pytest

from guardrail_gw.policy.lint import lint
from guardrail_gw.policy.remark import Level
from guardrail_gw.policy.source import load_set
from tests.support.policies import policy_text, vocabulary, write_policies

BASE = "pii: {default: {action: token}, entities: {PERSON: {action: mask}}}"


def remarks(folder: Path, extra: str, base: str = BASE, match: str = "") -> list[tuple[str, ...]]:
    """What is said of a policy and one beside it."""
    write_policies(folder, base=policy_text("base", base, match), extra=policy_text("extra", extra))
    return [(r.level, r.rule, r.message) for r in lint(load_set(folder, vocabulary()))]


@pytest.mark.parametrize(
    "extra",
    [
        "when: 'team == \"crm\"'",
        "when: 'time.hour > 18'\nresidency: {allow_jurisdictions: [EU], when: [PERSON]}",
        (
            "when: 'attachments'\nprovider_features: []\n"
            "residency: {allow_jurisdictions: [EU], when: always}"
        ),
        "when: 'found.PERSON >= 3'\npii: {entities: {PERSON: {action: block}}}",
        "when: 'model == \"x\"'\nattachments: block",
        "when: 'model == \"x\"'\nsurfaces: {openai_images: allow}",
        "when: 'model == \"x\"'\nprovider_features: [web_search]",
    ],
)
def test_a_policy_that_only_adds_is_no_remark(tmp_path: Path, extra: str) -> None:
    """What it leaves out is not taken for something it says."""
    assert remarks(tmp_path, extra) == []


def test_a_rule_that_always_counts_is_not_outvoted_by_one_that_may(tmp_path: Path) -> None:
    """A stricter line under a condition leaves the milder one something to decide."""
    stricter = "when: 'model == \"x\"'\npii: {default: {action: block}}"

    assert remarks(tmp_path, stricter) == []


def test_a_rule_that_never_decides_is_told(tmp_path: Path) -> None:
    """Milder than what always counts, a line under a condition can do nothing."""
    milder = "when: 'model == \"x\"'\npii: {entities: {PERSON: {action: token}}}"

    assert [(level, rule) for level, rule, _ in remarks(tmp_path, milder)] == [
        (Level.ERROR, "extra/pii.PERSON")
    ]


def test_a_policy_that_nobody_gets_is_told(tmp_path: Path) -> None:
    """A condition whose callers have no policy without one never counts."""
    found = remarks(tmp_path, "when: 'model == \"x\"'", match="tenant: [acme]")

    assert [(level, rule) for level, rule, _ in found] == [(Level.ERROR, "extra/when")]
    assert "never counts" in found[0][2]


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("stream", "asks for `stream`: a client that asks for a whole answer"),
        ("'\"storage\" in features'", "asks for `features`: a client that leaves a field out"),
        ("'true'", "asks for nothing"),
    ],
)
def test_what_a_client_chooses_is_warned_of(tmp_path: Path, when: str, said: str) -> None:
    """A field that costs nothing to change is a weak condition, and the linter says so."""
    ((level, rule, message),) = remarks(tmp_path, f"when: {when}\nattachments: block")

    assert (level, rule) == (Level.WARNING, "extra/when")
    assert message.startswith(said)
