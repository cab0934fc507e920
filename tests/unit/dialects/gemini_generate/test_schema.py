from typing import Any

import pytest

from tests.support.gemini import body, seen

NAME = "Anna Schmidt"


def schema(value: Any, *, key: str = "responseSchema") -> dict[str, str]:
    """What is scanned of a request with this schema."""
    return seen(body("hi", generationConfig={key: value}))


@pytest.mark.parametrize("key", ["responseSchema", "responseJsonSchema", "response_json_schema"])
def test_structure_is_not_scanned(key: str) -> None:
    """Types in either case, formats and bounds are of closed sets."""
    texts = schema(
        {
            "type": "OBJECT",
            "anyOf": [{"type": "string", "format": "date-time"}, {"type": ["null", "NUMBER"]}],
            "min_items": 1,
            "maxLength": 12345678,
            "nullable": True,
            "$schema": "https://json-schema.org/draft/2020-12/schema",
        },
        key=key,
    )

    assert texts.keys() == {"hi"}


@pytest.mark.parametrize(
    "value",
    [
        {"description": NAME},
        {"title": NAME},
        {"type": NAME},
        {"format": NAME},
        {"enum": [NAME]},
        {"example": {"a": NAME}},
        {"properties": {NAME: {}}},
        {"properties": {"a": {"description": NAME}}},
        {"required": [NAME]},
        {"propertyOrdering": [NAME]},
        {"property_ordering": [NAME]},
        {"$defs": {"x": {"const": NAME}}},
        {"defs": {NAME: {}}},
        {"items": {"default": NAME}},
        {"additionalProperties": {"description": NAME}},
        {"x-other": NAME},
        {NAME: 1},
        [NAME],
        NAME,
    ],
)
def test_a_name_in_any_place_is_seen(value: Any) -> None:
    """Descriptions, examples, names of properties and what nobody thought of."""
    assert NAME in schema(value)


def test_names_of_properties_are_read_by_rules_only() -> None:
    """In every place alike, so that a schema still agrees with itself."""
    places = schema({"properties": {"berlin": {}}, "required": ["berlin"]})

    assert places["berlin"] == "/generationConfig/responseSchema/required/0"
