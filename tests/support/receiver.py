"""A receiver of webhooks over real HTTP: answers as told, checks by a library that is not ours."""

import asyncio
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import openai
from aiohttp import web

SECRET = "whsec_" + "c2VjcmV0LWZvci10ZXN0cy1vbmx5LTEyMzQ1Njc4OTA="


@dataclass(frozen=True, slots=True)
class Heard:
    """One attempt as it came."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        """The message."""
        return json.loads(self.body)

    def verify(self, secret: str = SECRET) -> None:
        """Check it as an implementation of Standard Webhooks that is not ours does.

        Raises:
            openai.InvalidWebhookSignatureError: it is not signed with this secret.
        """
        client = openai.OpenAI(api_key="none")
        client.webhooks.verify_signature(self.body, self.headers, secret=secret)


@dataclass
class Receiver:
    """`async with Receiver() as receiver:`."""

    answers: deque[int] = field(default_factory=deque)
    """Statuses of the next attempts; then 204."""
    heard: asyncio.Queue[Heard] = field(default_factory=asyncio.Queue)
    url: str = ""
    _runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        """Listen."""
        app = web.Application()
        app.router.add_post("/hooks", self._hear)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/hooks"
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        assert self._runner is not None
        await self._runner.cleanup()

    async def next(self) -> Heard:
        """The next attempt, once it has come."""
        return await asyncio.wait_for(self.heard.get(), 20)

    async def _hear(self, request: web.Request) -> web.Response:
        self.heard.put_nowait(Heard(dict(request.headers), await request.read()))
        status = self.answers.popleft() if self.answers else 204
        location = {"Location": "/hooks"} if 300 <= status < 400 else {}
        return web.Response(status=status, headers=location)
