"""A gateway that has MCP servers and no model."""

import json
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest

from guardrail_gw.errors import ConfigError
from guardrail_gw.settings import Settings
from tests.story.test_mcp_governance_story import last
from tests.support.mcp_gateway import KEYED, REDACTING, configuration, mcp_gateway
from tests.support.mcp_small import command
from tests.support.world import KEY


async def test_tools_are_called_where_there_is_no_model(tmp_path: Path) -> None:
    """Models' endpoints say that they have none, and probes that all is well."""
    (tmp_path / "tools.json").write_text(json.dumps([{"name": "look"}]))
    process = command(tmp_path / "tools.json", tmp_path / "heard.jsonl")
    server = {"id": "one", "process": process}
    async with (
        mcp_gateway(tmp_path, server, spec=REDACTING, access=KEYED) as at,
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {KEY}"}) as client,
    ):
        base = f"http://127.0.0.1:{at.gateway.port}"
        call = {"name": "look", "arguments": {"who": "Anna Schmidt"}}
        body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": _modern(call)}
        sent = {
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2026-07-28",
            "Mcp-Method": "tools/call",
            "Mcp-Name": "look",
        }
        async with client.post(at.url(), json=body, headers=sent) as answer:
            told = last(await answer.text())
        async with client.get(f"{base}/v1/models") as answer:
            models = await answer.json()
        chat = {"model": "any", "messages": [{"role": "user", "content": "hello"}]}
        async with client.post(f"{base}/v1/chat/completions", json=chat) as answer:
            refused = answer.status, (await answer.json())["error"]["code"]
        async with client.get(f"{base}/readyz") as answer:
            ready = answer.status

    assert "Anna Schmidt" in told["result"]["content"][0]["text"]
    assert "Anna" not in (tmp_path / "heard.jsonl").read_text()
    assert (models["data"], refused, ready) == ([], (404, "model.unknown"), 200)


def _modern(params: Mapping[str, object]) -> dict[str, object]:
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    return {**params, "_meta": meta}


def test_a_gateway_serves_something(tmp_path: Path) -> None:
    """Neither a model nor a server is a fault, and the message says what may be given."""
    path = tmp_path / "gateway.yaml"
    path.write_text(json.dumps({**configuration([{"id": "a", "url": "http://a"}], KEYED)}))
    Settings.load(path)
    path.write_text(json.dumps({**configuration([], KEYED), "mcp": None}))

    with pytest.raises(ConfigError, match="give models with deployments, or mcp with servers"):
        Settings.load(path)
