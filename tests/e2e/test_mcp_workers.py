"""MCP where several workers share a port: every connection may lead to another one."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest

from guardrail_gw.audit.verify import Verdict
from tests.e2e.test_workers import TWO, ready
from tests.support.mcp_asking import LEGACY, MODERN, Client, Message, until
from tests.support.mcp_served import stdio_command
from tests.support.policies import without_names
from tests.support.served import Served, served

pytestmark = [pytest.mark.e2e, pytest.mark.allow_blocking]

OFTEN: Final = 12
"""Connections: that all of them lead to one worker of two happens once in two thousand times."""
ROOT: Final = Path(__file__).parents[2]


def _mcp() -> dict[str, Any]:
    process = {"command": [*stdio_command(LEGACY)], "directory": str(ROOT)}
    server = {"id": "one", "process": process, "inference": ["DE"], "storage": ["DE"]}
    return {**TWO, "mcp": {"servers": [server]}}


@asynccontextmanager
async def place(folder: Path) -> AsyncIterator[tuple[Served, aiohttp.ClientSession, str]]:
    """Two workers, and a client that keeps no connection."""
    async with (
        served(folder, _mcp(), change=without_names) as there,
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True)) as http,
    ):
        await ready(there)
        base_url = (await there.base_url()).removesuffix("/")
        yield there, http, f"{base_url}/mcp/one"


def _accepts(_: Message) -> Message:
    return {"result": {"action": "accept", "content": {"response": "yes"}}}


async def test_a_session_is_one_whichever_worker_is_asked(tmp_path: Path) -> None:
    """Its requests, its stream, its answers to what the server asks, and its end."""
    async with place(tmp_path) as (there, http, url):
        client = Client(http=http, url=url, era=LEGACY)
        await client.begin()
        async with client.listening() as heard:
            for number in range(OFTEN):
                said = {"name": "echo", "arguments": {"message": f"nothing {number}"}}
                told = await client.ask("tools/call", said)
                assert told.status == 200, told.raw
                assert f"nothing {number}" in str(told.last)
            asked = {"name": "test_elicitation", "arguments": {"message": "go on?"}}
            for _ in range(OFTEN):
                told = await client.ask("tools/call", asked, answers=_accepts)
                assert "accept" in str(told.last), told.raw
            await client.ask("tools/call", {"name": "test_trigger_tool_change", "arguments": {}})
            await until(heard, "notifications/tools/list_changed")
        session = client.session
        await client.end()
        client.session = session
        gone = [(await client.ask("tools/list", {})).status for _ in range(OFTEN)]

    assert gone == [404] * OFTEN
    assert {report.verdict for report in there.reports()} == {Verdict.OK}


async def test_an_answer_finds_the_call_that_waits_for_it(tmp_path: Path) -> None:
    """A client of the modern era answers with a new request, to whichever worker."""
    async with place(tmp_path) as (_, http, url):
        client = Client(http=http, url=url, era=MODERN)
        asked: dict[str, Any] = {"name": "test_elicitation", "arguments": {"message": "go on?"}}
        for _ in range(OFTEN):
            first = (await client.ask("tools/call", asked)).result
            assert first["resultType"] == "input_required"
            (key,) = first["inputRequests"]
            answer = {key: {"action": "accept", "content": {"response": "yes"}}}
            more = {"inputResponses": answer, "requestState": first["requestState"]}
            told = await client.ask("tools/call", asked | more)
            assert "accept" in str(told.last), told.raw


async def test_what_a_worker_kept_ends_with_it(tmp_path: Path) -> None:
    """Clients are told to begin anew, as they are when a session is over, and can."""
    async with place(tmp_path) as (there, http, url):
        client = Client(http=http, url=url, era=LEGACY)
        await client.begin()
        assert client.session is not None
        number = int(client.session.rpartition(".w")[2])
        owner = (await ready(there))[number]
        os.kill(owner["pid"], signal.SIGKILL)
        await asyncio.sleep(0)
        await ready(there, restarts=1)
        gone = [(await client.ask("tools/list", {})).status for _ in range(OFTEN)]
        client.session = None
        await client.begin()
        again = await client.ask("tools/list", {})

    assert gone == [404] * OFTEN
    assert again.status == 200
