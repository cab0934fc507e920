"""What a connection does with more than it can hold."""

import asyncio

from aiohttp import web

from guardrail_gw.server.intake import Intake
from guardrail_gw.server.listener import Address, Listener

LARGE = b"x" * (6 << 20)
HEAD = b"POST / HTTP/1.1\r\nHost: here\r\nConnection: close\r\nContent-Type: application/json\r\n"


async def _late(request: web.Request) -> web.StreamResponse:
    """Read only when the buffers are full, so that the client has to wait."""
    await asyncio.sleep(0.2)
    read = await Intake(max_bytes=len(LARGE), timeout_s=9).read(request)
    return web.Response(text=f"{len(read)} bytes")


async def test_reading_goes_on_where_it_was_stopped() -> None:
    """A body that waits in the buffers of both sides arrives whole once it is read."""
    app = web.Application()
    app.router.add_post("/", _late)
    listener = Listener(app, Address(host="127.0.0.1", port=0), drain_s=1)
    await listener.start()

    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    writer.write(HEAD + b"Content-Length: %d\r\n\r\n" % len(LARGE) + LARGE)
    said = await asyncio.wait_for(reader.read(), 9)
    writer.close()
    await listener.close()

    assert said.endswith(b"\r\n\r\n%d bytes" % len(LARGE))
