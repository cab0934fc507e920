"""A pass-through proxy that does nothing else: what aiohttp itself costs.

    python -m tests.bench.bare UPSTREAM_BASE_URL

Prints its port. One ClientSession, uvloop, no access log; chunks go on as they come.
"""

import asyncio
import sys

import uvloop
from aiohttp import ClientSession, TCPConnector, web


async def main(upstream: str) -> None:
    """Serve until killed."""
    async with ClientSession(connector=TCPConnector(limit=0), auto_decompress=False) as session:

        async def forward(request: web.Request) -> web.StreamResponse:
            body = await request.read()
            headers = {"Content-Type": "application/json"}
            url = f"{upstream}/{request.match_info['path']}"
            async with session.post(url, data=body, headers=headers) as answer:
                kind = answer.headers["Content-Type"]
                if kind == "application/json":
                    whole = await answer.read()
                    return web.Response(status=answer.status, body=whole, content_type=kind)
                response = web.StreamResponse(status=answer.status, headers={"Content-Type": kind})
                await response.prepare(request)
                async for chunk in answer.content.iter_any():
                    await response.write(chunk)
                await response.write_eof()
                return response

        app = web.Application(client_max_size=64 << 20)
        app.router.add_post("/v1/{path:.*}", forward)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
