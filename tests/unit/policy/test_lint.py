"""The linter: rules without effect and demands that nobody can meet."""

from pathlib import Path

import pytest

from guardrail_gw.core.shipped import shipped
from guardrail_gw.policy.explanation import Place
from guardrail_gw.policy.lint import lint
from guardrail_gw.policy.remark import Level, Remark
from guardrail_gw.policy.source import load_set
from tests.support.policies import policy_text, vocabulary, write_policies

DE = Place(inference=frozenset({"DE"}), storage=frozenset({"DE"}))
US = Place(inference=frozenset({"US"}), storage=frozenset({"US"}))
UNKNOWN = Place(inference=frozenset(), storage=frozenset())
TOKEN = "pii: {default: {action: token}, entities: {PERSON: {action: mask}}}"
BLOCK = "pii: {default: {action: block}}"
EU_ONLY = "pii: {default: {action: token}}\nresidency: {allow_jurisdictions: [EU], when: always}"


def remarks(
    folder: Path, routes: dict[str, dict[str, Place]] | None = None, **texts: str
) -> list[tuple[str, str]]:
    """What the linter says of these files."""
    found = lint(load_set(write_policies(folder, **texts), vocabulary()), routes)
    return [(each.rule, each.message) for each in found]


@pytest.mark.parametrize("name", ["default", "eu-strict"])
def test_nothing_is_wrong_with_what_ships(name: str) -> None:
    """The shipped policies have no remark, with a deployment that serves them."""
    routes = {"chat": {"frankfurt": DE, "virginia": US}}

    assert lint(load_set(shipped(f"policies/{name}"), vocabulary()), routes) == ()


def test_a_rule_that_is_always_outvoted_never_decides(tmp_path: Path) -> None:
    """A general policy that blocks everything leaves nothing to a milder one."""
    found = remarks(tmp_path, mild=policy_text("mild", TOKEN), hard=policy_text("hard", BLOCK))

    assert [rule for rule, _ in found] == ["mild/pii.PERSON", "mild/pii.default"]
    assert "never decides" in found[0][1]


def test_a_rule_that_decides_for_someone_is_fine(tmp_path: Path) -> None:
    """A stricter policy for one team leaves the general one to all others."""
    hard = policy_text("hard", BLOCK, "team: [crm, 'sales-*']")

    assert remarks(tmp_path, mild=policy_text("mild", TOKEN), hard=hard) == []


