"""Streams of the MCP endpoint follow keys and policies that change while clients listen."""

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp

import guardrail_gw.mcp_app  # noqa: F401 - importing it reads files, once
from tests.story.test_rotation_story import NEW, OLD, key, write
from tests.support.mcp_small import command
from tests.support.policies import policy_text, write_policies
from tests.support.world import World, world

REVISION = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": REVISION,
    "io.modelcontextprotocol/clientCapabilities": {},
}
SPEC = "pii: {{default: {{action: token}}}}\ntools: {{changed: allow, servers: [{}]}}"
ENDS_S = 20


def _policies(folder: Path, servers: str) -> Path:
    folder.mkdir(exist_ok=True)
    write_policies(folder, base=policy_text(spec=SPEC.format(servers)))
    return folder


def _listen(here: World, path: str, value: str) -> Any:
    return here.client.post(
        f"http://127.0.0.1:{here.gateway.port}{path}",
        json={
            "jsonrpc": "2.0",
            "id": 1,
            "method": "subscriptions/listen",
            "params": {"notifications": {"toolsListChanged": True}, "_meta": META},
        },
        headers={
            "Authorization": f"Bearer {value}",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": REVISION,
            "Mcp-Method": "subscriptions/listen",
        },
    )


async def _begun(stream: aiohttp.ClientResponse) -> None:
    await asyncio.wait_for(stream.content.readuntil(b"\n\n"), ENDS_S)


async def _ended(stream: aiohttp.ClientResponse) -> dict[str, Any]:
    text = await asyncio.wait_for(stream.text(), ENDS_S)
    lines = [line for line in text.splitlines() if line.startswith("data: ")]
    found: dict[str, Any] = json.loads(lines[-1].removeprefix("data: "))
    return found


async def test_a_stream_ends_with_its_key_and_with_its_policy(tmp_path: Path) -> None:
    """At one server's endpoint and at that of all; who may still ask begins anew, others do not."""
    (tmp_path / "tools.json").write_text(json.dumps([{"name": "look"}]))
    write(tmp_path / "clients.yaml", key(OLD), key(NEW, name="other", user="bob"))
    policies = await asyncio.to_thread(_policies, tmp_path / "policies", "one")
    process = command(tmp_path / "tools.json", tmp_path / "heard.jsonl")
    async with world(
        tmp_path,
        policies=policies,
        access={"keys_file": str(tmp_path / "clients.yaml")},
        mcp={"servers": [{"id": "one", "process": process}]},
    ) as here:
        async with _listen(here, "/mcp/one", OLD) as one, _listen(here, "/mcp", OLD) as every:
            await asyncio.gather(_begun(one), _begun(every))
            write(tmp_path / "clients.yaml", key(NEW, name="other", user="bob"))
            await here.gateway.refresh()
            ends = [await _ended(one), await _ended(every)]
        async with _listen(here, "/mcp/one", OLD) as again:
            turned_away = again.status
        async with _listen(here, "/mcp/one", NEW) as other:
            await _begun(other)
            await asyncio.to_thread(_policies, policies, "none")
            await here.gateway.reload()
            ends.append(await _ended(other))
        async with _listen(here, "/mcp/one", NEW) as again:
            denied = (await again.json())["error"]["data"]["code"]

    assert [each["result"]["resultType"] for each in ends] == ["complete"] * 3
    assert (turned_away, denied) == (401, "tools.denied")
    records = await asyncio.to_thread(here.records)
    outcomes = [each.meta for each in records if each.kind == "outcome" and each.meta]
    assert [(each["ending"], each["code"]) for each in outcomes] == [
        ("truncated", "mcp.listening_over"),
        ("refused", "auth.unknown_key"),
        ("truncated", "mcp.listening_over"),
        ("blocked", "tools.denied"),
    ]
