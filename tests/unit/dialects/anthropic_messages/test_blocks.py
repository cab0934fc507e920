import base64
from typing import Any

import pytest

from guardrail_gw.core.feature import Feature
from tests.support.messages import MESSAGES, body, seen

SEAL = base64.b64encode(bytes(range(128, 256)) * 2).decode()
IMAGE = base64.b64encode(b"\x89PNG\r\n\x1a\n" + bytes(300)).decode()
NAME = "Anna Schmidt"


@pytest.mark.parametrize(
    "block",
    [
        {"type": "text", "text": NAME},
        {"type": "text", "text": "x", "citations": [{"type": "char_location", "cited_text": NAME}]},
        {"type": "thinking", "thinking": NAME, "signature": SEAL},
        {
            "type": "tool_use",
            "id": "toolu_01FWrycbhCvuTogJufWKj2Mu",
            "name": "f",
            "input": {"deep": [{"er": NAME}]},
        },
        {
            "type": "tool_use",
            "id": "toolu_01FWrycbhCvuTogJufWKj2Mu",
            "name": "f",
            "input": {NAME: 1},
        },
        {"type": "tool_use", "id": NAME, "name": "f", "input": {}},
        {"type": "tool_use", "id": "toolu_01FWrycbhCvuTogJufWKj2Mu", "name": NAME, "input": {}},
        {"type": "tool_result", "tool_use_id": "toolu_01FWrycbhCvuTogJufWKj2Mu", "content": NAME},
        {"type": "tool_result", "tool_use_id": NAME, "content": ""},
        {"type": "tool_result", "content": [{"type": "text", "text": NAME}]},
        {"type": "tool_result", "content": [{"type": "search_result", "title": NAME}]},
        {"type": "document", "source": {"type": "text", "data": NAME}, "title": "x"},
        {"type": "document", "source": {"type": "content", "content": NAME}},
        {"type": "document", "source": {"type": "text", "data": "x"}, "title": NAME},
        {"type": "document", "source": {"type": "text", "data": "x"}, "context": NAME},
        {"type": "search_result", "source": NAME, "content": [{"type": "text", "text": "x"}]},
        {"type": "web_search_tool_result", "content": [{"type": "web_search_result", "url": NAME}]},
        {"type": "bash_code_execution_tool_result", "content": {"stdout": NAME}},
        {"type": "mcp_tool_result", "content": [{"type": "text", "text": NAME}]},
        {"type": "server_tool_use", "name": "web_search", "input": {"query": NAME}},
        {"type": "compaction", "content": NAME},
        {"type": "redacted_thinking", "data": NAME},
        {"type": "browser_state", "tabs": [{"title": NAME}]},
        {"type": "nobody_knows", "deep": {"er": [NAME]}},
        {"type": NAME},
        {"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": NAME}},
        {"type": "text", "text": "x", NAME: 1},
        NAME,
    ],
)
def test_a_name_in_any_block_is_seen(block: Any) -> None:
    """Wherever in a block somebody is named, it is a segment."""
    assert NAME in seen(body([block]))


@pytest.mark.parametrize(
    "block",
    [
        {"type": "thinking", "thinking": "", "signature": SEAL},
        {"type": "redacted_thinking", "data": SEAL},
        {"type": "web_search_tool_result", "content": [{"encrypted_content": SEAL}]},
        {"type": "text", "text": "", "citations": [{"encrypted_index": SEAL}]},
    ],
)
def test_what_the_provider_sealed_passes_as_it_is(block: Any) -> None:
    """Signatures and encrypted texts are neither scanned nor taken for attachments."""
    question = MESSAGES.parse(body([block]))

    assert SEAL not in {s.text for s in question.segments}
    assert question.attachments == ()


@pytest.mark.parametrize("member", ["signature", "data"])
@pytest.mark.parametrize(
    "content", [b"Anna Schmidt lives in Berlin. " * 9, b"\x89PNG\r\n\x1a\n" + bytes(300)]
)
def test_what_can_be_read_is_no_seal(member: str, content: bytes) -> None:
    """Text or an image in base64 in the place of a seal is content like any other."""
    kind = "thinking" if member == "signature" else "redacted_thinking"
    value = base64.b64encode(content).decode()

    question = MESSAGES.parse(body([{"type": kind, member: value}]))

    assert [a.media for a in question.attachments] == ["base64"]


@pytest.mark.parametrize(
    ("block", "media"),
    [
        ({"type": "image", "source": {"type": "base64", "data": IMAGE}}, "image"),
        ({"type": "image", "source": {"type": "url", "url": "https://a.example/b"}}, "image"),
        ({"type": "image"}, "image"),
        ({"type": "document", "source": {"type": "base64", "data": IMAGE}}, "file"),
        ({"type": "document", "source": {"type": "url", "url": "https://a.example"}}, "file"),
        ({"type": "document", "source": "x"}, "file"),
        ({"type": "document", "source": {"type": "later", "text": "x"}}, "file"),
    ],
)
def test_what_cannot_be_scanned_is_an_attachment(block: Any, media: str) -> None:
    """Images and documents are refused unless the policy allows them, also within results."""
    alone = MESSAGES.parse(body([block])).attachments
    within = MESSAGES.parse(body([{"type": "tool_result", "content": [block]}])).attachments

    assert alone[0].media == media
    assert within[0].media == media


@pytest.mark.parametrize(
    "block",
    [
        {"type": "document", "source": {"type": "file", "file_id": "file_1"}},
        {"type": "image", "source": {"type": "file", "file_id": "file_1"}},
        {"type": "container_upload", "file_id": "file_1"},
    ],
)
def test_a_file_at_the_provider_is_storage(block: Any) -> None:
    """A stored file is content that nothing here can see, at a place of its own."""
    question = MESSAGES.parse(body([block]))

    assert question.attachments
    assert Feature.STORAGE in question.features


def test_structure_is_not_scanned() -> None:
    """Types, ids that a provider made and settings are no text."""
    texts = seen(
        body(
            [
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_01FWrycbhCvuTogJufWKj2Mu",
                    "is_error": True,
                    "cache_control": {"type": "ephemeral", "ttl": "5m"},
                    "content": "done",
                }
            ]
        )
    )

    assert texts.keys() == {"done"}


def test_json_within_a_result_is_walked() -> None:
    """A tool's answer is often JSON in a string; each string of it is a segment."""
    texts = seen(body([{"type": "tool_result", "content": '{"rows": ["Anna", "Bert"]}'}]))

    assert {"rows", "Anna", "Bert"} == texts.keys()
