"""Cases show a condition when one of them makes it hold and another makes it fail."""

from pathlib import Path

import pytest

from guardrail_gw.errors import ConfigError
from guardrail_gw.policy.cases import Report, run_cases
from tests.support.policies import policy_text, vocabulary, write_policies

BASE = "pii: {default: {action: token}}"
NIGHT = """\
when: 'time.hour >= 18'
zone: Europe/Berlin
pii: {entities: {IBAN_CODE: {action: block}}}
"""
MANY = "when: 'found.PERSON >= 3'\nattachments: block"
HEAD = "apiVersion: guardrail-gw/v1\nkind: PolicyCases\ncases:\n"
NAMED = "  - name: All are replaced\n    given: {found: [URL]}\n    expect: {decision: allow, "
BASICS = (
    NAMED + "actions: {URL: token}, audit: metadata}\n"
    "  - name: Attachments are refused\n"
    "    given: {attachments: true}\n    expect: {decision: block}\n"
)


def report(folder: Path, cases: str, **policies: str) -> Report:
    """Try cases on a policy and those beside it."""
    write_policies(
        folder,
        base=policy_text("base", BASE),
        **{name: policy_text(name, spec) for name, spec in policies.items()},
    )
    (folder / "cases.yaml").write_text(HEAD + BASICS + cases, encoding="utf-8")
    return run_cases(folder, vocabulary())


def case(given: str, expect: str) -> str:
    """One more."""
    return f"  - name: One\n    given: {{{given}}}\n    expect: {{{expect}}}\n"


EVENING = case('team: crm, at: "2026-11-26T18:00+01:00", found: [IBAN_CODE]', "decision: block")
MORNING = case(
    'team: crm, at: "2026-11-26T07:00:00Z", found: [IBAN_CODE]',
    "decision: allow, policies: [base]",
)


def test_both_ways_are_to_be_shown(tmp_path: Path) -> None:
    """With a case for each, every rule is covered; with one alone, the other is missing."""
    both = report(tmp_path, EVENING + MORNING, night=NIGHT)
    one = report(tmp_path, EVENING, night=NIGHT)

    assert [r.differences for r in both.results] == [()] * 4
    assert both.uncovered == ()
    assert both.passed
    assert one.uncovered == ("night/when.fails",)


def test_what_a_case_leaves_out_counts_and_shows_nothing(tmp_path: Path) -> None:
    """Without a time the condition cannot be judged: the policy counts, and stays uncovered."""
    found = report(
        tmp_path,
        case("team: crm, found: [IBAN_CODE]", "decision: block, policies: [base, night]"),
        night=NIGHT,
    )

    assert found.results[-1].differences == ()
    assert set(found.uncovered) == {"night/when.holds", "night/when.fails"}


def test_how_often_is_told_by_counts(tmp_path: Path) -> None:
    """`counts` says how often a kind stands in the request."""
    found = report(
        tmp_path,
        case("found: [PERSON], counts: {PERSON: 3}", "decision: allow, policies: [base, many]")
        + case("found: [PERSON], counts: {PERSON: 2}", "decision: allow, policies: [base]")
        + case("values: {PERSON: [Anna, Ben, Cem]}", "decision: allow, policies: [base]"),
        many=MANY,
    )

    assert [r.differences for r in found.results[2:4]] == [(), ()]
    assert found.results[4].differences == ("policies: expected base, got base, many",)


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ('at: "2026-13-26T18:00Z"', "cases[2].given.at: no such day or hour"),
        ('at: "2026-11-26T18:00"', "cases[2].given.at: string should match pattern"),
        ("found: [URL], counts: {ULR: 3}", "unknown entity 'ULR'; did you mean 'URL'?"),
    ],
)
def test_a_case_that_cannot_be_is_a_fault(tmp_path: Path, given: str, fault: str) -> None:
    """A day that is none, a time without its zone, and a kind that is misspelt are refused."""
    with pytest.raises(ConfigError) as caught:
        report(tmp_path, case(given, "decision: allow"), night=NIGHT)

    assert fault in str(caught.value)
