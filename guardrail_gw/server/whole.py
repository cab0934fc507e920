"""A whole answer: head and body known before a byte leaves, and written together.

aiohttp's own `Response` also asks about compression, chunks, cookies, ranges, empty bodies and what
the application wants to add to the head, and takes as long for that as parsing the request took.
What was written is not written again: aiohttp's writer of a request takes nothing after its end.
"""

from collections.abc import Mapping

from aiohttp import HttpVersion10, hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.helpers import rfc822_formatted_time
from multidict import CIMultiDict


class Whole(web.StreamResponse):
    """The answer to a POST, of a status that has a body."""

    def __init__(self, *, body: bytes, headers: Mapping[str, str], status: int = 200) -> None:
        """`headers` are all but its length, the date and what becomes of the connection."""
        super().__init__(status=status, headers=headers)
        self._whole = body

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Learn whom it goes to; nothing is written before the body."""
        self._req = request
        self._payload_writer = request.writer
        if self._keep_alive is None:
            self._keep_alive = request.keep_alive
        return self._payload_writer

    async def write_eof(self, data: bytes = b"") -> None:  # noqa: ARG002 - nothing follows a whole
        """Write all of it; raises ConnectionError when nobody can receive it any more."""
        request, writer = self._req, self._payload_writer
        if self._eof_sent or request is None or writer is None:
            return
        version = request.version
        line = f"HTTP/{version.major}.{version.minor} {self._status} {self._reason}"
        await writer.write_headers(line, self._head(old=version == HttpVersion10))
        await writer.write_eof(self._whole)
        self._eof_sent = True
        self._req = self._payload_writer = None

    def _head(self, *, old: bool) -> CIMultiDict[str]:
        """The headers, as the protocol's version wants them; `old` is HTTP/1.0."""
        headers = self._headers
        headers[hdrs.CONTENT_LENGTH] = str(len(self._whole))
        headers[hdrs.DATE] = rfc822_formatted_time()
        if old == bool(self._keep_alive):  # 1.0 closes unless told, 1.1 keeps
            headers[hdrs.CONNECTION] = "keep-alive" if self._keep_alive else "close"
        return headers
