"""Cases: they hold the policies to what people wrote, rule by rule."""

from pathlib import Path

import pytest

from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.core.shipped import shipped
from guardrail_gw.errors import ConfigError
from guardrail_gw.policy.cases import run_cases
from guardrail_gw.policy.entities import ENTITIES
from guardrail_gw.policy.vocabulary import Vocabulary
from tests.support.policies import policy_text, vocabulary, write_policies

SPEC = """\
pii: {default: {action: token}, entities: {JWT: {action: block}, URL: {action: ignore}}}
residency: {allow_jurisdictions: [EU], when: pii_detected}
"""
HEAD = "apiVersion: guardrail-gw/v1\nkind: PolicyCases\ncases:\n"
ALL = (
    HEAD
    + """\
  - name: a name is replaced and stays
    given: {found: [PERSON], deployments: {f: [DE], v: [US]}}
    expect: {decision: allow, actions: {PERSON: token}, sent_to: [f], audit: metadata}
  - name: a token is refused
    given: {found: [JWT]}
    expect: {decision: block}
  - name: an address passes
    given: {found: [URL]}
    expect: {decision: allow, actions: {URL: ignore}}
  - name: a picture is refused
    given: {attachments: true}
    expect: {decision: block}
"""
)


def folder(path: Path, cases: str, spec: str = SPEC) -> Path:
    """A policy with these cases."""
    write_policies(path, base=policy_text("base", spec))
    (path / "cases.yaml").write_text(cases, encoding="utf-8")
    return path


def differences(path: Path, given: str, expect: str) -> tuple[str, ...]:
    """How a single case went."""
    text = HEAD + f"  - name: one\n    given: {given}\n    expect: {expect}\n"
    (result,) = run_cases(folder(path, text), vocabulary()).results
    return result.differences


@pytest.mark.parametrize("name", ["default", "eu-strict"])
def test_the_shipped_policies_pass_their_cases(name: str) -> None:
    """Every case of a shipped folder holds and every rule has one, with the real jurisdictions."""
    words = Vocabulary(
        detectable=frozenset(ENTITIES),
        jurisdictions=Catalog.load().jurisdictions.members,
        surfaces=frozenset({"openai_chat"}),
    )

    report = run_cases(shipped(f"policies/{name}"), words)

    assert [(r.name, r.differences) for r in report.results if r.differences] == []
    assert report.uncovered == ()
    assert report.passed


def test_cases_speak_of_surrogates(tmp_path: Path) -> None:
    """`surrogate` is an action like any other, and a case shows it."""
    spec = "pii: {default: {action: token}, entities: {PERSON: {action: surrogate}}}"
    given, actions = "{found: [PERSON, PHONE_NUMBER]}", "{PERSON: surrogate, PHONE_NUMBER: token}"
    text = f"    given: {given}\n    expect: {{decision: allow, actions: {actions}}}\n"
    cases = HEAD + f"  - name: one\n{text}"

    report = run_cases(folder(tmp_path, cases, spec), vocabulary())

    assert [r.differences for r in report.results] == [()]
    assert {"base/pii.PERSON", "base/pii.default"} <= set(report.covered)


def test_a_complete_folder_covers_every_rule(tmp_path: Path) -> None:
    """Each rule decides something that a case checks."""
    report = run_cases(folder(tmp_path, ALL), vocabulary())

    assert report.passed
    assert report.covered == (
        "base/pii.default",
        "base/pii.JWT",
        "base/pii.URL",
        "base/attachments",
        "base/residency",
        "base/audit",
    )


@pytest.mark.parametrize(
    ("old", "new", "uncovered"),
    [
        ("[JWT]", "[URL]", "base/pii.JWT"),
        (", actions: {URL: ignore}", "", "base/pii.URL"),
        (", sent_to: [f]", "", "base/residency"),
        (", audit: metadata", "", "base/audit"),
        ("{attachments: true}", "{found: [JWT]}", "base/attachments"),
        ("[PERSON]", "{PERSON: 0.1}", "base/pii.default"),
    ],
)
def test_a_rule_that_no_case_checks_is_listed(
    tmp_path: Path, old: str, new: str, uncovered: str
) -> None:
    """A case that says nothing about what a rule decided does not count for it."""
    assert old in ALL

    report = run_cases(folder(tmp_path, ALL.replace(old, new, 1)), vocabulary())

    assert uncovered in report.uncovered
    assert not report.passed


