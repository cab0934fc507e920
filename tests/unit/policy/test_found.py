"""What becomes of what was found: allowed values, source code, and who says so."""

from pathlib import Path

import pytest

from guardrail_gw.core.text import Entity
from guardrail_gw.policy.explain import explain
from guardrail_gw.policy.explanation import Decided, Explanation, Facts, Seen
from guardrail_gw.policy.source import load_set
from tests.support.policies import policy_text, vocabulary, write_policies

BASE = """\
pii:
  default: {action: token}
  entities: {PERSON: {action: token, allow_values: [Anna Livia, Molly Bloom]}}
residency: {allow_jurisdictions: [EU], when: pii_detected}
"""
CRM = """\
pii:
  default: {action: token}
  entities: {PERSON: {action: mask, allow_values: [anna  LIVIA]}}
  code: scan
"""


def person(value: str | None = None, *, score: float = 0.9, in_code: bool = False) -> Seen:
    """A name that was found."""
    return Seen(entity=Entity("PERSON"), score=score, value=value, looks_in_code=in_code)


def explained(folder: Path, *found: Seen, team: str = "support") -> Explanation:
    """Explain a request to a folder of two policies."""
    texts = {"base": policy_text("base", BASE), "crm": policy_text("crm", CRM, "team: [crm]")}
    policies = load_set(write_policies(folder, **texts), vocabulary())
    facts = Facts(tenant="acme", team=team, surface="openai_chat", found=found)
    return explain(policies, facts)


def decided(folder: Path, *found: Seen, team: str = "support") -> Decided:
    """What is decided about the names."""
    (entity,) = explained(folder, *found, team=team).entities
    return entity


def test_a_value_that_is_allowed_says_so(tmp_path: Path) -> None:
    """A value that the policy lists is let pass, with the line that lists it."""
    got = decided(tmp_path, person("anna livia"))

    assert (got.said, got.rule) == ("nothing", "base/pii.PERSON")
    assert got.because == "allow_values names this value, so it is no personal data"
    assert [(p.count, p.rules) for p in got.passed] == [(1, ("base/pii.PERSON.allow_values",))]


def test_what_counts_beside_allowed_values_is_decided_by_its_score(tmp_path: Path) -> None:
    """Two values pass, a third is replaced; both are told."""
    got = decided(tmp_path, person("Anna Livia"), person("Molly Bloom"), person("Leo"))

    assert (got.said, got.because) == ("token", "score 0.9 is at least 0.5")
    assert [p.because for p in got.passed] == [
        "allow_values names these 2 values, so they are no personal data"
    ]


@pytest.mark.parametrize("found", [person(None), person("Anna"), person("Anna Livia Plurabelle")])
def test_only_a_whole_value_that_is_told_passes(tmp_path: Path, found: Seen) -> None:
    """A part, a longer value and one that nobody tells are replaced."""
    got = decided(tmp_path, found)

    assert (got.said, got.passed) == ("token", ())


def test_a_score_that_is_too_low_is_the_reason_before_any_list(tmp_path: Path) -> None:
    """What would not count anyway was not let pass."""
    got = decided(tmp_path, person("Anna Livia", score=0.3))

    assert (got.said, got.passed) == ("nothing", ())
    assert got.because == "score 0.3 is below 0.5, so it is not taken for one"


def test_a_policy_that_lists_what_another_does_not_is_heard(tmp_path: Path) -> None:
    """Every policy for the caller must list a value; one that does in vain says so."""
    got = decided(tmp_path, person("Molly Bloom"), team="crm")

    assert (got.said, got.rule) == ("mask", "crm/pii.PERSON")
    assert [(v.rule, v.said) for v in got.others] == [
        ("base/pii.PERSON", "token"),
        ("base/pii.PERSON.allow_values", "nothing"),
    ]


def test_all_policies_that_let_a_value_pass_are_named(tmp_path: Path) -> None:
    """Two policies list the value, each in its own spelling."""
    got = decided(tmp_path, person("Anna Livia"), team="crm")

    assert [p.rules for p in got.passed] == [
        ("base/pii.PERSON.allow_values", "crm/pii.PERSON.allow_values")
    ]


@pytest.mark.parametrize(
    ("team", "said", "code", "bound"),
    [("support", "nothing", "checked", False), ("crm", "mask", "scan", True)],
)
def test_what_looks_like_data_in_code_counts_where_a_policy_scans_it(
    tmp_path: Path, team: str, said: str, code: str, *, bound: bool
) -> None:
    """A name in code is let pass and binds nothing, until one policy says `code: scan`."""
    got = explained(tmp_path, person(in_code=True), team=team)

    assert got.source_code is not None
    assert (got.source_code.said, got.entities[0].said) == (code, said)
    assert [r.binds for r in got.residency] == [bound]


def test_source_code_says_who_outvoted_whom(tmp_path: Path) -> None:
    """`scan` is stricter, and names its policy."""
    code = explained(tmp_path, team="crm").source_code

    assert code is not None
    assert code.rule == "crm/pii.code"
    assert [(v.rule, v.said) for v in code.others] == [("base/pii.code", "checked")]


def test_code_and_allowed_values_are_counted_apart(tmp_path: Path) -> None:
    """Of three names two stand in code, where the list is not asked."""
    names = person("Anna Livia"), person("Anna Livia", in_code=True), person("Leo", in_code=True)

    got = decided(tmp_path, *names)

    assert [(p.count, p.rules) for p in got.passed] == [
        (1, ("base/pii.PERSON.allow_values",)),
        (2, ("base/pii.code",)),
    ]
    assert "2 stand in source code" in got.because


def test_values_stay_out_of_what_is_printed() -> None:
    """A value of a person is not in the repr of what was seen."""
    assert "Leo" not in repr(person("Leo"))
