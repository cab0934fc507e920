"""A developer's provider over real HTTP, in every dialect of clients; keeps all it receives."""

import asyncio
import itertools
import json
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, NoReturn, Self

from aiohttp import web
from aiohttp.typedefs import Handler

from guardrail_gw.standin import (
    answers,
    completions,
    embeddings,
    gemini,
    media,
    messages,
    responses,
)
from guardrail_gw.standin.asked import Asked
from guardrail_gw.standin.behaviour import NAMES, Behaviour, parse
from guardrail_gw.standin.dropping import reset
from guardrail_gw.standin.filed import PATHS as _FILED, Filed
from guardrail_gw.standin.kept import Kept
from guardrail_gw.standin.meter import Meter
from guardrail_gw.standin.plan import Plan
from guardrail_gw.standin.rates import rates
from guardrail_gw.standin.voice import Voice

_MAX_BODY = 64 << 20
_KEPT = ("/v1/responses/resp", "/v1/conversations")
_GIVES_UP: Final = ("stall", "cut", "reset")
_WRONG: Final = {"ok": True, "data": [1, 2, 3]}
"""JSON that is no answer in any dialect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """One request as it came over the wire."""

    path: str
    """With the query."""
    headers: Mapping[str, str] = field(repr=False)
    """Lower-case names."""
    body: bytes = field(repr=False)
    method: str = "POST"


class StandIn:
    """An HTTP server on loopback; `async with StandIn() as provider:`.

    Args:
        script: behaviours of the next requests, first one first; taken before the model's name is
            looked at. May be changed at any time.
        plan: what of the other requests fares otherwise than the model's name says.
        record: a file that gets one JSON line per request.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        script: Iterable[str] = (),
        plan: Plan | None = None,
        record: Path | None = None,
    ) -> None:
        self.received: list[Received] = []
        self.script: deque[str] = deque(script)
        self.plan = plan
        self.meter = Meter()
        self.going = asyncio.Event()
        """While it is cleared, conversations are taken and not answered."""
        self.going.set()
        self.kept = Kept()
        self.filed = Filed()
        self.base_url = ""
        """With the `/v1`; known once started."""
        self._port = port
        self._record = record
        self._runner: web.AppRunner | None = None
        self._closing = asyncio.Event()
        self._count = itertools.count(1)
        self._drawn = itertools.count(1)
        self._began_s = 0.0

    async def start(self) -> Self:
        """Listen."""
        app = web.Application(client_max_size=_MAX_BODY)
        app.router.add_post("/v1/chat/completions", partial(self._asked, answers))
        app.router.add_post("/v1/completions", partial(self._asked, completions))
        app.router.add_post("/v1/messages", partial(self._asked, messages))
        app.router.add_post("/v1/responses", partial(self._asked, responses))
        for path, voice, answer in (
            ("/v1/embeddings", embeddings, embeddings.embedded),
            ("/v1/messages/count_tokens", messages, messages.counted),
            ("/v1/responses/input_tokens", responses, responses.counted),
            ("/v1/responses/compact", responses, responses.compacted),
        ):
            app.router.add_post(path, partial(self._told, voice, answer))
        app.router.add_post("/v1/{model:.+}:{operation}", self._gemini)
        for path, told in media.ANSWERS.items():
            app.router.add_post(path, partial(self._media, told))
        app.middlewares.append(self._noted)
        self.kept.add_routes(app.router)
        self.filed.add_routes(app.router)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/healthz", _healthz)
        app.router.add_get("/meter", self._metered)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        self._began_s = asyncio.get_running_loop().time()
        port = self._runner.addresses[0][1]
        self.base_url = f"http://127.0.0.1:{port}/v1"
        return self

    async def close(self) -> None:
        """Stop listening; requests that stall are let go."""
        self._closing.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        """Start."""
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        """Close."""
        await self.close()

    async def _metered(self, _: web.Request) -> web.Response:
        return web.json_response(self.meter.shown())

    async def _models(self, _: web.Request) -> web.Response:
        return web.json_response(
            {
                "object": "list",
                "data": [
                    {"id": name, "object": "model", "created": 0, "owned_by": "standin"}
                    for name in sorted(NAMES)
                ],
            }
        )

    async def _gemini(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info
        if path["operation"] not in gemini.OPERATIONS:
            raise web.HTTPNotFound
        in_array = request.query.get("alt") != "sse"
        speaking = gemini.Speaking(
            model=path["model"].removeprefix("models/"),
            operation=path["operation"],
            in_array=in_array,
        )
        return await self._asked(speaking, request)

    async def _asked(self, voice: Voice, request: web.Request) -> web.StreamResponse:
        try:
            ask, how = await self._read(voice, request)
        except (ValueError, TypeError, KeyError, AttributeError):
            return web.json_response(voice.error(400), status=400)
        if how.delay_ms:
            await asyncio.sleep(how.delay_ms / 1000)
        await self.going.wait()
        number = next(self._count)
        if voice is responses:
            body = json.loads(ask.body)
            ask = self.kept.with_all(ask, body)
            answer_id = f"{voice.ANSWER_ID}-{number}"
            self.kept.note(body, voice.whole(ask, how, answer_id))
        exchange = _Exchange(request, voice, ask, how)
        exchange.meter, exchange.closing = self.meter, self._closing
        try:
            return await exchange.answer(number)
        except ConnectionResetError:  # whoever asked has left
            raise web.HTTPInternalServerError from None  # never sent

    @web.middleware
    async def _noted(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Keep what comes on the paths of what is kept; say so when it is not there."""
        if request.path.startswith((*_KEPT, *_FILED)):
            await self._keep(request, await request.read())
        try:
            return await handler(request)
        except KeyError:
            return web.json_response(answers.error(404), status=404)

    async def _told(
        self, voice: Voice, answer: Callable[[Asked], dict[str, Any]], request: web.Request
    ) -> web.StreamResponse:
        """Answer at once, and never in a stream."""
        try:
            ask, how = await self._read(voice, request)
        except (ValueError, TypeError, KeyError, AttributeError):
            return web.json_response(voice.error(400), status=400)
        if how.status is not None:
            return web.json_response(voice.error(how.status), status=how.status)
        return web.json_response(answer(ask))

    async def _media(
        self, told: Callable[[bytes], dict[str, Any] | bytes], request: web.Request
    ) -> web.StreamResponse:
        """Answer what is not a conversation."""
        raw = await request.read()
        await self._keep(request, raw)
        how = parse(self.script.popleft() if self.script else "echo")
        if how.status is not None:
            return web.json_response(answers.error(how.status), status=how.status)
        if how.name == "garbage":
            return web.Response(body=b'{"not": "what you asked for"}')
        answer = told(raw)
        if isinstance(answer, bytes):
            return web.Response(body=answer, content_type="audio/mpeg")
        return web.json_response(answer)

    async def _read(self, voice: Voice, request: web.Request) -> tuple[Asked, Behaviour]:
        raw = await request.read()
        await self._keep(request, raw)
        ask = voice.asked(json.loads(raw), raw)
        return ask, parse(self._told_to() or ask.model)

    def _told_to(self) -> str | None:
        """What the script says, or else the plan."""
        if self.script:
            return self.script.popleft()
        if self.plan is None:
            return None
        at_s = asyncio.get_running_loop().time() - self._began_s
        return self.plan.behaviour(next(self._drawn), at_s)

    async def _keep(self, request: web.Request, raw: bytes) -> None:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.received.append(
            Received(path=request.path_qs, headers=headers, body=raw, method=request.method)
        )
        if self._record is not None:
            line = {"path": request.path, "headers": headers, "body": raw.decode(errors="replace")}
            await asyncio.to_thread(_append, self._record, answers.encoded(line) + b"\n")


def _append(path: Path, line: bytes) -> None:
    with path.open("ab") as file:
        file.write(line)


async def _healthz(_: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


class _Exchange:
    """One request and the answer it is told to get."""

    meter: Meter
    closing: asyncio.Event

    def __init__(self, request: web.Request, voice: Voice, ask: Asked, how: Behaviour) -> None:
        self.request, self.voice, self.ask, self.how = request, voice, ask, how

    async def answer(self, number: int) -> web.StreamResponse:
        headers = {"x-request-id": f"req_{number}", **rates(self.voice, self.how)}
        how, answer_id = self.how, f"{self.voice.ANSWER_ID}-{number}"
        if how.status is not None:
            if how.retry_after is not None:
                headers["Retry-After"] = str(how.retry_after)
            error = self.voice.error(how.status)
            return web.json_response(error, status=how.status, headers=headers)
        if how.name in _GIVES_UP and not how.after:
            return await self._give_up()
        if self.ask.stream:
            return await self._streamed(headers, answer_id)
        return await self._whole(headers, answer_id)

    async def _whole(self, headers: dict[str, str], answer_id: str) -> web.StreamResponse:
        body = self._body(answer_id)
        response = web.StreamResponse(headers=headers | {"Content-Type": "application/json"})
        response.content_length = len(body)
        await response.prepare(self.request)
        if self.how.name in _GIVES_UP:
            await response.write(body[: len(body) // 2])
            return await self._give_up()
        await self._write(response, body)
        await response.write_eof()
        return response

    def _body(self, answer_id: str) -> bytes:
        if self.how.name == "error-in-stream":
            return answers.encoded(self.voice.error(500))
        self.meter.whole(self.ask, self.how)  # it was made, whoever gets to read it
        if self.how.name == "garbage":
            return b"<html>not what you asked for</html>"
        if self.how.name == "wrong-json":
            return answers.encoded(_WRONG)
        return answers.encoded(self.voice.whole(self.ask, self.how, answer_id))

    async def _streamed(self, headers: dict[str, str], answer_id: str) -> web.StreamResponse:
        response = web.StreamResponse(headers=headers | {"Content-Type": "text/event-stream"})
        await response.prepare(self.request)
        if self.how.name == "garbage":
            await self._write(response, b"data: {not JSON\n\n")
        if self.how.name == "wrong-json":
            await self._write(response, self.voice.event(_WRONG))
        if not await self._events(response, answer_id):
            return await self._break_off(response)
        if self.how.name != "no-done":
            await self._write(response, self.voice.done(self.ask, self.how, answer_id))
        await response.write_eof()
        return response

    async def _events(self, response: web.StreamResponse, answer_id: str) -> bool:
        """Write them; says whether that was all of them."""
        content, is_whole = 0, False
        try:
            for is_content, data in self.voice.events(self.ask, self.how, answer_id):
                if is_content and content == self.how.after and self._breaks_off:
                    return False
                content += is_content
                await self._write(response, data)
            is_whole = not self._breaks_off
            return is_whole
        finally:
            if is_whole:
                self.meter.whole(self.ask, self.how)
            else:
                self.meter.broken(self.ask, self.how, content)

    @property
    def _breaks_off(self) -> bool:
        return self.how.name in (*_GIVES_UP, "error-in-stream")

    async def _break_off(self, response: web.StreamResponse) -> web.StreamResponse:
        if self.how.name != "error-in-stream":
            return await self._give_up()
        await self._write(response, self.voice.event(self.voice.error(500)))
        await response.write_eof()
        return response

    async def _write(self, response: web.StreamResponse, data: bytes) -> None:
        size = self.how.bytes or len(data)
        for start in range(0, len(data), size):
            if self.how.gap_ms:
                await asyncio.sleep(self.how.gap_ms / 1000)
            await response.write(data[start : start + size])
            if self.how.bytes:
                await asyncio.sleep(0)  # so that the pieces leave one by one

    async def _give_up(self) -> NoReturn:
        """Stall until closed, or drop the connection where it stands."""
        if self.how.name == "stall":
            await self.closing.wait()
        if self.request.transport is not None and self.how.name == "reset":
            reset(self.request.transport)
        elif self.request.transport is not None:
            self.request.transport.abort()
        raise web.HTTPInternalServerError  # never sent: the connection is gone
