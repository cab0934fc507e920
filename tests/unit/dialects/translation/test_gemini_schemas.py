"""Schemas as Google writes them, in the words of JSON Schema."""

from typing import Any

import pytest

from guardrail_gw.dialects.translation.gemini_generate.schema import json_schema
from guardrail_gw.dialects.translation.losses import Untranslatable

SCHEMAS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"type": "STRING"}, {"type": "string"}),
    ({"type": "integer", "format": "int64"}, {"type": "integer", "format": "int64"}),
    ({"type": "TYPE_UNSPECIFIED"}, {}),
    (
        {"type": 6, "properties": {"a": {"type": 1}}},
        {"type": "object", "properties": {"a": {"type": "string"}}},
    ),
    ({"type": "STRING", "nullable": True}, {"type": ["string", "null"]}),
    (
        {"type": "STRING", "format": "enum", "enum": ["a", "b"], "nullable": True},
        {"type": ["string", "null"], "enum": ["a", "b", None]},
    ),
    (
        {"any_of": [{"type": "STRING"}, {"type": "NUMBER"}], "nullable": True},
        {"anyOf": [{"type": "string"}, {"type": "number"}, {"type": "null"}]},
    ),
    (
        {"type": "ARRAY", "items": {"type": "STRING"}, "minItems": "1", "max_items": 3.0},
        {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 3},
    ),
    (
        {
            "type": "OBJECT",
            "properties": {"any_of": {"type": "STRING"}, "b": {"type": "NUMBER"}},
            "propertyOrdering": ["b", "any_of"],
            "required": ["any_of"],
        },
        {
            "type": "object",
            "properties": {"b": {"type": "number"}, "any_of": {"type": "string"}},
            "required": ["any_of"],
        },
    ),
    (
        {"defs": {"P": {"type": "OBJECT"}}, "ref": "#/defs/P"},
        {"$defs": {"P": {"type": "object"}}, "$ref": "#/$defs/P"},
    ),
    ({"type": "STRING", "example": "x"}, {"type": "string", "examples": ["x"]}),
    (
        {"type": "OBJECT", "additionalProperties": {"type": "STRING"}},
        {"type": "object", "additionalProperties": {"type": "string"}},
    ),
    (
        {"type": "OBJECT", "additionalProperties": False},
        {"type": "object", "additionalProperties": False},
    ),
]


@pytest.mark.parametrize(("google", "standard"), SCHEMAS)
def test_a_schema_in_the_words_of_json_schema(
    google: dict[str, Any], standard: dict[str, Any]
) -> None:
    """Types are small, null is a type, counts are numbers, and the order is that of the object."""
    parameters = json_schema(google, "parameters")

    assert parameters == standard
    assert list(parameters.get("properties", ())) == list(standard.get("properties", ()))


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "TUPLE"},
        {"type": 8},
        {"type": True},
        {"oneOf": []},
        {"type": "STRING", "minLength": "x"},
        5,
        {"items": 5},
    ],
    ids=repr,
)
def test_a_schema_that_is_none_is_refused(schema: Any) -> None:
    """What Google itself would not read is not guessed at."""
    with pytest.raises(Untranslatable):
        json_schema(schema, "parameters")
