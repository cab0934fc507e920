"""JSON Schema as tools and structured outputs carry it.

Source: JSON Schema 2020-12, core and validation vocabularies.
"""

from typing import Any

from guardrail_gw.core.body import Path
from guardrail_gw.dialects.walk import Shape, Walk, free, many, name, named, number, one_of, record

_TYPE = one_of("string", "number", "integer", "boolean", "object", "array", "null")
_FORMAT = one_of(
    *("date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname"),
    *("ipv4", "ipv6", "uri", "uri-reference", "iri", "iri-reference", "uuid", "uri-template"),
    *("json-pointer", "relative-json-pointer", "regex", "int32", "int64", "float", "double"),
)
_DIALECT = one_of(
    "https://json-schema.org/draft/2020-12/schema",
    "https://json-schema.org/draft/2019-09/schema",
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
        "type": many(_TYPE),
        "format": _FORMAT,
        "$schema": _DIALECT,
        "$ref": name,
        "$id": name,
        "$anchor": name,
        "$defs": named(_schema),
        "definitions": named(_schema),
        "properties": named(_schema),
        "patternProperties": named(_schema),
        "dependentSchemas": named(_schema),
        "required": many(name),
        "additionalProperties": schema,
        "unevaluatedProperties": schema,
        "propertyNames": schema,
        "items": many(schema),
        "prefixItems": many(schema),
        "contains": schema,
        "anyOf": many(schema),
        "oneOf": many(schema),
        "allOf": many(schema),
        "not": schema,
        "if": schema,
        "then": schema,
        "else": schema,
        "title": free,
        "description": free,
        "default": free,
        "examples": free,
        "const": free,
        "enum": free,
        "pattern": name,
        **dict.fromkeys(
            ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), number
        ),
        **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), number),
        **dict.fromkeys(("minProperties", "maxProperties", "minContains", "maxContains"), number),
        **dict.fromkeys(("uniqueItems", "deprecated", "readOnly", "writeOnly", "nullable"), free),
    }
)
