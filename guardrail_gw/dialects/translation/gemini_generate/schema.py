"""Schemas as Google writes them, in the words of JSON Schema.

Source: Gemini API reference, "Schema" and "Type"; Vertex AI reference, "Schema" (`ref`, `defs`);
JSON Schema 2020-12, as read in 2026.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from guardrail_gw.dialects.translation.gemini_generate.members import members, whole
from guardrail_gw.dialects.translation.losses import Losses, Untranslatable, texts, typed

_SAME: Final = frozenset(
    {"title", "description", "format", "pattern", "enum", "default", "minimum", "maximum"}
)
_COUNTS: Final = ("minItems", "maxItems", "minLength", "maxLength", "minProperties")
_MOST: Final = "maxProperties"
_KNOWN: Final = (
    _SAME
    | {*_COUNTS, _MOST, "type", "nullable", "example", "ref", "defs", "properties", "required"}
    | {"propertyOrdering", "items", "prefixItems", "anyOf", "additionalProperties"}
)
_TYPES: Final = ("string", "number", "integer", "boolean", "array", "object", "null")
"""In the order of their numbers, which some clients write, from 1 on."""
_ONLY_HERE: Final = ("enum",)
"""Formats that say what is said by another member already."""
_DEFS: Final = ("#/defs/", "#/$defs/")


def json_schema(value: Any, member: str) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """A schema in the words of JSON Schema.

    Args:
        value: the schema as Google writes it.
        member: where it stands, for refusals.

    Raises:
        Untranslatable: it has a member that is not known.
    """
    said = members(value, f"{member}.", _KNOWN, (), (), Losses())
    schema = {name: said[name] for name in said if name in _SAME}
    if schema.get("format") in _ONLY_HERE:
        del schema["format"]
    schema |= dict(_typed(said, member))
    schema |= dict(_counts(said, member))
    schema |= dict(_nested(said, member))
    if said.get("nullable") is True:
        _allow_null(schema)
    return schema


def _typed(said: Mapping[str, Any], member: str) -> Iterator[tuple[str, Any]]:
    kind = said.get("type")
    if type(kind) is int and 0 < kind <= len(_TYPES):
        yield "type", _TYPES[kind - 1]
    elif kind not in (None, "TYPE_UNSPECIFIED"):
        if typed(kind, str, f"{member}.type").lower() not in _TYPES:
            raise Untranslatable(f"{member}.type")
        yield "type", kind.lower()
    if "example" in said:
        yield "examples", [said["example"]]
    if "ref" in said:
        here, there = _DEFS
        ref = typed(said["ref"], str, f"{member}.ref")
        yield "$ref", there + ref.removeprefix(here) if ref.startswith(here) else ref
    if "required" in said:
        yield "required", list(texts(typed(said["required"], list, member), member))


def _counts(said: Mapping[str, Any], member: str) -> Iterator[tuple[str, Any]]:
    for name in (*_COUNTS, _MOST):
        if name in said:
            yield name, whole(said, name, f"{member}.")


def _nested(said: Mapping[str, Any], member: str) -> Iterator[tuple[str, Any]]:
    if "properties" in said:
        named = _named(said["properties"], member)
        order = texts(typed(said.get("propertyOrdering", []), list, member), member)
        first = {name: named[name] for name in order if name in named}
        yield "properties", first | named
    if "defs" in said:
        yield "$defs", _named(said["defs"], member)
    if "items" in said:
        yield "items", json_schema(said["items"], member)
    for name in ("prefixItems", "anyOf"):
        if name in said:
            yield name, [json_schema(each, member) for each in typed(said[name], list, member)]
    if "additionalProperties" in said:
        more = said["additionalProperties"]
        yield "additionalProperties", more if type(more) is bool else json_schema(more, member)


def _named(value: Any, member: str) -> dict[str, Any]:  # noqa: ANN401 - JSON
    schemas: dict[str, Any] = typed(value, dict, member)
    return {name: json_schema(schema, member) for name, schema in schemas.items()}


def _allow_null(schema: dict[str, Any]) -> None:
    if "type" in schema and schema["type"] != "null":
        schema["type"] = [schema["type"], "null"]
    if "anyOf" in schema:
        schema["anyOf"] = [*schema["anyOf"], {"type": "null"}]
    if isinstance(schema.get("enum"), list) and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
