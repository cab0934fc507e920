"""Schemas of answers: what one maker asks of them and another does not.

Source: OpenAI guide "Structured model outputs" (what strict schemas may say); Anthropic
documentation "Structured outputs" (objects are closed, members may be optional), as read in 2026.
"""

from collections.abc import Iterator
from typing import Any, Final

from guardrail_gw.dialects.translation.hub import Schema
from guardrail_gw.dialects.translation.losses import Losses

_VALUES: Final = frozenset({"enum", "default", "const", "examples", "required"})
_NAMED: Final = ("properties", "$defs", "definitions")
"""Members whose own members are schemas, by names that mean nothing."""
_LOOSE: Final = frozenset(
    {"allOf", "oneOf", "not", "if", "then", "else", "contains", "prefixItems", "uniqueItems"}
    | {"dependentRequired", "dependentSchemas", "patternProperties", "propertyNames"}
    | {"unevaluatedProperties", "unevaluatedItems", "minProperties", "maxProperties"}
    | {"minLength", "maxLength", "default"}
)
"""Words that a strict schema of OpenAI's has not, or not with every model."""


def closed(schema: Any) -> Any:  # noqa: ANN401 - JSON
    """A schema whose objects have the members that are named, and no other.

    What an object says of others itself stays; whatever keeps to the result keeps to `schema`.
    """
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _closed(name, member) for name, member in schema.items()}
    if isinstance(schema.get("properties"), dict) and "object" in _listed(schema.get("type")):
        made.setdefault("additionalProperties", False)
    return made


def is_strict(schema: Any) -> bool:  # noqa: ANN401 - JSON
    """Whether OpenAI takes a schema as a strict one: an object, closed, with no optional member."""
    return isinstance(schema, dict) and schema.get("type") == "object" and _is_strict(schema)


def held(output: Schema, losses: Losses) -> bool | None:
    """What an OpenAI dialect is told of how strictly an answer keeps to its schema.

    Makers that always keep to it do not say so; OpenAI's refuse to where a member is optional, and
    then they only try.
    """
    if output.strict is not None:
        return output.strict
    if is_strict(output.schema):
        return True
    losses.note(f"{output.member}, in full")
    return None


def _closed(name: str, member: Any) -> Any:  # noqa: ANN401 - JSON
    if name in _VALUES:
        return member
    if name in _NAMED and isinstance(member, dict):
        return {key: closed(each) for key, each in member.items()}
    return closed(member)


def _is_strict(schema: Any) -> bool:  # noqa: ANN401 - JSON
    if isinstance(schema, list):
        return all(_is_strict(each) for each in schema)
    if not isinstance(schema, dict):
        return True
    is_object = "properties" in schema or "object" in _listed(schema.get("type"))
    if schema.keys() & _LOOSE or (is_object and not _names_all(schema)):
        return False
    return all(_is_strict(each) for each in _inner(schema))


def _names_all(schema: dict[str, Any]) -> bool:
    """Whether an object has all the members that are named, and no other."""
    named, needed = schema.get("properties"), schema.get("required")
    if not isinstance(named, dict) or not isinstance(needed, list):
        return False
    is_complete = all(type(each) is str for each in needed) and set(needed) == named.keys()
    return is_complete and schema.get("additionalProperties") is False


def _inner(schema: dict[str, Any]) -> Iterator[Any]:
    for name, member in schema.items():
        if name in _NAMED and isinstance(member, dict):
            yield from member.values()
        elif name not in _VALUES:
            yield member


def _listed(value: Any) -> list[Any]:  # noqa: ANN401 - JSON
    return value if isinstance(value, list) else [value]
