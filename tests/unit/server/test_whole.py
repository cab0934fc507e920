"""Whole answers as they stand on the wire, beside those that aiohttp would have written."""

import asyncio

import pytest
from aiohttp import web

from guardrail_gw.server.listener import Address, Listener
from guardrail_gw.server.whole import Whole

BODY = b'{"said": "this"}'
BROKEN = ("a\r\nx: y", "a\nx: y", "a\rx: y", "a\0")
HEADERS = {"x-request-id": "r1", "Content-Type": "application/json", "Server": "ours"}


async def _ours(_: web.Request) -> web.StreamResponse:
    return Whole(body=BODY, headers=HEADERS, status=402)


async def _theirs(_: web.Request) -> web.StreamResponse:
    return web.Response(body=BODY, headers=HEADERS, status=402)


async def _broken(request: web.Request) -> web.StreamResponse:
    value = BROKEN[int(request.query_string)]
    return Whole(body=BODY, headers={**HEADERS, "x-request-id": value})


async def answers(path: str, line: bytes, count: int = 1) -> bytes:
    """What the server says to so many requests in one packet, until it closes."""
    app = web.Application()
    app.router.add_post("/ours", _ours)
    app.router.add_post("/theirs", _theirs)
    app.router.add_post("/broken", _broken)
    listener = Listener(app, Address(host="127.0.0.1", port=0), drain_s=1)
    await listener.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", listener.port)
    rest = b"\r\nHost: here\r\nContent-Length: 0\r\n\r\n"
    writer.write((b"POST " + path.encode() + line + rest) * count)
    writer.write_eof()
    said = await asyncio.wait_for(reader.read(), 9)
    writer.close()
    await listener.close()
    return said


@pytest.mark.parametrize(
    ("line", "count"),
    [
        (b" HTTP/1.1", 2),
        (b" HTTP/1.1\r\nConnection: close", 1),
        (b" HTTP/1.0", 1),
        (b" HTTP/1.0\r\nConnection: keep-alive", 2),
    ],
    ids=["kept", "closed", "old", "old and kept"],
)
async def test_a_whole_answer_is_what_aiohttp_would_have_written(line: bytes, count: int) -> None:
    """The same status, headers and body for either version, kept and closed."""
    ours, theirs = await answers("/ours", line, count), await answers("/theirs", line, count)

    assert heads(ours) == heads(theirs)
    assert ours.count(b"\r\n\r\n" + BODY) == count


def heads(said: bytes) -> list[list[bytes]]:
    """Each answer's lines in a fixed order, without the time."""
    return [
        sorted(line for line in answer.split(b"\r\n") if not line.startswith(b"Date: "))
        for answer in said.split(BODY)
    ]


async def test_the_date_is_said() -> None:
    """A server with a clock says what time it is (RFC 9110, 6.6.1)."""
    said = await answers("/ours", b" HTTP/1.1")

    assert said.count(b"\r\nDate: ") == 1


async def test_nothing_is_written_to_who_has_left() -> None:
    """An answer that was written once, or was never prepared, writes nothing."""
    whole = Whole(body=BODY, headers=HEADERS)

    await whole.write_eof()

    assert not whole.prepared


@pytest.mark.parametrize("number", range(len(BROKEN)))
async def test_a_header_that_would_end_is_not_written(number: int) -> None:
    """A line's end in a value, or half of one, would begin a header or an answer of its own."""
    assert await answers(f"/broken?{number}", b" HTTP/1.1") == b""
