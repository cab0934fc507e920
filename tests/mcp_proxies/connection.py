"""The gateway's connection to a server alone, behind the least that can be in front of it.

    python -m tests.mcp_proxies.connection URL

Prints its port. No chain: nothing is looked at, replaced or recorded.
"""

import asyncio
import sys

import orjson
import uvloop
from aiohttp import web

from guardrail_gw.mcp.ports import Ask, Era, Message, Peer
from tests.support.mcp_connected import ALICE, over_http, started


async def main(url: str) -> None:
    """Serve until killed."""
    peer = Peer(principal=ALICE, era=Era.MODERN, revision="2026-07-28")
    async with started(over_http(url)) as server:

        async def ask(request: web.Request) -> web.Response:
            message = orjson.loads(await request.read())
            params = {key: value for key, value in message["params"].items() if key != "_meta"}
            answer: Message = {}
            asked = Ask(peer=peer, method=message["method"], params=params)
            async with server.call(asked) as call:
                async for said in call:
                    answer = said
            body = orjson.dumps({**answer, "id": message["id"]})
            return web.Response(body=body, content_type="application/json")

        app = web.Application()
        app.router.add_post("/mcp", ask)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
