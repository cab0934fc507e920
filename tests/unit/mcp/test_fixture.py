"""The server that MCP is tested against."""

import aiohttp
import pytest
from mcp import Client

from tests.support.mcp_served import served

pytestmark = pytest.mark.allow_blocking

NAMED = {"test_simple_text", "test_sampling", "test_input_required_result_elicitation", "echo"}


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_it_speaks_both_eras(mode: str) -> None:
    """A client of either era lists its tools and calls one."""
    async with served() as url, Client(url, mode=mode) as client:
        tools = await client.list_tools()
        said = await client.call_tool("echo", {"word": "hello"})

    assert {tool.name for tool in tools.tools} >= NAMED
    assert said.structured_content == {"word": "hello"}


@pytest.mark.parametrize(
    ("speaks", "asked", "code"), [("legacy", "2026-07-28", -32000), ("modern", "", -32022)]
)
async def test_it_can_know_one_era_only(speaks: str, asked: str, code: int) -> None:
    """Told to speak one era, it refuses the other as a server does that does not know it."""
    headers = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": asked}
    ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}

    async with (
        served(speaks) as url,
        aiohttp.ClientSession() as session,
        session.post(url, json=ping, headers=headers) as response,
    ):
        said = await response.json()

    assert (response.status, said["error"]["code"]) == (400, code)