def test_residency_that_waits_for_what_is_ignored_never_binds(tmp_path: Path) -> None:
    """An entity that is not personal data here cannot make the rule bind."""
    spec = (
        "pii: {default: {action: token}, entities: {URL: {action: ignore}}}\n"
        "residency: {allow_jurisdictions: [EU], when: [PERSON, URL]}"
    )

    assert remarks(tmp_path, base=policy_text("base", spec)) == [
        ("base/residency", "lists what the same policy ignores: URL")
    ]


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("", "", True),
        ("team: [crm]", "", True),
        ("team: [crm]", "team: [sales]", False),
        ("team: ['a*']", "team: ['*b']", True),
        ("team: ['a*b']", "team: ['b*']", False),
        ("tenant: [x], team: ['*']", "tenant: [y]", False),
    ],
)
def test_two_policies_for_one_caller_must_have_a_country_in_common(
    tmp_path: Path,
    one: str,
    other: str,
    meet: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    """EU only and US only contradict each other exactly when somebody fits both."""
    us_only = EU_ONLY.replace("EU", "US")

    found = remarks(
        tmp_path, eu=policy_text("eu", EU_ONLY, one), us=policy_text("us", us_only, other)
    )

    expected = [("eu/residency", "contradicts us/residency: no country is in both")]
    assert found == (expected if meet else [])


def test_attachments_beside_redaction_are_a_warning(tmp_path: Path) -> None:
    """What passes unscanned is worth a word, though it may be meant."""
    spec = "pii: {default: {action: token}}\nattachments: allow"
    write_policies(tmp_path, base=policy_text("base", spec))

    (remark,) = lint(load_set(tmp_path, vocabulary()))

    assert isinstance(remark, Remark)
    assert (remark.level, remark.rule) == (Level.WARNING, "base/attachments")


@pytest.mark.parametrize(("feature", "warned"), [("routing", True), ("storage", False)])
def test_a_client_that_routes_beside_residency_is_a_warning(
    tmp_path: Path, feature: str, *, warned: bool
) -> None:
    """A residency rule cannot hold for whom the client chooses behind an aggregator."""
    spec = f"{EU_ONLY}\nprovider_features: [{feature}]"
    write_policies(tmp_path, base=policy_text("base", spec))

    found = lint(load_set(tmp_path, vocabulary()))

    assert [(r.level, r.rule) for r in found] == (
        [(Level.WARNING, "base/provider_features")] if warned else []
    )


def test_a_surrogate_that_does_not_exist_is_a_warning(tmp_path: Path) -> None:
    """The line works, with placeholders; whoever wrote it may not know."""
    entities = "PERSON: {action: surrogate}, DATE_TIME: {action: surrogate}"
    spec = f"pii: {{default: {{action: surrogate}}, entities: {{{entities}}}}}"
    write_policies(tmp_path, base=policy_text("base", spec))

    (remark,) = lint(load_set(tmp_path, vocabulary()))

    assert (remark.level, remark.rule) == (Level.WARNING, "base/pii.DATE_TIME")
    assert "a placeholder is used" in remark.message


@pytest.mark.parametrize(
    ("places", "extra", "said"),
    [
        ({"v": US}, "", "model 'chat': none of its deployments is within EU"),
        ({"v": US, "u": UNKNOWN}, "", "model 'chat': none of its deployments is within EU"),
        ({"v": US, "f": DE}, ", on_violation: block", "model 'chat': v outside EU and `block`"),
        ({"v": US, "f": DE}, "", None),
        ({"f": DE}, ", on_violation: block", None),
    ],
)
def test_a_demand_that_no_deployment_meets_is_an_error(
    tmp_path: Path, places: dict[str, Place], extra: str, said: str | None
) -> None:
    """With the configured deployments, a policy that refuses everything is found before it does."""
    text = policy_text("base", EU_ONLY.replace("always}", f"always{extra}}}"))

    found = remarks(tmp_path, {"chat": places}, base=text)

    assert [message.startswith(said or "") for _, message in found] == ([True] if said else [])


@pytest.mark.parametrize(
    ("spec", "warned"),
    [
        ("store: never\nprovider_features: [storage]", True),
        ("store: never", False),
        ("store: as_sent", True),
        ("store: as_sent\nprovider_features: [storage]", False),
        ("provider_features: [storage]", False),
    ],
)
def test_keeping_that_two_lines_see_differently_is_a_warning(
    tmp_path: Path, spec: str, *, warned: bool
) -> None:
    """`store` and `storage` among the features are two sides of one thing."""
    text = policy_text("base", f"pii: {{default: {{action: token}}}}\n{spec}")
    write_policies(tmp_path, base=text)

    remarks = [r for r in lint(load_set(tmp_path, vocabulary())) if r.rule == "base/store"]

    assert [r.level for r in remarks] == [Level.WARNING] * warned


def test_a_surface_that_is_opened_and_never_passes_is_an_error(tmp_path: Path) -> None:
    """Of speech everything comes back unseen, and the same policy blocks that."""
    spec = "pii: {default: {action: allow}}\nsurfaces: {openai_speech: allow}"
    for attachments, found in (("block", [Level.ERROR]), ("allow", [])):
        text = policy_text("base", f"{spec}\nattachments: {attachments}")
        write_policies(tmp_path, base=text)

        remarks = lint(load_set(tmp_path, vocabulary()))

        assert [r.level for r in remarks if r.rule == "base/surfaces.openai_speech"] == found


FILES = "surfaces: {openai_files: allow"


@pytest.mark.parametrize(
    ("spec", "action", "found"),
    [
        (f"{FILES}}}\nprovider_features: [storage]", "token", {}),
        (f"{FILES}}}", "token", {"openai_files": [Level.WARNING]}),
        (f"{FILES}}}\nstore: never", "token", {"openai_files": [Level.ERROR]}),
        (
            f"{FILES}}}\nprovider_features: [storage]\nattachments: allow",
            "token",
            {"openai_files": [Level.WARNING]},
        ),
        (f"{FILES}}}\nprovider_features: [storage]\nattachments: allow", "allow", {}),
        (f"{FILES}, openai_batches: allow}}\nprovider_features: [storage]", "token", {}),
        (
            "surfaces: {openai_batches: allow}\nprovider_features: [storage]",
            "token",
            {"openai_batches": [Level.WARNING]},
        ),
    ],
)
def test_what_is_opened_to_be_kept_is_looked_at(
    tmp_path: Path, spec: str, action: str, found: dict[str, list[Level]]
) -> None:
    """Files that nothing reads, files that nothing personal can be in, and batches without them."""
    text = policy_text("base", f"pii: {{default: {{action: {action}}}}}\n{spec}")
    write_policies(tmp_path, base=text)

    remarks = lint(load_set(tmp_path, vocabulary()))

    told: dict[str, list[Level]] = {}
    for remark in remarks:
        if "/surfaces." in remark.rule:
            told.setdefault(remark.rule.rpartition(".")[2], []).append(remark.level)
    assert told == found


def test_the_collector_alone_beside_the_disk_is_a_warning(tmp_path: Path) -> None:
    """A policy that asks for the collector alone does not get it where another always applies."""
    remote = policy_text("pods", f"{TOKEN}\naudit: {{durability: remote}}", "team: [pods]")
    rest = policy_text("rest", TOKEN)
    elsewhere = policy_text("rest", TOKEN, "team: [crm]")

    ((rule, message),) = remarks(tmp_path, pods=remote, rest=rest)
    alone = remarks(tmp_path, pods=remote, rest=elsewhere)

    assert rule == "pods/audit.durability"
    assert "comes to `both`" in message
    assert alone == []
