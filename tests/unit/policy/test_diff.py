"""What another version of a folder changes, for whom, and whether it widens."""

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.policy.change import Way
from guardrail_gw.policy.combine import narrowed
from guardrail_gw.policy.diff import changed, diff
from guardrail_gw.policy.policy import Policy
from guardrail_gw.policy.source import PolicySet, load_set
from tests.support.policies import policy_text, vocabulary, write_policies
from tests.unit.policy.test_combine import ANY, B, policies

SURFACES = vocabulary().surfaces
TOKEN = "pii: {default: {action: token}}"


def folder(path: Path, **texts: str) -> PolicySet:
    """A folder of these policies."""
    path.mkdir(exist_ok=True)
    return load_set(write_policies(path, **texts), vocabulary())


def said(tmp_path: Path, before: dict[str, str], after: dict[str, str]) -> list[str]:
    """The differences in words, each with its way."""
    old, new = folder(tmp_path / "old", **before), folder(tmp_path / "new", **after)
    return [f"{each} ({each.change.way})" for each in diff(old, new, SURFACES)]


def test_a_change_is_said_with_its_callers(tmp_path: Path) -> None:
    """A team's line for one endpoint is named with team and endpoint, and with nobody else."""
    match = "team: [support, care], endpoint: [openai_chat]"
    lines = "pii: {{default: {{action: token}}, entities: {{IBAN_CODE: {{action: {}}}}}}}"
    old = policy_text("team", lines.format("mask"), match)
    new = policy_text("team", lines.format("block"), match)
    base = policy_text()

    told = said(tmp_path, {"base": base, "team": old}, {"base": base, "team": new})

    who = "team care, support; endpoint openai_chat"
    assert told == [f"IBAN_CODE for {who}: mask -> block (narrows)"]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        (
            "pii: {default: {action: block}}",
            TOKEN,
            "every other kind of personal data for everyone: block -> token (widens)",
        ),
        (
            TOKEN,
            "pii: {default: {action: token, min_score: 0.7}}",
            (
                "every other kind of personal data for everyone: "
                "token from score 0.5 -> token from score 0.7 (widens)"
            ),
        ),
        (
            TOKEN,
            "pii: {default: {action: block, min_score: 0.7}}",
            (
                "every other kind of personal data for everyone: "
                "token from score 0.5 -> block from score 0.7 (both)"
            ),
        ),
        (
            TOKEN,
            "pii: {default: {action: token, allow_values: [Bonn]}}",
            (
                "every other kind of personal data allow_values for everyone: "
                "0 listed -> 1 listed (1 new, 0 gone) (widens)"
            ),
        ),
        (TOKEN, f"{TOKEN}\nattachments: allow", "attachments for everyone: block -> allow"),
        (
            TOKEN,
            "pii: {default: {action: token}, code: scan}",
            "code for everyone: checked -> scan (narrows)",
        ),
        (
            f"{TOKEN}\naudit: {{detail: full}}",
            TOKEN,
            "audit detail for everyone: full -> metadata (widens)",
        ),
        (
            f"{TOKEN}\nprovider_ids: [vs_ours]",
            TOKEN,
            "provider id vs_ours for everyone: allow -> block (narrows)",
        ),
        (
            TOKEN,
            f"{TOKEN}\nprovider_features: [storage]",
            "provider feature storage for everyone: block -> allow (widens)",
        ),
        (
            TOKEN,
            f"{TOKEN}\nresidency: {{allow_jurisdictions: [EU], when: always}}",
            "residency, always for everyone: anywhere -> EU (narrows)",
        ),
        (
            f"{TOKEN}\nresidency: {{allow_jurisdictions: [EU], when: always}}",
            f"{TOKEN}\nresidency: {{allow_jurisdictions: [EU], when: [PERSON]}}",
            "residency, always for everyone: EU -> anywhere (widens)",
        ),
        (
            f"{TOKEN}\nresidency: {{allow_jurisdictions: [DE], when: always}}",
            f"{TOKEN}\nresidency: {{allow_jurisdictions: [EU], when: always, on_violation: block}}",
            "residency, always for everyone: DE -> EU or block (both)",
        ),
        (
            TOKEN,
            f"{TOKEN}\naudit: {{durability: both}}",
            "audit durability for everyone: local -> both (narrows)",
        ),
        (
            f"{TOKEN}\naudit: {{durability: both}}",
            f"{TOKEN}\naudit: {{durability: remote}}",
            "audit durability for everyone: both -> remote (widens)",
        ),
        (
            TOKEN,
            f"{TOKEN}\naudit: {{durability: remote}}",
            "audit durability for everyone: local -> remote (both)",
        ),
        (TOKEN, f"{TOKEN}\nstore: as_sent", "store for everyone: asked -> as_sent (widens)"),
        (TOKEN, f"{TOKEN}\nstore: never", "store for everyone: asked -> never (narrows)"),
        (TOKEN, f"{TOKEN}\ncache: all", "cache for everyone: impersonal -> all (widens)"),
        (TOKEN, f"{TOKEN}\ncache: never", "cache for everyone: impersonal -> never (narrows)"),
        (
            TOKEN,
            f"{TOKEN}\nsurfaces: {{openai_images: allow}}",
            "surface openai_images for everyone: refuse -> allow (widens)",
        ),
        (
            TOKEN,
            f"{TOKEN}\ntools: {{trust: [crm]}}",
            "tools.trust for everyone: none -> crm (widens)",
        ),
        (
            f"{TOKEN}\ntools: {{servers: [crm, time]}}",
            f"{TOKEN}\ntools: {{servers: [crm]}}",
            "tools.servers for everyone: crm, time -> crm (narrows)",
        ),
        (
            f"{TOKEN}\ntools: {{allow: [crm/a]}}",
            f"{TOKEN}\ntools: {{allow: [crm/b]}}",
            "tools.allow for everyone: crm/a -> crm/b (both)",
        ),
        (
            TOKEN,
            f"{TOKEN}\ntools: {{deny: ['*/delete_*']}}",
            "tools.deny for everyone: none -> */delete_* (narrows)",
        ),
        (
            f"{TOKEN}\ntools: {{deny_annotated: [destructive]}}",
            TOKEN,
            "tools.deny_annotated for everyone: destructive -> none (widens)",
        ),
        (
            TOKEN,
            f"{TOKEN}\ntools: {{require_approval: [open_world, git/push]}}",
            "tools.require_approval for everyone: none -> git/push (narrows)",
        ),
        (
            TOKEN,
            f"{TOKEN}\ntools: {{results: originals}}",
            "tools.results for everyone: tokens -> originals (widens)",
        ),
        (
            TOKEN,
            f"{TOKEN}\ntools: {{changed: allow}}",
            "tools.changed for everyone: block -> allow (widens)",
        ),
        (
            TOKEN,
            f"{TOKEN}\ntools: {{poisoning: block}}",
            "tools.poisoning for everyone: flag -> block (narrows)",
        ),
        (
            TOKEN,
            f"{TOKEN}\ntools: {{max_result_bytes: 9}}",
            "tools.max_result_bytes for everyone: the server's -> 9 (narrows)",
        ),
        (
            TOKEN,
            "pii: {default: {action: token}, jurisdictions: [US]}",
            "identifiers of other states for everyone: none -> US (narrows)",
        ),
    ],
)
def test_every_respect_is_compared(tmp_path: Path, before: str, after: str, told: str) -> None:
    """Each line that a policy can have is seen when it changes, and which way it goes."""
    lines = said(tmp_path, {"a": policy_text("a", before)}, {"a": policy_text("a", after)})

    assert any(line.startswith(told) for line in lines), lines


