import json
from typing import Any

import pytest

from guardrail_gw.core.text import SegmentKind
from tests.support.chat import CHAT, body, encoded

PNG = "data:image/png;base64,iVBORw0KGgo="


def texts(raw: bytes) -> dict[str, str]:
    """Text -> place, of every segment."""
    return {s.text: s.place for s in CHAT.parse(raw).segments}


def message(**members: Any) -> bytes:
    """A request with one message."""
    return encoded({"model": "gpt", "messages": [members]})


@pytest.mark.parametrize(
    "role", ["system", "developer", "user", "assistant", "tool", "function", "stranger"]
)
def test_content_is_a_segment_whatever_the_role(role: str) -> None:
    """Every role's content is scanned; a role that is none is scanned itself."""
    seen = texts(message(role=role, content="Anna"))

    assert seen["Anna"] == "/messages/0/content"
    assert ("stranger" in seen) == (role == "stranger")


def test_a_plain_request_has_no_other_segments() -> None:
    """What the wire format defines in closed sets is structure."""
    raw = body(
        "hi",
        stream=True,
        temperature=0.5,
        seed=12345678,
        max_tokens=99999999,
        tool_choice="auto",
        function_call="none",
        reasoning_effort="low",
        service_tier="auto",
        modalities=["text"],
        encoding_format="float",
        response_format={"type": "json_object"},
        stream_options={"include_usage": True},
    )

    assert texts(raw) == {"hi": "/messages/0/content"}


@pytest.mark.parametrize(
    "name",
    ["tool_choice", "reasoning_effort", "service_tier", "user", "stop", "metadata", "nobody_knows"],
)
def test_a_name_in_any_field_is_seen(name: str) -> None:
    """A field that holds something unexpected, or that nobody thought of, is scanned."""
    assert "Anna Schmidt" in texts(body("x", **{name: "Anna Schmidt"}))
    assert "Anna Schmidt" in texts(body("x", **{name: {"Anna Schmidt": 1}}))
    assert "Anna Schmidt" in texts(body("x", **{name: [{"k": ["Anna Schmidt"]}]}))


def test_tools_are_seen() -> None:
    """Names of functions are identifiers; descriptions and arguments are prose."""
    call = {
        "id": "call_jYdIdRZHxZTn5bWCq5jlMrJi",
        "type": "function",
        "function": {"name": "send", "arguments": json.dumps({"to": "René"})},
    }
    raw = encoded(
        {
            "model": "gpt",
            "messages": [
                {"role": "assistant", "content": None, "tool_calls": [call]},
                {
                    "role": "tool",
                    "tool_call_id": "call_jYdIdRZHxZTn5bWCq5jlMrJi",
                    "content": '{"row":"Berta"}',
                },
                {"role": "user", "name": "Clara", "content": "x"},
            ],
            "tools": [
                {
                    "type": "function",
                    "function": {
                        "name": "send",
                        "description": "for Dora",
                        "parameters": {"type": "object", "properties": {"to": {"type": "string"}}},
                    },
                }
            ],
            "tool_choice": {"type": "function", "function": {"name": "send"}},
        }
    )
    question = CHAT.parse(raw)

    kinds = {s.text: s.kind.value for s in question.segments}
    assert kinds == {
        **dict.fromkeys(("send", "to", "row"), SegmentKind.KEY.value),
        **dict.fromkeys(("René", "Berta", "Clara", "x", "for Dora"), SegmentKind.PROSE.value),
    }
    assert [t for t, _ in CHAT.leaves(question)].count("call_jYdIdRZHxZTn5bWCq5jlMrJi") == 2


@pytest.mark.parametrize("value", ["anna@example.org", "call_491761234567", "Anna", "call_x"])
def test_an_id_that_could_be_somebodys_is_scanned(value: str) -> None:
    """Only ids of the form that providers issue are structure."""
    assert value in texts(message(role="tool", tool_call_id=value, content="x"))


@pytest.mark.parametrize(
    ("part", "media", "seen"),
    [
        ({"type": "image_url", "image_url": {"url": PNG, "detail": "low"}}, "image", []),
        (
            {"type": "image_url", "image_url": {"url": "https://x.example/anna.png"}},
            "image",
            ["https://x.example/anna.png"],
        ),
        (
            {"type": "input_audio", "input_audio": {"data": "AAAA", "format": "wav"}},
            "audio",
            ["AAAA"],
        ),
        (
            {"type": "file", "file": {"filename": "anna.pdf", "file_data": PNG}},
            "file",
            ["anna.pdf"],
        ),
        ({"type": "text", "text": PNG}, "data_url", []),
        ({"type": "text", "text": "see " + PNG}, "data_url", ["see " + PNG]),
        ({"type": "text", "text": "QUJD" * 100}, "base64", []),
    ],
)
def test_what_is_not_text_is_an_attachment(part: Any, media: str, seen: list[str]) -> None:
    """Images, audio, files, data URLs and base64 are named with their place."""
    question = CHAT.parse(body([part]))

    assert question.attachments[0].media == media
    assert question.attachments[0].place.startswith("/messages/0/content/0")
    assert [s.text for s in question.segments] == seen
