"""A server that gives tokens and says no to whoever does not show what it demands."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Demands = Callable[[Mapping[str, str]], str | None]
"""What is wrong with a form, as an error code of OAuth; None: nothing."""


@asynccontextmanager
async def serving(*routes: tuple[str, str, Handler]) -> AsyncIterator[str]:
    """An HTTP server on loopback with these methods and paths; yields its base URL."""
    app = web.Application(client_max_size=64 << 20)
    for method, path, handler in routes:
        app.router.add_route(method, path, handler)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@dataclass(slots=True, kw_only=True)
class TokenServer:
    """Gives `token-1`, `token-2`, …; what it gave is what providers take."""

    demands: Demands
    lasts_s: int = 3600
    answer: Callable[[], web.Response] | None = None
    """In place of a token."""
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    """Answers wait for it; open unless a test closes it."""
    asked: list[dict[str, str]] = field(default_factory=list, repr=False)
    paths: list[str] = field(default_factory=list)
    given: set[str] = field(default_factory=set, repr=False)
    _count: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:  # noqa: D105 - a fake
        self.gate.set()

    async def handle(self, request: web.Request) -> web.Response:
        """One request for a token."""
        form = {k: str(v) for k, v in (await request.post()).items()}
        self.asked.append({**form, **{k.lower(): v for k, v in request.headers.items()}})
        self.paths.append(request.path_qs)
        await self.gate.wait()
        if self.answer is not None:
            return self.answer()
        if problem := self.demands(self.asked[-1]):
            return refusal(problem)
        token = f"token-{next(self._count)}"
        self.given.add(token)
        return web.json_response(granted(token, self.lasts_s))

    def knows(self, authorization: str | None) -> bool:
        """Whether a header holds a token that was given here."""
        kind, _, token = (authorization or "").partition(" ")
        return kind == "Bearer" and token in self.given


def granted(token: str, lasts_s: Any = 3600, kind: Any = "Bearer") -> dict[str, Any]:
    """What RFC 6749, 5.1 has a server say."""
    return {"access_token": token, "expires_in": lasts_s, "token_type": kind}


def refusal(problem: str) -> web.Response:
    """What RFC 6749, 5.2 has a server say."""
    said = {"error": problem, "error_description": "says the secret secret-of-nobody again"}
    return web.json_response(said, status=400)
