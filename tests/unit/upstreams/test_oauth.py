"""Asking for tokens over real sockets: what is believed of a server."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from yarl import URL

from guardrail_gw.upstreams.connections import Connections
from guardrail_gw.upstreams.oauth import granted
from guardrail_gw.upstreams.timeouts import Timeouts
from guardrail_gw.upstreams.tokens import NoToken, Token
from tests.support.token_server import TokenServer, granted as told, refusal, serving

SOON = Timeouts(connect_s=1.0, first_byte_s=0.3, idle_s=0.3)


@asynccontextmanager
async def asking(server: TokenServer) -> AsyncIterator[Callable[[], Any]]:
    """Whoever asks a server for a token."""
    async with serving(("POST", "/token", server.handle)) as url:
        connections = Connections(SOON)
        yield lambda: granted(URL(f"{url}/token"), {"a": "b"}, connections)
        await connections.close()


def saying(said: Any) -> TokenServer:
    """A server that says this, whatever it is asked."""
    answer = said if isinstance(said, web.Response) else web.Response(text=json.dumps(said))
    return TokenServer(demands=lambda _: None, answer=lambda: answer)


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({}, "no_token"),
        ([], "no_token"),
        (web.Response(text="token"), "no_token"),
        (told(""), "no_token"),
        (told("two words"), "no_token"),
        (told("a\r\nInjected: x"), "no_token"),
        (told("t", kind="mac"), "no_bearer"),
        (told("t", kind=None), "no_bearer"),
        (told("t", None), "no_end"),
        (told("t", lasts_s=True), "no_end"),
        (told("t", 0), "no_end"),
        (told("t", -5), "no_end"),
        (told("t", 1e400), "no_end"),
        (told("t", "soon"), "no_end"),
        (refusal("invalid_grant"), "http_400 invalid_grant"),
        (web.Response(status=503), "http_503"),
        (web.Response(status=307, headers={"Location": "http://127.0.0.1/"}), "http_307"),
        (web.Response(body=b" " * (65 << 10)), "no_answer"),
    ],
)
async def test_what_is_no_token_is_none(said: Any, problem: str) -> None:
    """A token of plain characters, a bearer's, with an end: anything less is no token."""
    async with asking(saying(said)) as ask:
        with pytest.raises(NoToken) as caught:
            await ask()

    assert str(caught.value) == problem
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(("lasts", "seconds"), [("59", 59.0), (58, 58.0), ("999999999", 86400.0)])
async def test_an_end_may_be_written_as_text_and_is_bounded(lasts: Any, seconds: float) -> None:
    """Some servers write seconds as text; none is believed for more than a day."""
    async with asking(saying(told("t", lasts, kind="bearer"))) as ask:
        assert await ask() == Token(value="t", lasts_s=seconds)


async def test_no_answer_is_no_token() -> None:
    """Silence and a closed port give none, in time."""
    server = saying(told("t"))
    async with asking(server) as ask:
        server.gate.clear()
        with pytest.raises(NoToken, match="no_answer"):
            await ask()
        server.gate.set()
    async with serving() as gone:
        pass
    connections = Connections(SOON)
    with pytest.raises(NoToken, match="no_answer"):
        await granted(URL(f"{gone}/token"), {}, connections)
    await connections.close()