def test_a_feature_that_is_allowed_needs_its_case(tmp_path: Path) -> None:
    """A policy that names a feature has a rule for it, and a case that asks for it covers it."""
    spec = SPEC + "provider_features: [storage]\n"
    case = """\
  - name: a name may be stored
    given: {found: [PERSON], provider_features: [storage]}
    expect: {decision: allow}
"""

    without = run_cases(folder(tmp_path, ALL, spec), vocabulary())
    with_it = run_cases(folder(tmp_path, ALL + case, spec), vocabulary())

    assert without.uncovered == ("base/provider_features",)
    assert with_it.passed


ALLOWING = """\
pii:
  default: {action: token}
  entities: {EMAIL_ADDRESS: {action: token, allow_values: [help@acme.example]}}
  code: scan
"""
SHOWN = """\
  - name: only the support address passes
    given: {values: {EMAIL_ADDRESS: [HELP@acme.example]}}
    expect: {decision: allow, actions: {EMAIL_ADDRESS: nothing}}
  - name: another address beside it does not
    given: {values: {EMAIL_ADDRESS: [help@acme.example, anna@acme.example]}}
    expect: {decision: allow, actions: {EMAIL_ADDRESS: token}}
  - name: names in code are replaced
    given: {found_in_code: [PERSON]}
    expect: {decision: allow, actions: {PERSON: token}, code: scan}
"""


def test_a_case_says_which_values_pass_and_what_counts_in_code(tmp_path: Path) -> None:
    """Values are told word for word, and kinds as standing in code; the rules count as shown."""
    report = run_cases(folder(tmp_path, HEAD + SHOWN, ALLOWING), vocabulary())

    assert [r.differences for r in report.results] == [(), (), ()]
    assert {"base/pii.EMAIL_ADDRESS.allow_values", "base/pii.code"} <= set(report.covered)


@pytest.mark.parametrize(
    ("old", "new", "uncovered"),
    [
        ("[HELP@acme.example]", "[anna@acme.example]", "base/pii.EMAIL_ADDRESS.allow_values"),
        (", code: scan}", "}", "base/pii.code"),
    ],
)
def test_what_lets_values_pass_needs_its_case(
    tmp_path: Path, old: str, new: str, uncovered: str
) -> None:
    """Without a case that a value passes, or that code is read, their lines are listed."""
    assert old in SHOWN
    cases = HEAD + SHOWN.replace(old, new).replace("EMAIL_ADDRESS: nothing", "EMAIL_ADDRESS: token")

    assert uncovered in run_cases(folder(tmp_path, cases, ALLOWING), vocabulary()).uncovered


@pytest.mark.parametrize(("kind", "action"), [("PERSON", "nothing"), ("IBAN_CODE", "token")])
def test_what_is_found_by_looks_alone_does_not_count_in_code(
    tmp_path: Path, kind: str, action: str
) -> None:
    """With `code: checked` a name in code is let pass, and a number with check digits is not."""
    given = f"{{found_in_code: [{kind}]}}"
    expect = f"{{decision: allow, actions: {{{kind}: {action}}}, code: checked, residency: %s}}"

    assert differences(tmp_path, given, expect % ("[]" if action == "nothing" else "[EU]")) == ()


def test_a_value_has_the_score_that_found_gives_it(tmp_path: Path) -> None:
    """A kind under `found` and `values` is what was found, with its score."""
    given = "{found: {PERSON: 0.3}, values: {PERSON: [Anna]}}"

    assert differences(tmp_path, given, "{decision: allow, actions: {PERSON: nothing}}") == ()


def test_a_loosened_policy_fails_its_cases(tmp_path: Path) -> None:
    """When `block` becomes `token`, the case that says block differs, with its line."""
    report = run_cases(folder(tmp_path, ALL, SPEC.replace("block", "token")), vocabulary())

    (failed,) = [r for r in report.results if r.differences]
    assert (failed.name, failed.line) == ("a token is refused", 7)
    assert failed.differences == ("decision: expected block, got allow: nothing refuses it",)
    assert "base/pii.JWT" in report.uncovered


