"""What stands in messages of both directions: content blocks, resources, schemas.

Source: Model Context Protocol 2025-11-25 and 2026-07-28, schemas (ContentBlock, Resource, Tool,
ElicitRequest).
"""

from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.core.body import Path
from guardrail_gw.core.exchange import Attachment
from guardrail_gw.dialects.mcp.base64_text import Encoding, bytes_of, read
from guardrail_gw.dialects.walk import (
    PROSE,
    Shape,
    Walk,
    free,
    many,
    name,
    named,
    number,
    one_of,
    record,
)


@dataclass(slots=True)
class MessageWalk(Walk):
    """A walk that also looks into base64."""

    encoded: dict[tuple[int, Path], Encoding] = field(default_factory=dict)
    """Layer and path of each string whose text is inside base64 -> how it is kept there."""


def blob(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """Base64: whatever can be read in it is looked at; what is no plain text is a file as well.

    A file is for the policy to allow, and is looked at all the same where it can be read. What is
    no base64 is a file that a reader may take for the text that it is.
    """
    if type(value) is not str:
        free(walk, value, path, place)
        return
    raw = bytes_of(value)
    found = None if raw is None else read(raw)
    if found is None or not found.is_text:
        walk.attachments.append(Attachment(media="base64", place=place))
    if raw is None:
        walk.text(value, PROSE, path, place)
    elif found is not None and found.text and isinstance(walk, MessageWalk):
        walk.encoded[walk.layer, path] = found.encoding
        walk.text(found.text, PROSE, path, place)


def icon(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """The address of a picture; the picture itself is its server's and nobody's data."""
    if type(value) is not str or not value.startswith("data:image/"):
        free(walk, value, path, place)


def schema(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """A JSON Schema: its words are looked at, its keywords are structure."""
    if type(value) is dict:
        _SCHEMA(walk, value, path, place)
    else:
        free(walk, value, path, place)


def _within(walk: Walk, value: Any, path: Path, place: str) -> None:  # noqa: ANN401 - JSON
    """Content blocks within a content block."""
    CONTENTS(walk, value, path, place)


ICONS: Final = many(record({"src": icon, "mimeType": name, "sizes": many(name)}))
ROLE: Final = one_of("user", "assistant")
ANNOTATIONS: Final = record({"audience": many(ROLE), "priority": number, "lastModified": name})
RESOURCE: Final = record({"uri": free, "mimeType": name, "text": free, "blob": blob, "_meta": free})
CONTENT: Final = record(
    {
        "type": one_of(
            *("text", "image", "audio", "resource", "resource_link"),
            *("tool_use", "tool_result"),
        ),
        "text": free,
        "data": blob,
        "mimeType": name,
        "resource": RESOURCE,
        "uri": free,
        "name": free,
        "title": free,
        "description": free,
        "annotations": ANNOTATIONS,
        "size": number,
        "icons": ICONS,
        "_meta": free,
        "id": name,
        "toolUseId": name,
        "content": _within,
    }
)
CONTENTS: Final = many(CONTENT)
MESSAGES: Final = many(record({"role": ROLE, "content": CONTENTS}))
_TYPES: Final = one_of("string", "number", "integer", "boolean", "object", "array", "null")
_SCHEMAS: Final = named(lambda: schema)
_MEMBERS: Final[dict[str, Shape]] = {
    "$schema": name,
    "$id": name,
    "$ref": name,
    "$anchor": name,
    "type": many(_TYPES),
    "format": name,
    "pattern": name,
    "required": many(name),
    **dict.fromkeys(("title", "description", "default", "examples", "enum", "const"), free),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), number),
    **dict.fromkeys(("minimum", "maximum", "multipleOf"), number),
    "properties": _SCHEMAS,
    "patternProperties": _SCHEMAS,
    "$defs": _SCHEMAS,
    "definitions": _SCHEMAS,
    "dependentSchemas": _SCHEMAS,
    **dict.fromkeys(
        (
            *("items", "prefixItems", "additionalProperties", "contains", "propertyNames"),
            *("allOf", "anyOf", "oneOf", "not", "if", "then", "else"),
        ),
        many(schema),
    ),
}
_SCHEMA: Final = record(_MEMBERS)
TOOL: Final = record(
    {
        "name": name,
        "title": free,
        "description": free,
        "inputSchema": schema,
        "outputSchema": schema,
        "annotations": record(
            {
                "title": free,
                **dict.fromkeys(
                    ("readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"), free
                ),
            }
        ),
        "_meta": free,
        "icons": ICONS,
        "execution": record({"taskSupport": one_of("forbidden", "optional", "required")}),
    }
)
