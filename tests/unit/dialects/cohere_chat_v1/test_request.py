from typing import Any

import pytest

from guardrail_gw.core.feature import Feature
from guardrail_gw.errors import BodyRefused
from tests.support.chat import encoded
from tests.support.cohere import V1, message, seen

NAME = "Anna Schmidt"
CALL = {"name": "f", "parameters": {"a": "b"}}


@pytest.mark.parametrize(
    "more",
    [
        {"preamble": NAME},
        {"chat_history": [{"role": "USER", "message": NAME}]},
        {"chat_history": [{"role": NAME, "message": "x"}]},
        {"chat_history": [{"role": "CHATBOT", "tool_calls": [{"name": NAME}]}]},
        {"chat_history": [{"role": "CHATBOT", "tool_calls": [{"parameters": {"a": NAME}}]}]},
        {"chat_history": [{"role": "TOOL", "tool_results": [{"outputs": [{NAME: 1}]}]}]},
        {"chat_history": NAME},
        {"documents": [{"id": NAME}]},
        {"documents": [{"title": "x", "snippet": NAME}]},
        {"documents": [{"anything": NAME}]},
        {"tools": [{"name": NAME}]},
        {"tools": [{"description": NAME}]},
        {"tools": [{"parameter_definitions": {"a": {"description": NAME}}}]},
        {"tools": [{"parameter_definitions": {"a": {"type": NAME}}}]},
        {"tools": [{"parameter_definitions": {NAME: {"type": "str"}}}]},
        {"tool_results": [{"call": {**CALL, "name": NAME}, "outputs": []}]},
        {"tool_results": [{"call": CALL, "outputs": [{"a": NAME}]}]},
        {"connectors": [{"id": NAME}]},
        {"connectors": [{"id": "web-search", "options": {"site": NAME}}]},
        {"connectors": [{"id": "x", "user_access_token": NAME}]},
        {"conversation_id": NAME},
        {"prompt_truncation": NAME},
        {"citation_quality": NAME},
        {"safety_mode": NAME},
        {"response_format": {"type": "json_object", "schema": {"title": NAME}}},
        {"stop_sequences": [NAME]},
        {"nobody_knows": {"deep": [NAME]}},
        {NAME: 1},
    ],
)
def test_a_name_in_any_field_is_seen(more: dict[str, Any]) -> None:
    """A field that nobody thought of is scanned, and so is one with another content."""
    assert NAME in seen(V1, message("hello", **more))


def test_settings_are_not_scanned() -> None:
    """What steers a model and is of a closed set is structure, in letters of any size."""
    texts = seen(
        V1,
        message(
            "hello",
            stream=True,
            temperature=0.3,
            max_tokens=100,
            prompt_truncation="AUTO",
            citation_quality="fast",
            safety_mode="NONE",
            connectors=[{"id": "web-search"}],
            chat_history=[
                {"role": role, "message": "hello"} for role in ("User", "CHATBOT", "tool")
            ],
            tools=[{"name": "hello", "parameter_definitions": {"hello": {"type": "str"}}}],
        ),
    )

    assert texts.keys() == {"hello"}


@pytest.mark.parametrize(
    ("more", "features"),
    [
        ({"connectors": [{"id": "web-search"}]}, [Feature.WEB_SEARCH]),
        ({"connectors": [{"id": "hr-files"}]}, [Feature.HOSTED_TOOLS]),
        ({"connectors": {"id": "hr-files"}}, [Feature.HOSTED_TOOLS]),
        ({"connectors": ["web-search"]}, [Feature.HOSTED_TOOLS]),
        ({"connectors": []}, []),
        ({"conversation_id": "c"}, [Feature.STORAGE]),
        ({"Connectors": [{"id": "web-search"}]}, [Feature.WEB_SEARCH]),
        ({"tools": [CALL]}, []),
        ({"store": True}, [Feature.STORAGE]),
    ],
)
def test_what_is_asked_for_besides_is_noted(more: dict[str, Any], features: list[Feature]) -> None:
    """Searching the web, asking other programs and keeping a conversation are the provider's."""
    assert [*V1.parse(message("x", **more)).features] == features


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ({"conversation_id": "c"}, [("conversation", "c", "/conversation_id")]),
        ({"connectors": [{"id": "hr"}]}, [("connector", "hr", "/connectors/0/id")]),
        ({"connectors": [{"id": "web-search"}]}, []),
        ({"chat_history": []}, []),
    ],
)
def test_what_the_provider_keeps_is_named(
    more: dict[str, Any], named: list[tuple[str, str, str]]
) -> None:
    """Nobody here knows whose it is, so it is for the policy to allow."""
    found = V1.parse(message("x", **more)).kept

    assert [(each.what, each.id, each.place) for each in found] == named


@pytest.mark.parametrize(
    "bad", [{}, {"message": "x"}, {"model": "m"}, {"model": "m", "message": ["x"]}, {"model": 1}]
)
def test_what_is_no_request_is_refused(bad: dict[str, Any]) -> None:
    """By what is missing."""
    with pytest.raises(BodyRefused):
        V1.parse(encoded(bad))
