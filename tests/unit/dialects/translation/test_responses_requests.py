"""Requests of and for OpenAI Responses: items and turns."""

import json
from typing import Any

import pytest

from guardrail_gw.dialects.translation.losses import Untranslatable
from guardrail_gw.dialects.translation.translate import translated
from tests.unit.dialects.translation.test_answers import CHAT, MESSAGES
from tests.unit.dialects.translation.test_responses import RESPONSES

CONVERSATION: dict[str, Any] = {
    "instructions": "Be brief.",
    "input": [
        {"type": "message", "role": "user", "content": "Weather in Bonn and Ulm?"},
        {"type": "message", "role": "assistant", "content": "I look."},
        {"type": "function_call", "call_id": "t1", "name": "look", "arguments": '{"town":"Bonn"}'},
        {"type": "function_call", "call_id": "t2", "name": "look", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "t1", "output": "rain"},
        {
            "type": "function_call_output",
            "call_id": "t2",
            "output": [
                {"type": "input_text", "text": "sun"},
                {
                    "type": "input_image",
                    "image_url": "data:image/png;base64,AAAA",
                    "detail": "auto",
                },
            ],
        },
        {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_text", "text": "And?"},
                {"type": "input_file", "filename": "a.pdf", "file_data": "data:a/b;base64,AAAA"},
                {
                    "type": "input_image",
                    "image_url": "https://example.org/a.png",
                    "detail": "DETAIL",
                },
            ],
        },
    ],
    "stream": True,
    "store": False,
    "tools": [
        {
            "type": "function",
            "name": "look",
            "description": "Looks.",
            "parameters": {"type": "object", "properties": {"town": {"type": "string"}}},
            "strict": False,
        }
    ],
    "tool_choice": {"type": "function", "name": "look"},
    "parallel_tool_calls": False,
    "max_output_tokens": 100,
    "temperature": 0.5,
    "top_p": 0.9,
    "user": "u",
}


def without_images_of_results(body: dict[str, Any]) -> dict[str, Any]:
    """A request whose results are texts, which is all that chat has."""
    items = [
        {**item, "output": "sun"} if item.get("call_id") == "t2" and "output" in item else item
        for item in body["input"]
    ]
    return {**body, "input": items}


@pytest.mark.parametrize("other", [CHAT, MESSAGES])
def test_there_and_back_a_conversation_is_the_same(other: str) -> None:
    """What both dialects can say comes back as it was."""
    said = json.dumps(CONVERSATION).replace("DETAIL", "low" if other == CHAT else "auto")
    asked = json.loads(said.replace("data:a/b", "data:application/pdf"))
    if other == CHAT:
        asked = without_images_of_results(asked)
    else:  # Messages are told one of the two
        del asked["top_p"]
    there = translated({"model": "m", **asked}, RESPONSES, other)

    back = translated({"model": "m", **there.body}, other, RESPONSES)

    assert back.body == asked
    assert (there.left_out, back.left_out) == ((), ())


def test_nothing_is_stored_for_whoever_asks_in_another_dialect() -> None:
    """A provider of responses keeps them unless it is told not to."""
    for client in (CHAT, MESSAGES):
        body = {"model": "m", "messages": [{"role": "user", "content": "a"}]}

        assert translated(body, client, RESPONSES).body["store"] is False


def test_several_instructions_are_items() -> None:
    """One stands in its member; more than one keep their order in front of the input."""
    messages = [
        {"role": "system", "content": "s1"},
        {"role": "user", "content": "a"},
        {"role": "developer", "content": [{"type": "text", "text": "s2"}]},
    ]

    made = translated({"model": "m", "messages": messages}, CHAT, RESPONSES).body

    assert "instructions" not in made
    assert [(item["role"], item["content"]) for item in made["input"]] == [
        ("system", "s1"),
        ("system", "s2"),
        ("user", "a"),
    ]


@pytest.mark.parametrize("provider", [CHAT, MESSAGES])
def test_no_choice_is_said_where_there_are_no_tools(provider: str) -> None:
    """Clients say `auto` whatever they have; others refuse it without tools."""
    asked = {"model": "m", "input": "a", "tools": [], "tool_choice": "auto"}

    made = translated({**asked, "parallel_tool_calls": False}, RESPONSES, provider).body

    assert made.keys() & {"tools", "tool_choice", "parallel_tool_calls"} == set()


TWICE = {"type": "input_image", "image_url": "https://example.org/a", "file_id": "f1"}
"""An image that is at an address, and kept by the provider as well."""


@pytest.mark.parametrize(
    "more",
    [
        {"input": None},
        {"input": [{"role": "user"}]},
        {"input": [{"role": "other", "content": "a"}]},
        {"input": [{"role": "user", "content": [{"type": "input_image", "image_url": ""}]}]},
        {"input": [{"role": "assistant", "content": [{"type": "input_image", "image_url": "a"}]}]},
        {"input": [{"role": "user", "content": [TWICE]}]},
        {
            "input": [
                {
                    "role": "user",
                    "content": [
                        {"type": "input_file", "file_url": "https://example.org/a", "file_id": "f1"}
                    ],
                }
            ]
        },
        {"input": [{"type": "function_call", "call_id": "c", "name": "f", "arguments": "[1]"}]},
        {"input": [{"type": "function_call", "name": "f", "arguments": "{}"}]},
        {"input": [{"role": "system", "content": [{"type": "input_image", "image_url": "a"}]}]},
        {"tools": [{"type": "function", "name": "f", "namespace": "n"}]},
        {"tool_choice": {"type": "web_search"}},
        {"tool_choice": "sometimes"},
        {"text": {"format": {"type": "grammar"}}},
        {"text": "json"},
        {"reasoning": {"effort": 5}},
        {"include": "reasoning.encrypted_content"},
    ],
    ids=repr,
)
def test_what_is_not_of_the_dialect_is_refused(more: dict[str, Any]) -> None:
    """A request of another shape is nobody's, and no guess is made."""
    with pytest.raises(Untranslatable):
        translated({"model": "m", "input": "a", **more}, RESPONSES, CHAT)