def test_a_case_that_fails_covers_nothing(tmp_path: Path) -> None:
    """What a rule decided against the expectation is not what a case proves."""
    cases = ALL.replace("{PERSON: token}", "{PERSON: mask}")

    report = run_cases(folder(tmp_path, cases), vocabulary())

    assert "base/pii.default" in report.uncovered


@pytest.mark.parametrize(
    ("given", "expect", "said"),
    [
        ("{}", "{decision: block}", "decision: expected block, got allow"),
        (
            "{found: [PERSON]}",
            "{decision: allow, actions: {PERSON: mask}}",
            "actions.PERSON: expected mask, got token by base/pii.default",
        ),
        ("{}", "{decision: allow, actions: {PERSON: token}}", "not among what was found"),
        (
            "{found: [PERSON], deployments: {f: [DE], v: [US]}}",
            "{decision: allow, sent_to: [f, v]}",
            "sent_to: expected f, v, got f",
        ),
        ("{}", "{decision: allow, residency: [EU]}", "residency: expected EU, got none"),
        ("{}", "{decision: allow, code: scan}", "code: expected scan, got checked"),
        ("{}", "{decision: allow, audit: full}", "audit: expected full, got metadata"),
        ("{endpoint: other}", "{decision: block}", "decision: expected block, got unmatched"),
    ],
)
def test_each_difference_is_a_sentence(tmp_path: Path, given: str, expect: str, said: str) -> None:
    """What is not as expected says what was expected and what happened."""
    write_policies(tmp_path)
    spec_match = {"{endpoint: other}": "endpoint: [openai_chat]"}.get(given, "")
    text = HEAD + f"  - name: one\n    given: {given}\n    expect: {expect}\n"
    folder(tmp_path, text)
    write_policies(tmp_path, base=policy_text("base", SPEC, spec_match))

    (result,) = run_cases(tmp_path, vocabulary()).results

    assert any(said in each for each in result.differences)


def test_places_may_differ_for_running_and_storing(tmp_path: Path) -> None:
    """A deployment that runs inside and stores outside is not among those sent to."""
    given = "{found: [PERSON], deployments: {a: {inference: [DE], storage: [US]}, b: [EU], c: []}}"

    assert differences(tmp_path, given, "{decision: allow, sent_to: [b]}") == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{found: [PRESON]}", "given.found: unknown entity 'PRESON'; did you mean 'PERSON'?"),
        ("{values: {PRESON: [a]}}", "given.values: unknown entity 'PRESON'"),
        ("{found_in_code: [PRESON]}", "given.found_in_code: unknown entity 'PRESON'"),
        ("{deployments: {a: [Germany]}}", "given.deployments.a: unknown place 'Germany'"),
        ("{tennant: a}", "given.tennant: unknown field; did you mean 'tenant'?"),
        ("{found: {PERSON: 2}}", "given.found.PERSON: "),
    ],
)
def test_a_typo_in_a_case_is_told_with_its_place(tmp_path: Path, given: str, said: str) -> None:
    """A case that names what nobody knows is an error, not a case that passes."""
    with pytest.raises(ConfigError) as caught:
        differences(tmp_path, given, "{decision: allow}")

    assert said in str(caught.value)
    assert "cases.yaml:5:" in str(caught.value)


def test_a_folder_without_cases_is_refused(tmp_path: Path) -> None:
    """Untested policies do not pass."""
    write_policies(tmp_path, base=policy_text())

    with pytest.raises(ConfigError, match=r"cases\.yaml: cannot be read"):
        run_cases(tmp_path, vocabulary())


def test_what_is_given_again_needs_its_case(tmp_path: Path) -> None:
    """As what is kept does; and another word than expected is told."""
    text = "  - name: {0}\n    given: {{}}\n    expect: {{decision: allow, cache: {1}}}\n"
    cases = HEAD + text.format("one", "all") + text.format("other", "never")

    report = run_cases(folder(tmp_path, cases, SPEC + "cache: all\n"), vocabulary())

    assert [r.differences for r in report.results] == [(), ("cache: expected never, got all",)]
    assert "base/cache" in report.covered


