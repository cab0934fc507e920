from typing import Any

import pytest

from guardrail_gw.core.feature import Feature
from guardrail_gw.errors import BodyRefused
from tests.support.chat import encoded
from tests.support.cohere import V2, body, seen

NAME = "Anna Schmidt"
CALL = {"id": "f_tf4dywn8wgnk", "type": "function", "function": {"name": "f", "arguments": "{}"}}
SOURCE = {"type": "document", "id": "doc:0"}
CITATION = {"start": 0, "end": 2, "text": "ab", "type": "TEXT_CONTENT", "sources": [SOURCE]}


@pytest.mark.parametrize(
    "more",
    [
        {"documents": [NAME]},
        {"documents": [{"data": NAME}]},
        {"documents": [{"id": NAME, "data": {"title": "x"}}]},
        {"documents": [{"data": {"title": "x", NAME: "y"}}]},
        {"tools": [{"type": "function", "function": {"name": NAME}}]},
        {"tools": [{"type": "function", "function": {"description": NAME}}]},
        {"tools": [{"type": "function", "function": {"parameters": {"title": NAME}}}]},
        {"tools": [{"type": NAME}]},
        {"tool_choice": NAME},
        {"citation_options": {"mode": NAME}},
        {"response_format": {"type": NAME}},
        {"response_format": {"type": "json_object", "json_schema": {"description": NAME}}},
        {"response_format": {"type": "json_object", "schema": {"enum": [NAME]}}},
        {"safety_mode": NAME},
        {"thinking": {"type": NAME}},
        {"stop_sequences": [NAME]},
        {"max_tokens": NAME},
        {"nobody_knows": {"deep": [NAME]}},
        {NAME: 1},
    ],
)
def test_a_name_in_any_field_is_seen(more: dict[str, Any]) -> None:
    """A field that nobody thought of is scanned, and so is one with another content."""
    assert NAME in seen(V2, body("hello", **more))


@pytest.mark.parametrize(
    "message",
    [
        {"role": "user", "content": NAME},
        {"role": NAME, "content": "x"},
        {"role": "user", "content": {"type": "text", "text": NAME}},
        {"role": "user", "content": [{"type": "text", "text": NAME}]},
        {"role": "user", "content": [{"type": "image_url", "image_url": {"url": NAME}}]},
        {"role": "assistant", "content": [{"type": "thinking", "thinking": NAME}]},
        {"role": "assistant", "tool_plan": NAME},
        {"role": "assistant", "tool_calls": [{**CALL, "id": NAME}]},
        {"role": "assistant", "tool_calls": [{**CALL, "function": {"name": NAME}}]},
        {"role": "assistant", "tool_calls": [{**CALL, "function": {"arguments": f'["{NAME}"]'}}]},
        {"role": "assistant", "citations": [{**CITATION, "text": NAME}]},
        {"role": "assistant", "citations": [{**CITATION, "sources": [{**SOURCE, "id": NAME}]}]},
        {"role": "assistant", "citations": [{**CITATION, "sources": [{"tool_output": {NAME: 1}}]}]},
        {"role": "assistant", "citations": [{**CITATION, "sources": [{"document": {"t": NAME}}]}]},
        {"role": "tool", "tool_call_id": "x", "content": NAME},
        {"role": "tool", "tool_call_id": NAME, "content": "x"},
        {"role": "tool", "content": [{"type": "document", "document": {"data": NAME}}]},
        {"role": "tool", "content": [{"type": "document", "document": {"id": NAME}}]},
        {"role": "user", "nobody_knows": {"deep": [NAME]}},
        {"role": "user", NAME: "x"},
    ],
)
def test_a_name_in_any_message_is_seen(message: dict[str, Any]) -> None:
    """Whoever speaks, and in whatever part."""
    assert NAME in seen(V2, encoded({"model": "m", "messages": [message]}))


def test_settings_are_not_scanned() -> None:
    """What steers a model and is of a closed set is structure."""
    texts = seen(
        V2,
        body(
            "hello",
            stream=True,
            temperature=0.3,
            k=40,
            p=0.9,
            max_tokens=100,
            tool_choice="REQUIRED",
            safety_mode="STRICT",
            thinking={"type": "enabled", "token_budget": 1024},
            citation_options={"mode": "FAST"},
            response_format={"type": "json_object"},
            strict_tools=True,
        ),
    )

    assert texts.keys() == {"hello"}


@pytest.mark.parametrize(
    ("part", "media"),
    [
        ({"type": "image_url", "image_url": {"url": "https://a.example/x.png"}}, "image"),
        ({"image_url": "https://a.example/x.png"}, "image"),
        ({"type": "audio", "audio": "AAAA"}, "file"),
        ({"type": 7}, "file"),
        ({"type": ["text"]}, "file"),
    ],
)
def test_what_is_no_text_is_an_attachment(part: dict[str, Any], media: str) -> None:
    """A part that nobody knows counts as what nothing can scan."""
    (found,) = V2.parse(body([part])).attachments

    assert (found.media, found.place) == (media, "/messages/0/content/0")


@pytest.mark.parametrize("kind", ["text", "thinking", "document"])
def test_what_is_text_is_none(kind: str) -> None:
    """Documents are texts, too."""
    assert V2.parse(body([{"type": kind, "text": "x"}])).attachments == ()


@pytest.mark.parametrize(
    ("more", "feature"),
    [
        ({"tools": [{"type": "web_search"}]}, Feature.WEB_SEARCH),
        ({"tools": [{"type": "nobody_knows"}]}, Feature.HOSTED_TOOLS),
        ({"store": True}, Feature.STORAGE),
        ({"fallbacks": ["x"]}, Feature.ROUTING),
    ],
)
def test_what_is_asked_for_besides_is_noted(more: dict[str, Any], feature: Feature) -> None:
    """A tool that the client does not run is the provider's."""
    assert [*V2.parse(body("x", **more)).features] == [feature]


def test_a_client_s_own_tools_ask_for_nothing() -> None:
    """They are called, and that is all."""
    assert not V2.parse(body("x", tools=[{"type": "function", "function": {"name": "f"}}])).features


@pytest.mark.parametrize(
    "bad", [{}, {"messages": []}, {"model": "m"}, {"model": 1, "messages": []}]
)
def test_what_is_no_request_is_refused(bad: dict[str, Any]) -> None:
    """By what is missing."""
    with pytest.raises(BodyRefused):
        V2.parse(encoded(bad))
