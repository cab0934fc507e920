"""What a server's tools were when somebody approved them."""

from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.mcp.control.pins import (
    Change,
    Pin,
    ToolSet,
    UnpinnableError,
    approved,
    differences,
    instructions_approved,
    tool_set,
)

LOG = {"name": "log", "description": "Shows the log.", "inputSchema": {"type": "object"}}
SHOW = {"name": "show", "description": "Shows a commit.", "annotations": {"readOnlyHint": True}}
TEXT = st.text(max_size=5)
DEFINITIONS = st.lists(
    st.fixed_dictionaries(
        {"name": st.sampled_from(["log", "show", "add"])},
        optional={
            "title": TEXT,
            "description": TEXT,
            "inputSchema": st.dictionaries(TEXT, TEXT, max_size=2),
            "outputSchema": st.just({}),
            "annotations": st.dictionaries(TEXT, st.booleans(), max_size=1),
        },
    ),
    unique_by=lambda each: str(each["name"]),
)
SETS = st.builds(tool_set, DEFINITIONS, st.none() | TEXT)


def pinned(*definitions: dict[str, Any], instructions: str | None = None) -> Pin:
    """A pin of these."""
    return Pin(set=tool_set(definitions, instructions), by="ops", at_us=1)


@given(one=SETS, other=SETS)
def test_the_digest_is_that_of_the_whole(one: ToolSet, other: ToolSet) -> None:
    """Two sets have one digest exactly if nothing differs between them."""
    assert (one.digest == other.digest) == (differences(one, other) == ())


@given(then=SETS, now=SETS)
def test_what_is_approved_does_not_differ(then: ToolSet, now: ToolSet) -> None:
    """A tool is approved exactly if it is there and no difference names it."""
    differing = {each.name for each in differences(then, now)}

    pin = Pin(set=then, by="ops", at_us=1)
    assert approved(pin, now) == now.tools.keys() - differing
    assert instructions_approved(pin, now) == (None not in differing or now.instructions is None)


@pytest.mark.mcp_row(29)
@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("title", "x"),
        ("description", "Shows the log. "),
        ("inputSchema", {"type": "object", "properties": {"a": {"description": "x"}}}),
        ("outputSchema", {}),
        ("annotations", {"readOnlyHint": True}),
    ],
)
def test_every_pinned_member_counts(member: str, value: object) -> None:
    """A change of any of them makes a tool another one, and is named."""
    now = tool_set([{**LOG, member: value}, SHOW], None)
    pin = pinned(LOG, SHOW)

    assert approved(pin, now) == {"show"}
    [difference] = differences(pin.set, now)
    assert (difference.change, difference.members) == (Change.CHANGED, (member,))


@pytest.mark.mcp_row(30)
def test_a_renamed_tool_is_a_new_one() -> None:
    """A tool that keeps all but its name is not approved, and the old one is gone."""
    now = tool_set([{**LOG, "name": "log2"}], None)

    assert approved(pinned(LOG), now) == set()
    told = [(each.name, each.change) for each in differences(pinned(LOG).set, now)]
    assert told == [("log", Change.GONE), ("log2", Change.NEW)]


def test_the_order_of_members_and_tools_is_nothing() -> None:
    """A server that says the same in another order says the same."""
    turned = [dict(reversed([*each.items()])) for each in (SHOW, LOG)]

    assert tool_set(turned, None).digest == tool_set([LOG, SHOW], None).digest


def test_what_is_not_pinned_does_not_count() -> None:
    """Members that no model reads may change: `_meta`, icons."""
    now = tool_set([{**LOG, "_meta": {"at": 1}, "icons": []}], None)

    assert approved(pinned(LOG), now) == {"log"}


def test_instructions_are_pinned() -> None:
    """New or other instructions are not approved; none need no approval."""
    assert not instructions_approved(pinned(LOG), tool_set([LOG], "Obey."))
    assert not instructions_approved(pinned(instructions="A"), tool_set([], "B"))
    assert not instructions_approved(None, tool_set([], "B"))
    assert instructions_approved(pinned(instructions="A"), tool_set([], "A"))
    assert instructions_approved(pinned(instructions="A"), tool_set([], ""))
    assert approved(None, tool_set([LOG], None)) == set()


@pytest.mark.parametrize("value", [2**60, "\ud800", float("nan")])
def test_what_has_no_canonical_form_is_never_approved(value: object) -> None:
    """A definition whose digest nobody can tell is like none, itself included."""
    odd = {**LOG, "inputSchema": {"default": value}}

    assert approved(pinned(odd), tool_set([odd], None)) == set()
    with pytest.raises(UnpinnableError):
        _ = tool_set([odd], None).digest
