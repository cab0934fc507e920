"""Resources of the test server."""

import json
import re
from typing import Any

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError

from tests.support.mcp_fixture_tools import PNG

RESOURCES: tuple[dict[str, Any], ...] = (
    {
        "uri": "test://static-text",
        "name": "static-text",
        "description": "A text that stays as it is",
        "mimeType": "text/plain",
    },
    {
        "uri": "test://static-binary",
        "name": "static-binary",
        "description": "A picture that stays as it is",
        "mimeType": "image/png",
    },
    {
        "uri": "test://watched-resource",
        "name": "watched-resource",
        "description": "A text that one can subscribe to",
        "mimeType": "text/plain",
    },
)
TEMPLATES: tuple[dict[str, Any], ...] = (
    {
        "uriTemplate": "test://template/{id}/data",
        "name": "template",
        "description": "Data by its id",
        "mimeType": "application/json",
    },
)

_TEXTS = {
    "test://static-text": "This is the content of the static text resource.",
    "test://watched-resource": "This is the content of the watched resource.",
}
_BY_ID = re.compile(r"test://template/([^/]+)/data")


async def read_resource(
    _: ServerRequestContext[Any, Any], params: types.ReadResourceRequestParams
) -> dict[str, Any]:
    """Read one of them."""
    uri = str(params.uri)
    if uri in _TEXTS:
        return {"contents": [{"uri": uri, "mimeType": "text/plain", "text": _TEXTS[uri]}]}
    if uri == "test://static-binary":
        return {"contents": [{"uri": uri, "mimeType": "image/png", "blob": PNG}]}
    if match := _BY_ID.fullmatch(uri):
        data = {"id": match[1], "templateTest": True, "data": f"Data for ID: {match[1]}"}
        said = json.dumps(data)
        return {"contents": [{"uri": uri, "mimeType": "application/json", "text": said}]}
    raise MCPError(types.INVALID_PARAMS, "Resource not found", {"uri": uri})
