"""What a stand-in keeps: responses, unless they say that it must not, and conversations.

An answer that goes on from there has everything that the user has said so far.

Source: OpenAI API reference, "Responses" and "Conversations", as read in 2026.
"""

import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web

from guardrail_gw.standin import answers, responses
from guardrail_gw.standin.asked import Asked

_Items = list[dict[str, Any]]


@dataclass(slots=True)
class Kept:
    """Everything, for as long as the stand-in runs."""

    answers: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    inputs: dict[str, _Items] = field(default_factory=dict, repr=False)
    """Response -> all that was said before it."""
    conversations: dict[str, _Items] = field(default_factory=dict, repr=False)
    metadata: dict[str, Any] = field(default_factory=dict, repr=False)
    _count: "itertools.count[int]" = field(default_factory=itertools.count)

    def before(self, body: Mapping[str, Any]) -> _Items:
        """What a request goes on from; raises KeyError when it is not kept."""
        if (earlier := body.get("previous_response_id")) is not None:
            return [*self.inputs[earlier], *self.answers[earlier]["output"]]
        if (conversation := body.get("conversation")) is not None:
            return list(self.conversations[_id(conversation)])
        return []

    def with_all(self, ask: Asked, body: Mapping[str, Any]) -> Asked:
        """The request as one that says everything; raises KeyError."""
        said = [responses.last_user_text([each]) for each in self.before(body)]
        return replace(ask, text="\n".join([*filter(None, said), ask.text]))

    def note(self, body: Mapping[str, Any], answer: dict[str, Any]) -> None:
        """Keep an answer, and add to its conversation."""
        own = self._items(body.get("input") or ())
        if body.get("store", True):
            self.inputs[answer["id"]] = [*self.before(body), *own]
            self.answers[answer["id"]] = answer
        if body.get("conversation") is not None:
            self.conversations[_id(body["conversation"])] += [*own, *answer["output"]]

    def add_routes(self, router: web.UrlDispatcher) -> None:
        """Everything but the making of answers."""
        router.add_get("/v1/responses/{id}", self._response)
        router.add_delete("/v1/responses/{id}", self._delete)
        router.add_get("/v1/responses/{id}/input_items", self._input)
        router.add_post("/v1/conversations", self._make)
        one = router.add_resource("/v1/conversations/{id}")
        one.add_route("GET", self._conversation)
        one.add_route("POST", self._conversation)
        one.add_route("DELETE", self._delete)
        items = router.add_resource("/v1/conversations/{id}/items")
        items.add_route("GET", self._list)
        items.add_route("POST", self._add)
        router.add_get("/v1/conversations/{id}/items/{item}", self._item)

    async def _response(self, request: web.Request) -> web.Response:
        return _json(self.answers.get(request.match_info["id"]))

    async def _input(self, request: web.Request) -> web.Response:
        return _json(_listed(self.inputs.get(request.match_info["id"])))

    async def _delete(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        found = self.answers.pop(name, None) or self.conversations.pop(name, None)
        kind = "response" if name.startswith("resp") else "conversation.deleted"
        gone = {"id": name, "object": kind, "deleted": True}
        return _json(None if found is None else gone)

    async def _make(self, request: web.Request) -> web.Response:
        body = await _body(request)
        name = f"conv_standin{next(self._count)}"
        self.conversations[name] = self._items(body.get("items") or ())
        self.metadata[name] = body.get("metadata") or {}
        return _json(self._told(name))

    async def _conversation(self, request: web.Request) -> web.Response:
        name = request.match_info["id"]
        if request.method == "POST":
            self.metadata[name] = (await _body(request)).get("metadata") or {}
        return _json(self._told(name) if name in self.conversations else None)

    async def _list(self, request: web.Request) -> web.Response:
        return _json(_listed(self.conversations.get(request.match_info["id"])))

    async def _add(self, request: web.Request) -> web.Response:
        added = self._items((await _body(request)).get("items") or ())
        self.conversations[request.match_info["id"]] += added
        return _json(_listed(added))

    async def _item(self, request: web.Request) -> web.Response:
        items = self.conversations.get(request.match_info["id"], [])
        named = request.match_info["item"]
        return _json(next((each for each in items if each["id"] == named), None))

    def _told(self, name: str) -> dict[str, Any]:
        head = {"id": name, "object": "conversation", "created_at": 1_700_000_000}
        return {**head, "metadata": self.metadata.get(name, {})}

    def _items(self, said: str | Sequence[Mapping[str, Any]]) -> _Items:
        if isinstance(said, str):
            part = {"type": "input_text", "text": said}
            said = [{"type": "message", "role": "user", "content": [part]}]
        return [{"id": _item_id(next(self._count)), **each} for each in said]


def _item_id(number: int) -> str:
    """The name of an item, in the form that the provider's have."""
    return f"msg_{hashlib.sha256(b'item %d' % number).hexdigest()[:48]}"


def _id(conversation: Any) -> str:  # noqa: ANN401 - JSON
    return str(conversation["id"] if isinstance(conversation, dict) else conversation)


def _listed(items: _Items | None) -> dict[str, Any] | None:
    if items is None:
        return None
    ids = [each["id"] for each in items]
    ends = {"first_id": ids[0] if ids else None, "last_id": ids[-1] if ids else None}
    return {"object": "list", "data": items, **ends, "has_more": False}


async def _body(request: web.Request) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(await request.read() or b"{}")
    return body


def _json(data: dict[str, Any] | None) -> web.Response:
    if data is None:
        return web.json_response(answers.error(404), status=404)
    return web.Response(body=answers.encoded(data), content_type="application/json")