def test_a_caller_that_loses_its_only_policy_is_refused(tmp_path: Path) -> None:
    """A document that is gone refuses those whom no other is for, and that narrows."""
    base, crm = policy_text("a", match="team: [a]"), policy_text("crm", match="team: [crm]")

    told = said(tmp_path, {"a": base, "crm": crm}, {"a": base})

    assert told == ["requests for team crm: served -> refused, for no policy (narrows)"]


def test_what_a_stricter_document_outvotes_is_no_difference(tmp_path: Path) -> None:
    """Only what is decided in the end is compared."""
    strict = policy_text("strict", "pii: {default: {action: block}}")
    old, new = policy_text("a", TOKEN), policy_text("a", "pii: {default: {action: mask}}")

    assert said(tmp_path, {"a": old, "strict": strict}, {"a": new, "strict": strict}) == []


def test_two_patterns_that_one_name_fits_are_tried_together(tmp_path: Path) -> None:
    """A document that only counts where two patterns meet does not hide."""
    prefix = policy_text("prefix", "pii: {default: {action: block}}", "team: ['eu-*']")
    suffix = policy_text("suffix", "pii: {default: {action: mask}}", "team: ['*-crm']")
    weak = policy_text("prefix", TOKEN, "team: ['eu-*']")

    told = said(tmp_path, {"prefix": prefix, "suffix": suffix}, {"prefix": weak, "suffix": suffix})

    subject = "every other kind of personal data for team"
    assert told == [
        f"{subject} *-crm and eu-*: block -> mask (widens)",
        f"{subject} eu-*: block -> token (widens)",
    ]


