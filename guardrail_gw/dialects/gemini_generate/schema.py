"""Schemas of tools and structured outputs: OpenAPI's as Google spells them, and JSON Schema.

Source: Gemini API reference, "Schema" and "Type"; JSON Schema 2020-12, as read in 2026.
"""

from typing import Any, Final

from guardrail_gw.core.body import Path
from guardrail_gw.dialects.gemini_generate.spelling import spelled
from guardrail_gw.dialects.walk import Shape, Walk, free, many, name, named, number, one_of, record

_TYPES: Final = ("string", "number", "integer", "boolean", "object", "array", "null")
_FORMAT = one_of(
    *("enum", "date-time", "date", "time", "duration", "email", "hostname", "ipv4", "ipv6"),
    *("uri", "uri-reference", "iri", "uuid", "regex", "int32", "int64", "float", "double"),
)
_DIALECT = one_of(
    "https://json-schema.org/draft/2020-12/schema",
    "http://json-schema.org/draft-07/schema",
    "http://json-schema.org/draft-07/schema#",
)


def schema(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """A schema, or a boolean in its place."""
    _SCHEMA(walk, value, path, place)


def _schema() -> Shape:
    return schema


_SCHEMA = record(
    {
        "$schema": _DIALECT,
        "$defs": named(_schema),
        **dict.fromkeys(("$ref", "$id", "$anchor"), name),
        **spelled(
            {
                "type": many(one_of("TYPE_UNSPECIFIED", *_TYPES, *map(str.upper, _TYPES))),
                "format": _FORMAT,
                "ref": name,
                "pattern": name,
                **dict.fromkeys(("required", "propertyOrdering"), many(name)),
                **dict.fromkeys(("defs", "definitions", "properties"), named(_schema)),
                **dict.fromkeys(("patternProperties", "dependentSchemas"), named(_schema)),
                **dict.fromkeys(("items", "prefixItems", "anyOf", "oneOf", "allOf"), many(schema)),
                **dict.fromkeys(("additionalProperties", "unevaluatedProperties"), schema),
                **dict.fromkeys(("propertyNames", "contains", "not"), schema),
                **dict.fromkeys(("if", "then", "else"), schema),
                **dict.fromkeys(("title", "description", "default", "const", "enum"), free),
                **dict.fromkeys(("example", "examples", "nullable", "uniqueItems"), free),
                **dict.fromkeys(("deprecated", "readOnly", "writeOnly"), free),
                **dict.fromkeys(("minimum", "maximum", "multipleOf"), number),
                **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), number),
                **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), number),
                **dict.fromkeys(("minProperties", "maxProperties"), number),
            }
        ),
    }
)
