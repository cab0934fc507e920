"""What is asked of the form of an answer is asked so that the provider takes it."""

from typing import Any

import pytest

from guardrail_gw.core.exchange import BARE
from guardrail_gw.dialects.translation.answer_schema import closed, is_strict
from guardrail_gw.dialects.translation.translate import translated

TEXT = {"type": "string"}
OPEN: dict[str, Any] = {"type": "object", "properties": {"a": TEXT}, "required": ["a"]}
CLOSED = {**OPEN, "additionalProperties": False}
OPTIONAL = {**CLOSED, "properties": {"a": TEXT, "b": TEXT}}


def asked(client: str, schema: dict[str, Any]) -> dict[str, Any]:
    """A request for an answer of a schema."""
    if client == "gemini_generate":
        config = {"responseMimeType": "application/json", "responseJsonSchema": schema}
        return {
            "contents": [{"role": "user", "parts": [{"text": "a"}]}],
            "generationConfig": config,
        }
    said = {"model": "m", "messages": [{"role": "user", "content": "a"}]}
    if client == "anthropic_messages":
        form = {"type": "json_schema", "schema": schema}
        return {**said, "max_tokens": 9, "output_config": {"format": form}}
    form = {"type": "json_schema", "json_schema": {"name": "n", "schema": schema}}
    return {**said, "response_format": form}


def test_objects_are_closed_wherever_they_stand() -> None:
    """Names of members are no words of the schema, and what an object says itself stays."""
    schema = {
        "type": "object",
        "properties": {
            "a": {"type": "array", "items": OPEN},
            "enum": OPEN,
            "c": {**OPEN, "additionalProperties": True},
            "d": {"const": OPEN},
        },
        "$defs": {"default": OPEN},
    }

    made = closed(schema)

    assert made["additionalProperties"] is False
    assert made["properties"]["a"]["items"] == CLOSED
    assert made["properties"]["enum"] == made["$defs"]["default"] == CLOSED
    assert made["properties"]["c"]["additionalProperties"] is True
    assert made["properties"]["d"] == {"const": OPEN}
    assert "additionalProperties" not in made["properties"] | made["$defs"]


@pytest.mark.parametrize(
    ("schema", "strict"),
    [
        (CLOSED, True),
        ({**CLOSED, "properties": {"a": CLOSED}}, True),
        ({**CLOSED, "properties": {"a": {"anyOf": [CLOSED, {"type": "null"}]}}}, True),
        ({**CLOSED, "properties": {"a": {"enum": ["x", {"type": "object"}]}}}, True),
        ({**CLOSED, "properties": {"allOf": TEXT}, "required": ["allOf"]}, True),
        (OPEN, False),
        (OPTIONAL, False),
        ({**CLOSED, "properties": {"a": OPTIONAL}}, False),
        ({**CLOSED, "properties": {"a": {"type": ["object", "null"]}}}, False),
        ({**CLOSED, "properties": {"a": {**TEXT, "minLength": 1}}}, False),
        ({**CLOSED, "$defs": {"x": OPEN}}, False),
        ({**CLOSED, "additionalProperties": TEXT}, False),
        ({"type": "array", "items": CLOSED}, False),
        ({"anyOf": [CLOSED]}, False),
        ({"type": "object"}, False),
        ({**CLOSED, "required": ["a", {}]}, False),
        ({**CLOSED, "required": "a"}, False),
    ],
)
def test_what_is_strict(schema: dict[str, Any], *, strict: bool) -> None:
    """Closed objects whose members are all needed, and no word that a strict schema has not."""
    assert is_strict(schema) is strict


@pytest.mark.parametrize("client", ["anthropic_messages", "gemini_generate"])
@pytest.mark.parametrize("schema", [CLOSED, OPTIONAL], ids=["strict", "optional"])
def test_openai_is_asked_for_what_others_always_hold(client: str, schema: dict[str, Any]) -> None:
    """Strictly where OpenAI can; else it would refuse the request, and the loss is on record."""
    chat = translated(asked(client, schema), client, "openai_chat", BARE)
    responses = translated(asked(client, schema), client, "openai_responses", BARE)

    forms = (chat.body["response_format"]["json_schema"], responses.body["text"]["format"])
    if schema is CLOSED:
        assert [form["strict"] for form in forms] == [True, True]
        assert not any("in full" in each for each in chat.left_out)
    else:
        assert [form.get("strict") for form in forms] == [None, None]
        for made in (chat, responses):
            assert [each for each in made.left_out if each.endswith("chema, in full")]


@pytest.mark.parametrize("provider", ["anthropic_messages", "bedrock_converse"])
def test_who_takes_closed_objects_alone_is_given_them(provider: str) -> None:
    """A chat client may leave open what else is said; an answer of named members is right, too."""
    body = translated(asked("openai_chat", OPEN), "openai_chat", provider, BARE).body

    assert '"additionalProperties' in str(body).replace("'", '"')
