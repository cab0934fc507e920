"""A whole answer: head and body known before a byte leaves, and written together.

aiohttp's own `Response` also asks about compression, chunks, cookies, ranges, empty bodies and what
the application wants to add to the head, and takes as long for that as parsing the request took.
What was written is not written again: aiohttp's writer of a request takes nothing after its end.
"""

from collections.abc import Mapping

from aiohttp import HttpVersion10, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.helpers import rfc822_formatted_time


class Whole(web.StreamResponse):
    """The answer to a POST, of a status that has a body."""

    def __init__(self, *, body: bytes, headers: Mapping[str, str], status: int = 200) -> None:
        """`headers` are all but its length, the date and what becomes of the connection."""
        super().__init__(status=status)
        self._own = headers
        self._whole = body

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
        """Learn whom it goes to; nothing is written before the body."""
        self._req = request
        self._payload_writer = request.writer
        if self._keep_alive is None:
            self._keep_alive = request.keep_alive
        return self._payload_writer

    async def write_eof(self, data: bytes = b"") -> None:  # noqa: ARG002 - nothing follows a whole
        """Write all of it.

        Raises:
            ConnectionError: nobody can receive it any more.
            ValueError: a header is none.
        """
        request, writer = self._req, self._payload_writer
        if self._eof_sent or request is None or writer is None:
            return
        await writer.write_eof(self._head(request) + self._whole)
        self._eof_sent = True
        self._req = self._payload_writer = None

    def _head(self, request: web.BaseRequest) -> bytes:
        """Status line and headers, as the protocol's version wants them."""
        version = request.version
        lines = [f"HTTP/{version.major}.{version.minor} {self._status} {self._reason}"]
        lines += [f"{name}: {value}" for name, value in self._own.items()]
        lines += (f"Content-Length: {len(self._whole)}", f"Date: {rfc822_formatted_time()}")
        if (version == HttpVersion10) == bool(
            self._keep_alive
        ):  # 1.0 closes unless told, 1.1 keeps
            lines.append(f"Connection: {'keep-alive' if self._keep_alive else 'close'}")
        head = "\r\n".join(lines)
        if not head.count("\r") == head.count("\n") == len(lines) - 1 or "\0" in head:
            raise ValueError("a header holds a control character that would end it")
        return f"{head}\r\n\r\n".encode()
