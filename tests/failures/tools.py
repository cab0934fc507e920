"""An MCP server that goes away while its tools are called, and comes back."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import aiohttp
from aiohttp import web

from guardrail_gw.audit.review import verify_directory
from guardrail_gw.audit.verify import Verdict
from tests.failures.place import LOST, SERVED, Place, opened, place, recorded
from tests.failures.playing import REQUESTS, Came
from tests.support.mcp_odd import Odd, said, text
from tests.support.world import KEY

_REVISION: Final = "2026-07-28"
_META: Final = {
    "io.modelcontextprotocol/protocolVersion": _REVISION,
    "io.modelcontextprotocol/clientCapabilities": {},
}
_TOOL: Final = {"name": "look", "description": "Looks.", "inputSchema": {"type": "object"}}
_PATIENCE_S: Final = 60


class Server:
    """One with one tool, which says what it was asked; it can be stopped and started again."""

    def __init__(self) -> None:
        self._odd = Odd(_answer)
        self._runner: web.AppRunner | None = None
        self.port = 0

    @property
    def calls(self) -> int:
        """How many reached it."""
        return self._odd.methods().count("tools/call")

    async def start(self) -> None:
        """Listen, again on the same port."""
        app = web.Application()
        app.router.add_route("*", "/mcp", self._odd.answer)
        self._runner = web.AppRunner(app)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = int(self._runner.addresses[0][1])

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None


async def _answer(_: Odd, __: web.Request, message: dict[str, Any]) -> web.StreamResponse:
    if message["method"] == "tools/list":
        return said(message, {"resultType": "complete", "tools": [_TOOL]})
    who = message["params"].get("arguments", {}).get("who", "")
    return said(message, text(who))


async def server_gone(folder: Path) -> Came:
    """Nobody listens at the only server while tools are called; then it does again."""
    server = Server()
    await server.start()
    url = f"http://127.0.0.1:{server.port}/mcp"
    lawful = {"inference": ["DE"], "storage": ["DE"]}
    mcp = {"servers": [{"id": "crm", "url": url, **lawful}]}
    try:
        async with with_tools(folder, mcp) as there:
            before = await _call_many(there, 4)
            assert before == {SERVED: 4}, before
            await server.stop()
            saw = await _call_many(there, REQUESTS)
            await server.start()
            recovered_s = await _recovered_s(there)
        return await asyncio.to_thread(_judged, there, server, saw, recovered_s)
    finally:
        await server.stop()


@asynccontextmanager
async def with_tools(folder: Path, mcp: dict[str, Any]) -> AsyncIterator[Place]:
    """A gateway before MCP servers, under a policy that lets tools be called."""
    async with place(folder, policy="  tools: {}\n", mcp=mcp) as there:
        yield there


async def _call(there: Place) -> str:
    """One call of the tool with personal data; `answered`, a code, or `no answer`."""
    there.asked += 1
    who = f"person{there.asked}@example.org"
    params = {"name": "look", "arguments": {"who": who}, "_meta": _META}
    body = {"jsonrpc": "2.0", "id": there.asked, "method": "tools/call", "params": params}
    headers = {
        "Authorization": f"Bearer {KEY}-0",
        "Accept": "application/json, text/event-stream",
        "MCP-Protocol-Version": _REVISION,
        "Mcp-Method": "tools/call",
        "Mcp-Name": "look",
    }
    url = f"http://127.0.0.1:{there.gateway.port}/mcp/crm"
    try:
        async with there.client.post(url, json=body, headers=headers) as response:
            answer = json.loads((await response.text()).splitlines()[-1].removeprefix("data: "))
    except (aiohttp.ClientError, TimeoutError):
        return LOST
    if "result" not in answer:
        return f"{response.status} `{answer['error']['data']['code']}`"
    there.answered += 1
    if answer["result"]["content"][0]["text"] != who:
        there.wrong.append(who)
    return SERVED


async def _call_many(there: Place, calls: int) -> Counter[str]:
    return Counter([await _call(there) for _ in range(calls)])


async def _recovered_s(there: Place) -> float:
    begun_s = time.monotonic()
    async with asyncio.timeout(_PATIENCE_S):
        while True:
            if await _call(there) == SERVED:
                return time.monotonic() - begun_s
            await asyncio.sleep(0.05)


def _judged(there: Place, server: Server, saw: Counter[str], recovered_s: float) -> Came:
    lost = list(there.wrong)
    report = verify_directory(there.folder / "audit", there.folder / "keys" / "audit-public")
    if report.verdict is not Verdict.OK or report.unpaired:
        lost.append(f"the log is {report.verdict.value}, {len(report.unpaired)} have no outcome")
    calls = [r for r in opened(there.folder) if r.kind == "intent"]
    if server.calls > len(calls):
        lost.append(f"the server saw {server.calls} calls, {len(calls)} are on record")
    ok = sum((r.meta or {}).get("ending") == "ok" for r in opened(there.folder))
    if ok < there.answered:
        lost.append(f"{there.answered} were answered, {ok} outcomes say so")
    return Came(saw=saw, records=recorded(there), lost=lost, recovered_s=recovered_s)
