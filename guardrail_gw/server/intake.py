"""Reading a request body: bounded in size and time, decoded or refused."""

import asyncio
import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

from aiohttp import StreamReader, web

from guardrail_gw.errors import BodyRefused, BodyTooLarge, EncodingRefused

_JSON = "application/json"
_ZLIB_ANY_HEADER = 47  # zlib.decompressobj: gzip or zlib header, found by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """How much is read, and for how long."""

    max_bytes: int
    timeout_s: float

    async def read(self, request: web.Request, media: str = _JSON) -> bytes:
        """Return the decoded body.

        Args:
            request: whose body it is.
            media: what it must be said to be.

        Raises:
            BodyTooLarge: more than `max_bytes`, as sent or once decoded.
            EncodingRefused: compressed with anything but gzip or deflate, or said to be of
                another type.
            BodyRefused: `body.slow` when it did not arrive in time, `body.malformed`,
                `body.encoding_broken`.
        """
        said = request.headers.get("Content-Type")
        # The parameters are parsed only where there may be some.
        if said != media and request.content_type != media:  # noqa: PLR1714 - parses on asking
            raise EncodingRefused(
                f"send the body as 'Content-Type: {media}'", code="body.content_type"
            )
        encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("identity", "", "gzip", "deflate"):
            raise EncodingRefused(
                "this Content-Encoding is not read here; send the body plain, gzip or deflate"
            )
        if (request.content_length or 0) > self.max_bytes:
            raise self._too_large()
        sent = await self._sent(request.content)
        return sent if encoding in ("identity", "") else self._decoded(sent)

    async def _sent(self, content: StreamReader) -> bytes:
        try:
            if content.is_eof():  # all of it is here, so nothing has to be bounded in time
                return self._at_once(content.read_nowait())
            async with asyncio.timeout(self.timeout_s):
                return await self._collect(content.iter_any())
        except TimeoutError:
            raise BodyRefused(
                f"the body did not arrive within {self.timeout_s:g} s", code="body.slow"
            ) from None
        except web.RequestPayloadError:
            raise BodyRefused(
                "the body breaks off HTTP's chunked coding", code="body.malformed"
            ) from None

    def _at_once(self, sent: bytes) -> bytes:
        if len(sent) > self.max_bytes:
            raise self._too_large()
        return sent

    async def _collect(self, chunks: AsyncIterator[bytes]) -> bytes:
        parts: list[bytes] = []
        size = 0
        async for chunk in chunks:
            size += len(chunk)
            if size > self.max_bytes:
                raise self._too_large()
            parts.append(chunk)
        return b"".join(parts)

    def _decoded(self, sent: bytes) -> bytes:
        decoder = zlib.decompressobj(_ZLIB_ANY_HEADER)
        try:
            body = decoder.decompress(sent, self.max_bytes + 1)
        except zlib.error:
            body = b""
        if len(body) > self.max_bytes:
            raise self._too_large()
        if not decoder.eof or decoder.unused_data:
            raise BodyRefused(
                "the body is not what its Content-Encoding says", code="body.encoding_broken"
            )
        return body

    def _too_large(self) -> BodyTooLarge:
        return BodyTooLarge(f"the body is larger than {self.max_bytes} bytes")
