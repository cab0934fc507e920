from typing import Any

import pytest

from guardrail_gw.core.feature import Feature
from tests.support.messages import MESSAGES, body, seen


def asked(tool: Any) -> dict[Feature, str]:
    """What a request with this tool asks of the provider beyond an answer."""
    return dict(MESSAGES.parse(body("hello", tools=[tool])).features)


@pytest.mark.parametrize(
    "tool",
    [
        {"name": "f", "input_schema": {"type": "object"}},
        {"type": "custom", "name": "f", "input_schema": {}},
        {"type": "bash_20250124", "name": "bash"},
        {"type": "text_editor_20250728", "name": "str_replace_based_edit_tool"},
        {"type": "computer_20250124", "name": "computer", "display_width_px": 10},
        {"type": "browser_toolset_20260801"},
        {"type": "memory_20250818", "name": "memory"},
        {"type": "tool_search_tool_bm25_20251119", "name": "tool_search_tool_bm25"},
    ],
)
def test_tools_of_the_client_ask_for_nothing(tool: Any) -> None:
    """Tools that the client runs, or that stay within the request, take the text nowhere."""
    assert asked(tool) == {}


@pytest.mark.parametrize(
    ("tool", "feature"),
    [
        ({"type": "web_search_20260318", "name": "web_search"}, Feature.WEB_SEARCH),
        ({"type": "web_fetch_20250910", "name": "web_fetch"}, Feature.WEB_SEARCH),
        ({"type": "code_execution_20260521", "name": "x"}, Feature.HOSTED_TOOLS),
        ({"type": "mcp_toolset", "mcp_server_name": "x"}, Feature.HOSTED_TOOLS),
        ({"type": "advisor_20260301", "name": "x", "model": "m"}, Feature.HOSTED_TOOLS),
        ({"type": "nobody_knows_20270101"}, Feature.HOSTED_TOOLS),
        ({"type": ["custom"], "input_schema": {}}, Feature.HOSTED_TOOLS),
        ({"name": "f"}, Feature.HOSTED_TOOLS),
        ("web_search", Feature.HOSTED_TOOLS),
    ],
)
def test_tools_of_the_provider_are_noted(tool: Any, feature: Feature) -> None:
    """What the provider runs, or nobody knows, is a feature at its place."""
    assert asked(tool) == {feature: "/tools/0"}


def test_a_tool_added_by_a_message_is_one() -> None:
    """Tools can also be defined outside `tools`."""
    added = {"type": "tool_addition", "tool": {"type": "web_search_20260318", "name": "s"}}
    named = {"type": "tool_addition", "tool": {"type": "tool_reference", "name": "f"}}

    assert MESSAGES.parse(body([added])).features == {
        Feature.WEB_SEARCH: "/messages/0/content/0/tool"
    }
    assert MESSAGES.parse(body([named])).features == {}


def test_names_and_descriptions_are_seen() -> None:
    """Of a tool its structure alone is not scanned."""
    tool = {
        "type": "custom",
        "name": "mail_anna",
        "description": "Mails Anna.",
        "input_schema": {"type": "object", "properties": {"to": {"description": "Anna"}}},
        "input_examples": [{"to": "Anna Schmidt"}],
        "cache_control": {"type": "ephemeral", "ttl": "1h"},
        "allowed_callers": ["direct", "code_execution_20260120"],
    }

    texts = seen(body("hello", tools=[tool]))

    assert {"mail_anna", "Mails Anna.", "Anna", "Anna Schmidt"} <= texts.keys()
    assert not {"custom", "ephemeral", "1h", "direct", "code_execution_20260120"} & texts.keys()


@pytest.mark.parametrize("kind", ["custom Anna", "web_search_anna", "Anna"])
def test_a_type_that_nobody_knows_is_text(kind: str) -> None:
    """A person's name in the place of a type is scanned."""
    assert kind in seen(body("hello", tools=[{"type": kind}]))
