"""Streams of the MCP endpoint follow keys and policies that change while clients listen."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import aiohttp

import guardrail_gw.mcp_app  # noqa: F401 - importing it reads files, once
from tests.story.test_rotation_story import NEW, OLD, key, write
from tests.support.mcp_small import command
from tests.support.policies import policy_text, write_policies
from tests.support.world import KEY, World, world

REVISION = "2026-07-28"
META = {
    "io.modelcontextprotocol/protocolVersion": REVISION,
    "io.modelcontextprotocol/clientCapabilities": {},
}
LOGGING = """
import json, sys
def say(message): print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)
about = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}, "logging": {}}}
for line in sys.stdin:
    asked = json.loads(line)
    if "id" in asked:
        begins = asked["method"] == "initialize"
        result = {**about, "serverInfo": {"name": "n", "version": "1"}} if begins else {"tools": []}
        say({"id": asked["id"], "result": result})
    if asked["method"] == "logging/setLevel":
        for level, text in (("debug", "too little"), ("error", "Anna Schmidt has left")):
            params = {"level": level, "data": text}
            say({"method": "notifications/message", "params": params})
"""
"""A server that says something of its own accord once it is told from which level on."""
SPEC = "pii: {{default: {{action: token}}}}\ntools: {{changed: allow, servers: [{}]}}"
ENDS_S = 30


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


async def test_what_a_server_logs_unasked_reaches_a_session(tmp_path: Path) -> None:
    """From the level on that its client wants, on the stream that no request began, treated."""
    policies = await asyncio.to_thread(_policies, tmp_path / "policies", "one")
    server = {"id": "one", "process": {"command": [sys.executable, "-c", LOGGING]}}
    async with world(tmp_path, policies=policies, mcp={"servers": [server]}) as here:
        url = f"http://127.0.0.1:{here.gateway.port}/mcp/one"
        own = {"Authorization": f"Bearer {KEY}", "Accept": "application/json, text/event-stream"}
        hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {}}
        body = {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": hello}
        async with here.client.post(url, json=body, headers=own) as answer:
            own["Mcp-Session-Id"] = answer.headers["Mcp-Session-Id"]
        async with here.client.get(url, headers=own) as stream:
            params = {"level": "warning"}
            level = {"jsonrpc": "2.0", "id": 2, "method": "logging/setLevel", "params": params}
            async with here.client.post(url, json=level, headers=own) as answer:
                assert answer.status == 200
            told = b": ping"
            while told.startswith(b":"):
                told = await asyncio.wait_for(stream.content.readuntil(b"\n\n"), ENDS_S)

    assert b"notifications/message" in told
    assert b"PERSON_" in told
    assert b"Anna" not in told
    assert b"too little" not in told
