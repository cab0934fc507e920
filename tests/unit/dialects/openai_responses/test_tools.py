from typing import Any

import pytest

from guardrail_gw.core.feature import Feature
from tests.support.responses import RESPONSES, body, seen

NAME = "Anna Schmidt"
FUNCTION = {"type": "function", "name": "f", "parameters": {"type": "object"}}


def asked(tool: Any) -> dict[Feature, str]:
    """What a request with this tool asks of the provider beyond an answer."""
    return dict(RESPONSES.parse(body("hello", tools=[tool])).features)


@pytest.mark.parametrize(
    "tool",
    [
        FUNCTION,
        {"type": "custom", "name": "f", "format": {"type": "grammar", "syntax": "lark"}},
        {"type": "local_shell"},
        {"type": "shell", "environment": {"type": "local"}},
        {"type": "apply_patch"},
        {"type": "computer"},
        {"type": "computer_use_preview", "environment": "browser", "display_width": 1024},
        {"type": "namespace", "name": "crm", "tools": [FUNCTION]},
        {"type": "tool_search", "execution": "server"},
    ],
)
def test_tools_of_the_client_ask_for_nothing(tool: Any) -> None:
    """Tools that the client runs, or that stay within the request, take the text nowhere."""
    assert asked(tool) == {}


@pytest.mark.parametrize(
    ("tool", "feature"),
    [
        ({"type": "web_search"}, Feature.WEB_SEARCH),
        ({"type": "web_search_2025_08_26"}, Feature.WEB_SEARCH),
        ({"type": "web_search_preview"}, Feature.WEB_SEARCH),
        ({"type": "web_search_preview_2025_03_11"}, Feature.WEB_SEARCH),
        ({"type": "file_search", "vector_store_ids": ["vs_1"]}, Feature.HOSTED_TOOLS),
        ({"type": "code_interpreter", "container": {"type": "auto"}}, Feature.HOSTED_TOOLS),
        ({"type": "mcp", "server_label": "x", "server_url": "https://a"}, Feature.HOSTED_TOOLS),
        ({"type": "image_generation"}, Feature.HOSTED_TOOLS),
        ({"type": "programmatic_tool_calling"}, Feature.HOSTED_TOOLS),
        ({"type": "shell"}, Feature.HOSTED_TOOLS),
        ({"type": "shell", "environment": {"type": "container_auto"}}, Feature.HOSTED_TOOLS),
        ({"type": "nobody_knows"}, Feature.HOSTED_TOOLS),
        ({"type": "Function"}, Feature.HOSTED_TOOLS),
        ({"name": "f", "parameters": {}}, Feature.HOSTED_TOOLS),
        ("web_search", Feature.HOSTED_TOOLS),
    ],
)
def test_tools_of_the_provider_are_features(tool: Any, feature: Feature) -> None:
    """Whatever the client does not run itself is the policy's to allow, known or not."""
    assert asked(tool) == {feature: "/tools/0"}


def test_a_tool_in_a_group_is_looked_at() -> None:
    """A group hides nothing."""
    group = {"type": "namespace", "name": "x", "tools": [FUNCTION, {"type": "web_search"}]}

    assert asked(group) == {Feature.WEB_SEARCH: "/tools/0/tools/1"}


@pytest.mark.parametrize("kind", ["additional_tools", "tool_search_output"])
def test_a_tool_added_by_an_item_is_looked_at(kind: str) -> None:
    """Tools that come in the input are tools of the request."""
    item = {"type": kind, "role": "developer", "tools": [{"type": "web_search"}]}

    assert RESPONSES.parse(body([item])).features == {Feature.WEB_SEARCH: "/input/0/tools/0"}


def test_a_listing_asks_for_nothing() -> None:
    """What a server was seen to offer is only told of, and scanned."""
    item = {"type": "mcp_list_tools", "tools": [{"name": "f", "description": NAME}]}
    raw = body([item])

    assert RESPONSES.parse(raw).features == {}
    assert NAME in seen(raw)


@pytest.mark.parametrize(
    "tool",
    [
        {**FUNCTION, "name": NAME},
        {**FUNCTION, "description": NAME},
        {**FUNCTION, "parameters": {"properties": {"a": {"description": NAME}}}},
        {**FUNCTION, "parameters": {"properties": {NAME: {}}}},
        {**FUNCTION, "output_schema": {"title": NAME}},
        {"type": "custom", "name": "f", "format": {"type": "grammar", "definition": NAME}},
        {"type": "custom", "name": "f", "format": {"syntax": NAME}},
        {"type": "namespace", "tools": [{**FUNCTION, "description": NAME}]},
        {"type": "mcp", "server_url": NAME},
        {"type": "mcp", "authorization": NAME},
        {"type": "mcp", "headers": {"x-user": NAME}},
        {"type": "mcp", "headers": {NAME: "x"}},
        {"type": "mcp", "allowed_tools": [NAME]},
        {"type": "mcp", "allowed_tools": {"tool_names": [NAME]}},
        {"type": "mcp", "require_approval": {"never": {"tool_names": [NAME]}}},
        {"type": "mcp", "require_approval": NAME},
        {"type": "web_search", "user_location": {"type": "approximate", "city": NAME}},
        {"type": "web_search", "filters": {"allowed_domains": [NAME]}},
        {"type": "file_search", "vector_store_ids": [NAME]},
        {"type": "file_search", "filters": {"key": "author", "value": NAME}},
        {"type": "code_interpreter", "container": NAME},
        {"type": "code_interpreter", "container": {"type": "auto", "file_ids": [NAME]}},
        {"type": "shell", "environment": {"type": "local", "skills": [{"path": NAME}]}},
        {"type": "computer_use_preview", "environment": NAME},
        {"type": NAME},
        {"type": "nobody_knows", "deep": {"er": [NAME]}},
        {**FUNCTION, NAME: 1},
        NAME,
    ],
)
def test_a_name_in_any_tool_is_seen(tool: Any) -> None:
    """Wherever in a tool somebody is named, it is a segment."""
    assert NAME in seen(body("hello", tools=[tool]))


def test_a_mask_is_a_picture() -> None:
    """What a picture is to be made from cannot be scanned."""
    mask = {"type": "image_generation", "input_image_mask": {"file_id": "file_1"}}

    question = RESPONSES.parse(body("hello", tools=[mask]))

    assert [a.media for a in question.attachments] == ["image"]
