from typing import Any

import pytest

from guardrail_gw.dialects.openai_chat.slots import slots
from tests.support.chat import chunk


def found(data: Any, *, json_answer: bool = False) -> list[tuple[Any, Any, str]]:
    """Text, channel and escape of each slot."""
    return [(s.holder[s.key], s.channel, s.escape) for s in slots(data, json_answer=json_answer)]


@pytest.mark.parametrize(
    ("delta", "expected"),
    [
        ({"role": "assistant", "content": "a"}, [("a", (2, "content"), "text")]),
        ({"refusal": "a"}, [("a", (2, "refusal"), "text")]),
        ({"reasoning_content": "a"}, [("a", (2, "reasoning_content"), "text")]),
        ({"nobody_knows": "a"}, [("a", (2, "nobody_knows"), "text")]),
        ({"nobody": {"k": ["a"]}}, [("a", None, "text")]),
        ({"nobody": {"knows": "a"}}, [("a", (2, "nobody", "knows"), "text")]),
        ({"audio": {"transcript": "a"}}, [("a", (2, "audio", "transcript"), "text")]),
        (
            {"function_call": {"name": "f", "arguments": "{"}},
            [("f", None, "text"), ("{", (2, "function_call", "arguments"), "json")],
        ),
        (
            {"tool_calls": [{"index": 3, "id": "i", "function": {"name": "f", "arguments": "{"}}]},
            [("f", None, "text"), ("{", (2, "tool_calls", 3, "function", "arguments"), "json")],
        ),
        (
            {"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "a"}]}]},
            [("a", (2, "content", 0, "thinking", 0, "text"), "text")],
        ),
        (
            {"annotations": [{"type": "url_citation", "url_citation": {"title": "a"}}]},
            [("a", None, "text")],
        ),
    ],
)
def test_every_text_of_a_delta_has_its_channel(delta: Any, expected: Any) -> None:
    """Choices, calls and fields do not share a channel; names and citations are never cut."""
    assert found(chunk(delta, index=2)) == expected


def test_parallel_calls_have_their_own_channels() -> None:
    """Two calls in one chunk are two texts."""
    calls = [{"index": i, "function": {"arguments": "x"}} for i in (0, 1)]

    channels = {channel for _, channel, _ in found(chunk({"tool_calls": calls}))}

    assert len(channels) == 2


def test_a_whole_answer_is_covered_everywhere() -> None:
    """Strings nobody thought of are slots; ids and enums are not."""
    data = {
        "id": "c1",
        "model": "m",
        "citations": ["a"],
        "choices": [
            {
                "finish_reason": "stop",
                "odd": "b",
                "message": {
                    "role": "assistant",
                    "content": "c",
                    "tool_calls": [{"id": "i", "function": {"name": "f", "arguments": "{}"}}],
                    "extra": {"deep": ["d"]},
                },
            }
        ],
    }

    assert [(t, e) for t, _, e in found(data)] == [
        ("a", "text"),
        ("b", "text"),
        ("c", "text"),
        ("f", "text"),
        ("{}", "json"),
        ("d", "text"),
    ]


def test_json_answers_are_escaped_as_json() -> None:
    """When the request asked for JSON, the content is JSON source."""
    message = {"choices": [{"message": {"content": "{}", "refusal": "no"}}]}

    assert [e for _, _, e in found(chunk({"content": "{"}), json_answer=True)] == ["json"]
    assert [e for _, _, e in found(message, json_answer=True)] == ["json", "text"]
