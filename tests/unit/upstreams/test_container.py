"""Keys that a container is lent, over real sockets."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from guardrail_gw.upstreams.connections import Connections
from guardrail_gw.upstreams.container import container_keys
from guardrail_gw.upstreams.credentials import AwsContainer
from guardrail_gw.upstreams.sigv4 import Keys
from guardrail_gw.upstreams.timeouts import Timeouts
from guardrail_gw.upstreams.tokens import NoToken, Token
from tests.support.token_server import serving

SOON = Timeouts(connect_s=1.0, first_byte_s=0.5, idle_s=0.5)
NOW_S = 1_795_000_000.0
LENT = {
    "AccessKeyId": "ASIATEST",
    "SecretAccessKey": "hush",
    "Token": "session",
    "Expiration": datetime.fromtimestamp(NOW_S + 900, tz=UTC).isoformat().replace("+00:00", "Z"),
}


@asynccontextmanager
async def lender(
    said: Any, token_file: Path | None = None, status: int = 200
) -> AsyncIterator[tuple[AwsContainer, Connections, list[web.Request]]]:
    """A server that lends keys, and who asks it."""
    asked: list[web.Request] = []

    async def handle(request: web.Request) -> web.Response:
        asked.append(request)
        return web.Response(text=json.dumps(said), status=status)

    async with serving(("GET", "/v1/credentials", handle)) as url:
        connections = Connections(SOON)
        who = AwsContainer(endpoint=f"{url}/v1/credentials", token_file=token_file, region="")
        yield who, connections, asked
        await connections.close()


async def test_a_container_shows_what_the_platform_says_of_it(tmp_path: Path) -> None:
    """The file is read each time; what is lent is keys, a session, and their end."""
    file = tmp_path / "token"
    async with lender(LENT, file) as (who, connections, asked):
        file.write_text("first.jwt\n", encoding="ascii")
        await container_keys("main", who, connections, NOW_S)
        file.write_text("second.jwt\n", encoding="ascii")
        lent = await container_keys("main", who, connections, NOW_S)
        file.unlink()
        with pytest.raises(NoToken, match="assertion_unreadable"):
            await container_keys("main", who, connections, NOW_S)

    keys = Keys(access_key_id="ASIATEST", secret_access_key="hush", session_token="session")
    assert lent == Token(value=keys, lasts_s=900.0)
    assert [r.headers["Authorization"] for r in asked] == ["first.jwt", "second.jwt"]


async def test_a_lender_that_asks_for_nothing_is_shown_nothing() -> None:
    """ECS names the container in the address alone."""
    async with lender(LENT) as (who, connections, asked):
        await container_keys("main", who, connections, NOW_S)

    assert "Authorization" not in asked[0].headers


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ([], "no_keys"),
        ({**LENT, "Token": None}, "no_keys"),
        ({**LENT, "SecretAccessKey": ""}, "no_keys"),
        ({**LENT, "AccessKeyId": "a\r\nInjected: x"}, "no_keys"),
        ({**LENT, "Expiration": None}, "no_end"),
        ({**LENT, "Expiration": "soon"}, "no_end"),
        ({**LENT, "Expiration": "2026-11-26T14:00:00"}, "no_end"),
        ({**LENT, "Expiration": "2001-01-01T00:00:00Z"}, "no_end"),
    ],
)
async def test_what_is_not_lent_in_full_is_not_used(said: Any, problem: str) -> None:
    """Three plain texts and an end that is to come, with its zone: anything less is nothing."""
    async with lender(said) as (who, connections, _):
        with pytest.raises(NoToken, match=problem):
            await container_keys("main", who, connections, NOW_S)


async def test_a_refusal_is_told_by_its_status() -> None:
    """What the server says is not repeated, and an end is believed for a day at most."""
    async with lender({"message": "secret"}, status=403) as (who, connections, _):
        with pytest.raises(NoToken) as caught:
            await container_keys("main", who, connections, NOW_S)
    async with lender({**LENT, "Expiration": "2099-01-01T00:00:00Z"}) as (who, connections, _):
        lent = await container_keys("main", who, connections, NOW_S)

    assert str(caught.value) == "http_403"
    assert lent.lasts_s == 86400.0
