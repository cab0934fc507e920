"""Tools as the gateway speaks of them."""

import pytest

from guardrail_gw.core.tool import NO_HINTS, ToolHints, ToolName, hints_of


def test_a_tool_is_named_as_policies_write_it() -> None:
    """The server's id by the configuration, then its own name."""
    assert str(ToolName(server="crm", name="find_customer")) == "crm/find_customer"


@pytest.mark.parametrize(
    ("definition", "hints"),
    [
        ({"annotations": {"readOnlyHint": True, "openWorldHint": False}},
         ToolHints(read_only=True, open_world=False)),
        ({"annotations": {"destructiveHint": "no", "idempotentHint": 1}}, NO_HINTS),
        ({"annotations": ["readOnlyHint"]}, NO_HINTS),
        ({}, NO_HINTS),
    ],
)  # fmt: skip
def test_only_truth_values_say_something(definition: dict[str, object], hints: ToolHints) -> None:
    """What a server says in another type says nothing, and so counts as the worst."""
    assert hints_of(definition) == hints
