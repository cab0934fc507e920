from typing import Any

import pytest

from guardrail_gw.core.feature import Feature
from tests.support.chat import encoded
from tests.support.messages import MESSAGES, body, seen

NAME = "Anna Schmidt"


@pytest.mark.parametrize(
    "more",
    [
        {"system": NAME},
        {"system": [{"type": "text", "text": NAME}]},
        {"metadata": {"user_id": NAME}},
        {"metadata": {NAME: 1}},
        {"stop_sequences": [NAME]},
        {"tool_choice": {"type": "tool", "name": NAME}},
        {"tool_choice": {"type": NAME}},
        {"tools": [{"name": "f", "input_schema": {"title": NAME}}]},
        {"output_config": {"effort": NAME}},
        {"output_config": {"format": {"type": "json_schema", "schema": {"description": NAME}}}},
        {"output_format": {"type": "json_schema", "schema": {"enum": [NAME]}}},
        {"thinking": {"type": NAME}},
        {"service_tier": NAME},
        {"context_management": {"edits": [{"type": "compact_20260112", "instructions": NAME}]}},
        {"compaction": {"type": "summarize", "instructions": NAME}},
        {"container": NAME},
        {"container": {"id": NAME, "skills": [{"type": "custom", "skill_id": NAME}]}},
        {"mcp_servers": [{"type": "url", "name": "x", "url": NAME}]},
        {"mcp_servers": [{"type": "url", "authorization_token": NAME}]},
        {"nobody_knows": {"deep": [NAME]}},
        {NAME: 1},
    ],
)
def test_a_name_in_any_field_is_seen(more: dict[str, Any]) -> None:
    """A field that nobody thought of is scanned, and so is one with another content."""
    assert NAME in seen(body("hello", **more))


@pytest.mark.parametrize("role", ["user", "assistant", "system", "later"])
def test_messages_of_every_role_are_seen(role: str) -> None:
    """Who speaks changes nothing."""
    assert NAME in seen(encoded({"model": "m", "messages": [{"role": role, "content": NAME}]}))


def test_settings_are_not_scanned() -> None:
    """What steers a model and is of a closed set is structure."""
    texts = seen(
        body(
            "hello",
            stream=True,
            temperature=1,
            top_k=40,
            thinking={"type": "enabled", "budget_tokens": 1024, "display": "summarized"},
            output_config={"effort": "high"},
            service_tier="standard_only",
            tool_choice={"type": "auto", "disable_parallel_tool_use": True},
            context_management={
                "edits": [
                    {
                        "type": "clear_tool_uses_20250919",
                        "trigger": {"type": "input_tokens", "value": 30000},
                        "keep": {"type": "tool_uses", "value": 3},
                    },
                    {"type": "clear_thinking_20251015", "keep": "all"},
                ]
            },
        )
    )

    assert texts.keys() == {"hello"}


@pytest.mark.parametrize(
    ("more", "feature"),
    [
        ({"container": "c_1"}, Feature.HOSTED_TOOLS),
        ({"mcp_servers": [{"type": "url", "name": "x"}]}, Feature.HOSTED_TOOLS),
        ({"inference_geo": "us"}, Feature.ROUTING),
        ({"fallbacks": [{"model": "other"}]}, Feature.ROUTING),
        ({"thread": {"type": "create"}}, Feature.STORAGE),
    ],
)
def test_what_leads_elsewhere_is_a_feature(more: dict[str, Any], feature: Feature) -> None:
    """Fields by which a client has its text kept or handed on are noted with their place."""
    assert MESSAGES.parse(body("hello", **more)).features == {feature: f"/{next(iter(more))}"}
