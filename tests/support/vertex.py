"""Vertex AI on loopback: who may ask, where, and what a body must and must not have there.

Source: Vertex AI reference, "Generate content", "Claude" and "OpenAI compatibility", as read in
2026.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from guardrail_gw.standin import answers, gemini, messages
from guardrail_gw.standin.behaviour import parse
from guardrail_gw.standin.voice import Voice

LOCATION = "/v1/projects/acme/locations/europe-west1"
_UNAUTHENTICATED = {"error": {"code": 401, "status": "UNAUTHENTICATED", "message": "no"}}
_MALFORMED = {"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "no"}}
_ECHO = parse("echo")


@dataclass(slots=True, kw_only=True)
class Vertex:
    """Echoes the last message, in every dialect."""

    may_ask: Callable[[web.Request], bool]
    received: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)

    def routes(self) -> tuple[tuple[str, str, Any], ...]:
        """Methods, paths and handlers."""
        return (
            ("POST", LOCATION + "/publishers/google/models/{model}:{operation}", self.gemini),
            (
                "POST",
                LOCATION + "/publishers/anthropic/models/count-tokens:rawPredict",
                self.counted,
            ),
            ("POST", LOCATION + "/publishers/anthropic/models/{model}:{operation}", self.claude),
            ("POST", LOCATION + "/endpoints/openapi/chat/completions", self.chat),
        )

    async def gemini(self, request: web.Request) -> web.StreamResponse:
        """Google's own models."""
        speaking = gemini.Speaking(
            model="echo",
            operation=request.match_info["operation"],
            in_array=request.query.get("alt") != "sse",
        )
        return await self._answer(request, speaking, lambda body: "contents" in body)

    async def claude(self, request: web.Request) -> web.StreamResponse:
        """Anthropic's models: the address names model and stream, the body the version."""
        streamed = request.match_info["operation"] == "streamRawPredict"
        return await self._answer(
            request,
            messages,
            lambda body: (
                "model" not in body
                and body.get("anthropic_version") == "vertex-2023-10-16"
                and (body.get("stream") is True) == streamed
            ),
        )

    async def counted(self, request: web.Request) -> web.StreamResponse:
        """The count of a Claude's tokens: the body names the model."""
        raw = await request.read()
        body = json.loads(raw)
        self.received.append((request.path_qs, body))
        if not self.may_ask(request) or "model" not in body:
            return web.json_response(_MALFORMED, status=400)
        return web.json_response(messages.counted(messages.asked(body, raw)))

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """OpenAI's dialect, where a model has its publisher before it."""
        return await self._answer(
            request, answers, lambda body: body["model"] == "google/gemini-3.5-flash"
        )

    async def _answer(
        self, request: web.Request, voice: Voice, fits: Callable[[dict[str, Any]], bool]
    ) -> web.StreamResponse:
        raw = await request.read()
        body = json.loads(raw)
        self.received.append((request.path_qs, body))
        self.heads.append({name.lower(): value for name, value in request.headers.items()})
        if not self.may_ask(request):
            return web.json_response(_UNAUTHENTICATED, status=401)
        if not fits(body):
            return web.json_response(_MALFORMED, status=400)
        ask = voice.asked({**body, "model": "echo"}, raw)
        if not ask.stream:
            return web.json_response(voice.whole(ask, _ECHO, "a1"))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for _, data in voice.events(ask, _ECHO, "a1"):
            await response.write(data)
        await response.write(voice.done(ask, _ECHO, "a1"))
        return response
