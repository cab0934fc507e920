"""A relay that does nothing else: what aiohttp itself costs.

    python -m tests.mcp_proxies.relay URL

Prints its port. One ClientSession, uvloop, no access log; bodies and headers of the protocol go on.
"""

import asyncio
import sys

import uvloop
from aiohttp import ClientSession, TCPConnector, web


async def main(url: str) -> None:
    """Serve until killed."""
    async with ClientSession(connector=TCPConnector(limit=0), auto_decompress=False) as session:

        async def forward(request: web.Request) -> web.Response:
            named = (name for name in request.headers if name.lower().startswith("mcp-"))
            headers = {name: request.headers[name] for name in named}
            headers |= {"Accept": request.headers["Accept"], "Content-Type": "application/json"}
            async with session.post(url, data=await request.read(), headers=headers) as answer:
                body = await answer.read()
                return web.Response(
                    status=answer.status, body=body, content_type=answer.content_type
                )

        app = web.Application()
        app.router.add_post("/mcp", forward)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
