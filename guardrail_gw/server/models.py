"""`GET /v1/models`: the virtual models, as OpenAI and Anthropic clients list and retrieve them.

The two read different members, so that one body serves both.
"""

from collections.abc import Iterable
from typing import Any

import orjson
from aiohttp import web

from guardrail_gw.errors import Refusal, UnknownModel
from guardrail_gw.server.access import Access
from guardrail_gw.server.plain import refused


class Models:
    """The names that clients may ask for; who may see them is who may use them."""

    def __init__(self, *, names: Iterable[str], access: Access) -> None:
        described = {name: _described(name) for name in names}
        self._access = access
        self._all = orjson.dumps(
            {
                "object": "list",
                "data": list(described.values()),
                "has_more": False,
                "first_id": next(iter(described), None),
                "last_id": next(reversed(described), None),
            }
        )
        self._one = {name: orjson.dumps(model) for name, model in described.items()}

    async def all(self, request: web.Request) -> web.StreamResponse:
        """List them."""
        return self._answer(request, self._all)

    async def one(self, request: web.Request) -> web.StreamResponse:
        """Describe one; its name may hold slashes."""
        return self._answer(request, self._one.get(request.match_info["name"]))

    def _answer(self, request: web.Request, body: bytes | None) -> web.Response:
        try:
            self._access.principal(request.headers)
            if body is None:
                raise UnknownModel("no such model; GET /v1/models lists those this gateway serves")
        except Refusal as refusal:
            return refused(refusal)
        return web.Response(body=body, content_type="application/json")


def _described(name: str) -> dict[str, Any]:
    return {
        "id": name,
        "object": "model",
        "created": 0,
        "owned_by": "guardrail-gw",
        "type": "model",
        "display_name": name,
        "created_at": "1970-01-01T00:00:00Z",
        "lifecycle": "active",
    }