@pytest.mark.parametrize(
    ("expect", "covered"), [("decision: allow, store: never", True), ("decision: allow", False)]
)
def test_what_is_kept_needs_its_case(tmp_path: Path, expect: str, *, covered: bool) -> None:
    """A policy that says another word than the usual one has to show it."""
    cases = HEAD + f"  - name: one\n    given: {{}}\n    expect: {{{expect}}}\n"

    report = run_cases(folder(tmp_path, cases, SPEC + "store: never\n"), vocabulary())

    assert [r.differences for r in report.results] == [()]
    assert ("base/store" in report.covered) is covered


def test_a_case_that_expects_another_word_says_so(tmp_path: Path) -> None:
    """With what is said instead."""
    assert differences(tmp_path, "{}", "{decision: allow, store: as_sent}") == (
        "store: expected as_sent, got asked",
    )


@pytest.mark.parametrize(
    ("spec", "expect", "wrong"),
    [
        ("surfaces: {openai_images: allow}", "allow", False),
        ("surfaces: {openai_images: refuse}", "block", False),
        ("surfaces: {openai_speech: allow}", "block", False),
        ("", "allow", True),
    ],
)
def test_a_surface_is_closed_unless_it_is_opened(
    tmp_path: Path, spec: str, expect: str, *, wrong: bool
) -> None:
    """A case of a request there shows which; opening is a rule that needs its case."""
    given = "{endpoint: openai_images}"
    cases = HEAD + f"  - name: one\n    given: {given}\n    expect: {{decision: {expect}}}\n"

    report = run_cases(folder(tmp_path, cases, f"{SPEC}{spec}\n"), vocabulary())

    assert bool(report.results[0].differences) is wrong
    rules = [rule for rule in (*report.covered, *report.uncovered) if "surfaces" in rule]
    assert len(rules) == ("allow" in spec)
    assert ("base/surfaces.openai_images" in report.covered) is (expect == "allow" and not wrong)


def test_durability_needs_its_case(tmp_path: Path) -> None:
    """A policy that asks for the collector has a rule for it, and a case that says so covers it."""
    spec = SPEC + "audit: {durability: remote}\n"
    case = """\
  - name: the collector has it first
    given: {}
    expect: {decision: allow, durability: %s}
"""

    without = run_cases(folder(tmp_path, ALL, spec), vocabulary())
    with_it = run_cases(folder(tmp_path, ALL + case % "remote", spec), vocabulary())
    wrong = run_cases(folder(tmp_path, ALL + case % "both", spec), vocabulary())

    assert without.uncovered == ("base/audit.durability",)
    assert with_it.passed
    assert wrong.results[-1].differences == ("durability: expected both, got remote",)


def test_cases_show_what_holds_for_tools(tmp_path: Path) -> None:
    """Each line about tools needs a case, and a case that is wrong says what was decided."""
    spec = SPEC + (
        "tools: {trust: [crm], servers: [crm, web], allow: ['*/find*', '*/drop*', 'web/*'],"
        " deny: ['*/drop*'], deny_annotated: [destructive], require_approval: [web/push],"
        " results: block}\n"
    )
    text = "  - name: {0}\n    given: {{tool: {1}}}\n    expect: {{decision: {2}, {3}}}\n"
    cases = HEAD + "".join(
        text.format(*each)
        for each in (
            ("found", "crm/find, annotations: []", "allow", "tool: allow, receives: originals"),
            ("shown", "crm/find, annotations: []", "allow", "results: block"),
            ("dropped", "crm/drop, annotations: []", "block", "tool: deny"),
            ("unsaid", "crm/find", "block", "tool: deny"),
            ("pushed", "web/push, annotations: []", "allow", "tool: approve, receives: tokens"),
            ("elsewhere", "git/find, annotations: []", "block", "tool: deny"),
            ("wrong", "crm/find, annotations: []", "allow", "tool: approve"),
        )
    )

    report = run_cases(folder(tmp_path, cases, spec), vocabulary())

    assert [r.differences for r in report.results] == [
        *[()] * 6,
        ("tool: expected approve, got allow",),
    ]
    lines = ("trust", "servers", "allow", "deny", "deny_annotated", "require_approval", "results")
    assert {f"base/tools.{line}" for line in lines} <= set(report.covered)