@given(one=policies("a", silence=st.nothing()), other=B)
def test_adding_a_document_never_widens(one: Policy, other: Policy) -> None:
    """Going from one to both is no difference, or narrows; who is silent stands beside others."""
    ways = {change.way for change in changed(one, narrowed(one, other))}

    assert ways <= {Way.NARROWS}


@given(one=ANY, other=B)
def test_the_way_back_is_the_other_way(one: Policy, other: Policy) -> None:
    """What narrows in one direction widens in the other, in every respect."""
    opposite = {Way.NARROWS: Way.WIDENS, Way.WIDENS: Way.NARROWS, Way.BOTH: Way.BOTH}

    forth = {(c.subject, c.way) for c in changed(one, other)}
    back = {(c.subject, opposite[c.way]) for c in changed(other, one)}

    assert forth == back


CONDITION = "when: 'time.hour >= 18'\n"
IBAN = "pii: {entities: {IBAN_CODE: {action: %s}}}"
ALWAYS = "pii: {default: {action: token}}"


def under_a_condition(folder: Path, before: str | None, after: str | None) -> list[str]:
    """What changes beside a policy that stays, in words."""
    sets = []
    for name, spec in (("before", before), ("after", after)):
        (folder / name).mkdir()
        texts = {"base": policy_text("base", ALWAYS)}
        if spec is not None:
            texts["extra"] = policy_text("extra", spec)
        sets.append(load_set(write_policies(folder / name, **texts), vocabulary()))
    old, new = sets
    return [f"{each}, {each.change.way}" for each in diff(old, new, {"openai_chat"})]


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (None, CONDITION + IBAN % "block",
         ["IBAN_CODE for everyone when time.hour >= 18 in UTC: token -> block, narrows"]),
        (CONDITION + IBAN % "block", None,
         ["IBAN_CODE for everyone when time.hour >= 18 in UTC: block -> token, widens"]),
        (CONDITION + IBAN % "block", CONDITION.replace("18", "20") + IBAN % "block",
         ["IBAN_CODE for everyone when time.hour >= 18 in UTC: block -> token, widens",
          "IBAN_CODE for everyone when time.hour >= 20 in UTC: token -> block, narrows"]),
        (CONDITION + IBAN % "block", CONDITION + IBAN % "mask",
         ["IBAN_CODE for everyone when time.hour >= 18 in UTC: block -> mask, widens"]),
        (CONDITION + IBAN % "block", CONDITION.replace(" >=", "  >=") + IBAN % "block", []),
    ],
)  # fmt: skip
def test_conditions_are_compared_by_their_words(
    tmp_path: Path, before: str | None, after: str | None, said: list[str]
) -> None:
    """What changes under a condition is told with it; another condition is another one."""
    assert under_a_condition(tmp_path, before, after) == said


def test_what_changes_always_is_not_told_again(tmp_path: Path) -> None:
    """A difference that needs no condition is told once."""
    sets = []
    for name, action in (("before", "token"), ("after", "mask")):
        (tmp_path / name).mkdir()
        base = policy_text("base", f"pii: {{default: {{action: {action}}}}}")
        extra = policy_text("extra", CONDITION + "attachments: block")
        folder = write_policies(tmp_path / name, base=base, extra=extra)
        sets.append(load_set(folder, vocabulary()))

    (only,) = diff(sets[0], sets[1], {"openai_chat"})

    assert only.when is None
