"""Azure OpenAI on loopback: who may ask, where, and what it says of its filters.

Source: Azure OpenAI reference, "Chat completions"; "Content filtering" and "Content streaming", as
read in 2026; recorded traffic.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

_SAFE = {"hate": {"filtered": False, "severity": "safe"}}
_FILTERED = {
    "error": {
        "message": "The response was filtered; the prompt said: Anna Schmidt",
        "type": None,
        "param": "prompt",
        "code": "content_filter",
        "status": 400,
        "innererror": {
            "code": "ResponsibleAIPolicyViolation",
            "content_filter_result": {"hate": {"filtered": True, "severity": "high"}},
        },
    }
}
_NOT_FOUND = {"error": {"code": "DeploymentNotFound", "message": "no such deployment"}}


@dataclass(slots=True, kw_only=True)
class Azure:
    """Echoes the last message; the deployment's name says what else happens."""

    may_ask: Callable[[web.Request], bool]
    received: list[tuple[str, bytes]] = field(default_factory=list)

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """Chat completions, in the classic form or the new one."""
        raw = await request.read()
        self.received.append((request.path_qs, raw))
        if not self.may_ask(request):
            return web.json_response({"error": {"code": "401", "message": "denied"}}, status=401)
        body = json.loads(raw)
        name = request.match_info.get("deployment") or body["model"]
        if name == "nowhere":
            return web.json_response(_NOT_FOUND, status=404)
        if name == "filtered":
            return web.json_response(_FILTERED, status=400)
        text = body["messages"][-1]["content"]
        if not body.get("stream"):
            return web.json_response(_whole(text))
        return await _streamed(request, chunks(text, cut=name == "cut"))


async def _streamed(request: web.Request, events: Iterator[dict[str, Any]]) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    for event in events:
        await response.write(b"data: " + json.dumps(event).encode() + b"\n\n")
    await response.write(b"data: [DONE]\n\n")
    return response


def _whole(text: str) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "gpt-4.1",
        "prompt_filter_results": [{"prompt_index": 0, "content_filter_results": _SAFE}],
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text},
                "finish_reason": "stop",
                "content_filter_results": _SAFE,
            }
        ],
        "usage": {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5},
    }


def chunks(text: str, *, cut: bool = False) -> Iterator[dict[str, Any]]:
    """A stream whose filters run beside it; `cut` says that one of them found something."""
    results = [{"prompt_index": 0, "content_filter_results": _SAFE}]
    yield {
        "choices": [],
        "created": 0,
        "id": "",
        "model": "",
        "object": "",
        "prompt_filter_results": results,
    }
    yield _chunk({"role": "assistant", "content": "", "refusal": None})
    half = len(text) // 2
    yield _chunk({"content": text[:half]})
    yield _judged(half)
    if cut:
        yield _chunk({}, "content_filter")
        return
    yield _chunk({"content": text[half:]})
    yield _chunk({}, "stop")
    yield _judged(len(text))
    yield {**_HEAD, "choices": [], "usage": {"prompt_tokens": 3, "completion_tokens": 2}}


_HEAD = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4.1"}


def _chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
    return {**_HEAD, "choices": [choice]}


def _judged(upto: int) -> dict[str, Any]:
    """What a filter says of text that has been sent."""
    choice = {
        "index": 0,
        "finish_reason": None,
        "content_filter_results": _SAFE,
        "content_filter_offsets": {"check_offset": 0, "start_offset": 0, "end_offset": upto},
    }
    return {"id": "", "object": "", "created": 0, "model": "", "choices": [choice]}
