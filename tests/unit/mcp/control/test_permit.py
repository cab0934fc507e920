"""One function decides what may be listed and what may be called."""

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.tool import ToolFacts, ToolHints, ToolName
from guardrail_gw.mcp.control.permit import Standing, Why, permitted, refusal, shown
from guardrail_gw.mcp_errors import DefinitionChanged, Poisoned, ToolDenied, ToolUnknown
from guardrail_gw.policy.tools import Changed, Poisoning, ToolKind, ToolRules

GOOD = Standing(is_approved=True, is_suspect=False)
TRUTH = st.none() | st.booleans()
HINTS = st.builds(ToolHints, read_only=TRUTH, destructive=TRUTH, idempotent=TRUTH, open_world=TRUTH)
NAMES = st.builds(
    ToolName, server=st.sampled_from(["git", "crm"]), name=st.sampled_from(["log", "delete"])
)
GLOBS = st.sampled_from(["*/*", "git/*", "crm/delete", "*/log", "*/del*"])
LISTS = st.frozensets(st.lists(GLOBS, max_size=2).map(tuple), max_size=2)
KINDS = st.frozensets(st.sampled_from(ToolKind))
RULES = st.builds(
    ToolRules,
    servers=st.frozensets(st.lists(st.sampled_from(["git", "c*", "*"])).map(tuple), max_size=2),
    allow=LISTS,
    deny=st.frozensets(GLOBS, max_size=2),
    deny_annotated=KINDS,
    require_approval=st.frozensets(GLOBS, max_size=2),
    approve_annotated=KINDS,
    changed=st.sampled_from(Changed),
    poisoning=st.sampled_from(Poisoning),
)
STANDINGS = st.builds(Standing, is_approved=st.booleans(), is_suspect=st.booleans())


def tool(**hints: bool) -> ToolFacts:
    """A tool with these annotations."""
    return ToolFacts(name=ToolName(server="git", name="log"), hints=ToolHints(**hints))


@given(one=RULES, other=RULES, name=NAMES, hints=HINTS, standing=STANDINGS)
def test_more_rules_only_narrow(
    one: ToolRules, other: ToolRules, name: ToolName, hints: ToolHints, standing: Standing
) -> None:
    """What two documents permit together, each permits; what one has approved, both have."""
    facts = ToolFacts(name=name, hints=hints)
    both = permitted(one.narrowed(other), facts, standing)
    alone = [permitted(rules, facts, standing) for rules in (one, other)]

    assert both.permits == all(each.permits for each in alone)
    if both.permits:
        assert both.needs_approval == any(each.needs_approval for each in alone)


@given(rules=RULES, name=NAMES, hints=HINTS, standing=STANDINGS)
def test_saying_less_never_helps_a_server(
    rules: ToolRules, name: ToolName, hints: ToolHints, standing: Standing
) -> None:
    """A tool without annotations is permitted only where every tool of its name would be."""
    silent = permitted(rules, ToolFacts(name=name), standing)
    said = permitted(rules, ToolFacts(name=name, hints=hints), standing)

    assert said.permits or not silent.permits
    if silent.permits and said.needs_approval:
        assert silent.needs_approval


@pytest.mark.mcp_row(5)
@pytest.mark.parametrize(
    ("rules", "why"),
    [
        (ToolRules(), Why.ALLOWED),
        (ToolRules(servers=frozenset({("crm",)})), Why.SERVER),
        (ToolRules(allow=frozenset({("git/show",)})), Why.NAME),
        (ToolRules(deny=frozenset({"git/l*"})), Why.NAME),
        (ToolRules(allow=frozenset({("*/*",)}), deny=frozenset({"*/log"})), Why.NAME),
        (ToolRules(deny_annotated=frozenset({ToolKind.DESTRUCTIVE})), Why.ANNOTATION),
        (ToolRules(deny_annotated=frozenset({ToolKind.OPEN_WORLD})), Why.ANNOTATION),
        (ToolRules(deny_annotated=frozenset({ToolKind.NOT_READ_ONLY})), Why.ANNOTATION),
    ],
)
def test_each_rule_decides(rules: ToolRules, why: Why) -> None:
    """A tool that says nothing of itself, by each rule alone."""
    assert permitted(rules, tool(), GOOD).why is why


@pytest.mark.parametrize(
    ("kind", "hints", "is_one"),
    [
        (ToolKind.DESTRUCTIVE, {}, True),
        (ToolKind.DESTRUCTIVE, {"destructive": False}, False),
        (ToolKind.DESTRUCTIVE, {"read_only": True}, False),
        (ToolKind.DESTRUCTIVE, {"read_only": True, "destructive": True}, True),
        (ToolKind.NOT_READ_ONLY, {"read_only": True}, False),
        (ToolKind.NOT_READ_ONLY, {"read_only": False}, True),
        (ToolKind.OPEN_WORLD, {"open_world": False}, False),
        (ToolKind.OPEN_WORLD, {"read_only": True}, True),
    ],
)
def test_what_is_not_said_counts_as_the_worst(
    kind: ToolKind, hints: dict[str, bool], *, is_one: bool
) -> None:
    """Of each annotation: said, not said, and said against itself."""
    verdict = permitted(ToolRules(deny_annotated=frozenset({kind})), tool(**hints), GOOD)

    assert (verdict.why is Why.ANNOTATION) == is_one


def test_a_changed_or_suspect_tool_is_judged_by_policy() -> None:
    """What nobody approved is blocked unless the policy allows it; suspects if it blocks them."""
    new = Standing(is_approved=False, is_suspect=True)

    assert permitted(ToolRules(), tool(), new).why is Why.CHANGED
    assert permitted(ToolRules(changed=Changed.ALLOW), tool(), new).permits
    blocking = ToolRules(changed=Changed.ALLOW, poisoning=Poisoning.BLOCK)
    assert permitted(blocking, tool(), new).why is Why.POISONING


def test_approval_is_asked_for_by_name_and_by_kind() -> None:
    """Every call of such a tool waits for a person, though the tool is listed."""
    by_name = ToolRules(require_approval=frozenset({"git/*"}))
    by_kind = ToolRules(approve_annotated=frozenset({ToolKind.DESTRUCTIVE}))

    for rules in (by_name, by_kind):
        verdict = permitted(rules, tool(), GOOD)
        assert (verdict.permits, verdict.needs_approval) == (True, True)
    assert not permitted(by_kind, tool(destructive=False), GOOD).needs_approval


@pytest.mark.parametrize(
    ("rules", "standing", "kind"),
    [
        (ToolRules(deny=frozenset({"*/*"})), GOOD, ToolDenied),
        (ToolRules(), Standing(is_approved=False, is_suspect=False), DefinitionChanged),
        (
            ToolRules(poisoning=Poisoning.BLOCK),
            Standing(is_approved=True, is_suspect=True),
            Poisoned,
        ),
    ],
)
def test_a_refusal_is_recorded_as_what_it_is_and_shown_as_configured(
    rules: ToolRules, standing: Standing, kind: type[Exception]
) -> None:
    """The record has its own code; a client may be told that there is no such tool."""
    refused = refusal(permitted(rules, tool(), standing), tool())

    assert type(refused) is kind
    assert shown(refused, hides=False) is refused
    hidden = shown(refused, hides=True)
    assert isinstance(hidden, ToolUnknown)
    assert (hidden.facts, "policy" in hidden.detail) == ({}, False)
