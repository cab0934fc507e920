from typing import Any

import pytest

from tests.support.responses import body, seen

NAME = "Anna Schmidt"


@pytest.mark.parametrize(
    "more",
    [
        {"input": NAME},
        {"instructions": NAME},
        {"metadata": {"user": NAME}},
        {"metadata": {NAME: "1"}},
        {"user": NAME},
        {"safety_identifier": NAME},
        {"prompt_cache_key": NAME},
        {"prompt": {"id": NAME}},
        {"prompt": {"id": "x", "variables": {"who": NAME}}},
        {"prompt": {"variables": {"who": {"type": "input_text", "text": NAME}}}},
        {"tool_choice": NAME},
        {"tool_choice": {"type": "function", "name": NAME}},
        {"tool_choice": {"type": NAME}},
        {"tool_choice": {"type": "mcp", "server_label": NAME}},
        {"tool_choice": {"type": "allowed_tools", "tools": [{"type": "function", "name": NAME}]}},
        {"text": {"format": {"type": "json_schema", "name": NAME}}},
        {"text": {"format": {"type": "json_schema", "schema": {"description": NAME}}}},
        {"text": {"format": {"type": NAME}}},
        {"text": {"verbosity": NAME}},
        {"reasoning": {"effort": NAME}},
        {"include": [NAME]},
        {"truncation": NAME},
        {"service_tier": NAME},
        {"prompt_cache_retention": NAME},
        {"context_management": [{"type": "compaction", "note": NAME}]},
        {"stream_options": {NAME: 1}},
        {"moderation": {"model": NAME}},
        {"store": False, "x_store": NAME},
        {"nobody_knows": {"deep": [NAME]}},
        {NAME: 1},
    ],
)
def test_a_name_in_any_field_is_seen(more: dict[str, Any]) -> None:
    """A field that nobody thought of is scanned, and so is one with another content."""
    assert NAME in seen(body(**{"asked": "hello", **_renamed(more)}))


def _renamed(more: dict[str, Any]) -> dict[str, Any]:
    return {"asked" if key == "input" else key: value for key, value in more.items()}


def test_settings_are_not_scanned() -> None:
    """What steers a model and is of a closed set is structure."""
    texts = seen(
        body(
            "hello",
            stream=True,
            store=False,
            temperature=1,
            max_output_tokens=40,
            reasoning={"effort": "high", "summary": "auto", "context": "all_turns"},
            text={"format": {"type": "text"}, "verbosity": "low"},
            include=["reasoning.encrypted_content"],
            service_tier="priority",
            truncation="auto",
            tool_choice={"type": "allowed_tools", "mode": "auto", "tools": [{"type": "mcp"}]},
            context_management=[{"type": "compaction", "compact_threshold": 1000}],
            prompt_cache_options={"mode": "explicit", "ttl": "30m"},
            stream_options={"include_obfuscation": False},
        )
    )

    assert texts.keys() == {"hello"}


@pytest.mark.parametrize("choice", ["none", "auto", "required"])
def test_a_choice_in_one_word_is_not_scanned(choice: str) -> None:
    """The words for a choice of tools are structure."""
    assert seen(body("hello", tool_choice=choice)).keys() == {"hello"}
