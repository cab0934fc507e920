"""The virtual models, as clients list and retrieve them.

OpenAI's and Anthropic's read different members, so that one body serves both. Google's have a form
of their own, on paths of their own and, for who sends a key as they do, on `/v1/models`.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

import orjson
from aiohttp import web

from guardrail_gw.dialects.gemini_generate.address import model_of, resource
from guardrail_gw.dialects.gemini_generate.encode import error_body
from guardrail_gw.errors import QueryRefused, Refusal, UnknownModel
from guardrail_gw.server.access import Access
from guardrail_gw.server.plain import refused

GOOGLES: Final = "/{version:v1beta1?}/models"
"""Where Google's clients list them; they know `/v1/models` as well."""

_JSON: Final = "application/json"
_GOOGLES_HEADERS: Final = ("x-goog-api-key", "x-goog-api-client")
_METHODS: Final = ("generateContent", "streamGenerateContent")
_MOST: Final = 1000
"""Models on one page, of Google's."""
_PLACE: Final = re.compile("[0-9]{1,9}")


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
        self._googles = {resource(name): _googles(name) for name in described}

    @property
    def one_of_googles(self) -> str:
        """Where Google's clients retrieve one; what is behind a colon is else an operation."""
        colons = (re.escape(name) for name in self._one if ":" in name and "{" not in name)
        return f"{GOOGLES}/{{name:{'|'.join(('[^:]+', *colons))}}}"

    async def all(self, request: web.Request) -> web.StreamResponse:
        """List them."""
        if _is_googles(request):
            return self._google(request, None)
        return self._answer(request, self._all)

    async def one(self, request: web.Request) -> web.StreamResponse:
        """Describe one; its name may hold slashes."""
        name = request.match_info["name"]
        if _is_googles(request):
            return self._google(request, name)
        return self._answer(request, self._one.get(name))

    def _answer(self, request: web.Request, body: bytes | None) -> web.Response:
        try:
            self._access.principal(request.headers)
            if body is None:
                raise UnknownModel("no such model; GET /v1/models lists those this gateway serves")
        except Refusal as refusal:
            return refused(refusal)
        return web.Response(body=body, content_type=_JSON)

    def _google(self, request: web.Request, name: str | None) -> web.Response:
        try:
            self._access.principal(request.headers, request.query.get("key", ""))
            body = self._page(request) if name is None else self._model(name)
        except Refusal as refusal:
            return web.Response(
                status=refusal.status, body=error_body(refusal, ""), content_type=_JSON
            )
        return web.Response(body=orjson.dumps(body), content_type=_JSON)

    def _model(self, name: str) -> dict[str, Any]:
        model = self._googles.get(resource(model_of(name)))
        if model is None:
            raise UnknownModel("no such model; GET /v1beta/models lists those this gateway serves")
        return model

    def _page(self, request: web.Request) -> dict[str, Any]:
        """A part of the list, and where the next one begins."""
        size = _number(request, "pageSize") or _MOST
        start = _number(request, "pageToken")
        stop = start + min(size, _MOST)
        models = list(self._googles.values())
        more = {"nextPageToken": str(stop)} if stop < len(models) else {}
        return {"models": models[start:stop], **more}


def _number(request: web.Request, name: str) -> int:
    """A number of the query; 0 where it is not there.

    Raises:
        QueryRefused: it is none.
    """
    written = request.query.get(name, "")
    if written and not _PLACE.fullmatch(written):
        raise QueryRefused(f"{name!r} must be a number that this list gave")
    return int(written or 0)


def _is_googles(request: web.Request) -> bool:
    if "version" in request.match_info or "key" in request.query:
        return True
    return any(name in request.headers for name in _GOOGLES_HEADERS)


def _googles(name: str) -> dict[str, Any]:
    return {
        "name": resource(name),
        "version": "1",
        "displayName": name,
        "supportedGenerationMethods": _METHODS,
    }


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
