"""One client's connection: what is not HTTP, and who stops sending."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeGuard

from aiohttp import web
from aiohttp.streams import StreamReader
from aiohttp.web_protocol import _ErrInfo

from guardrail_gw.server.plain import error

_OUR_FAULT: Final = 500


class Connection(web.RequestHandler):
    """Answers what is not HTTP without repeating any of it, and those who only stopped sending."""

    __slots__ = ("_answered", "_newest", "half_closed")

    def __init__(self, manager: web.Server, **settings: Any) -> None:  # noqa: ANN401 - aiohttp's
        super().__init__(manager, **settings)
        self._answered = 0
        self.half_closed = False
        """The client sends no more, and may still be reading."""
        self._newest: StreamReader | None = None
        """The body of the latest request."""

    def data_received(self, data: bytes) -> None:
        """Take bytes; a body that turns out not to be HTTP fails its reader at once."""
        super().data_received(data)
        for message, body in self._messages:
            if not isinstance(message, _ErrInfo):
                self._newest = body
            elif self._arriving(self._newest):
                self._fail(self._newest)
                break

    def resume_reading(self, resume_parser: bool = True) -> None:  # noqa: FBT001, FBT002 - aiohttp's
        """Go on where reading was stopped; as a rule it was not, and the parser holds nothing."""
        if self._reading_paused or self._buffer_paused:
            super().resume_reading(resume_parser)

    def eof_received(self) -> bool:  # type: ignore[override] # aiohttp says None, asyncio bool
        """Keep the connection while a whole request still has to be answered (RFC 9112, 9.6).

        TLS has no half-closed state that the event loop could keep; and whoever stops within a
        request, or between two, is gone.
        """
        asked = self._request_count > self._answered and not self._close
        self.half_closed = asked and self.ssl_context is None and not self._arriving(self._newest)
        return self.half_closed

    async def _handle_request(
        self,
        request: web.BaseRequest,
        start_time: float | None,
        request_handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
    ) -> tuple[web.StreamResponse, bool]:
        """Answer one request; after the last of one who stopped sending, close."""
        answered = await super()._handle_request(request, start_time, request_handler)
        self._answered += 1
        if self.half_closed and not self._messages:
            self._close = True
        return answered

    def _fail(self, body: StreamReader) -> None:
        """The fault is in this body, so its reader is told of it, and nobody else."""
        self._messages.pop()  # the fault as aiohttp would answer it: after the request
        self._request_count -= 1
        if self._request_count > self._answered:  # else it was refused without being read
            body.set_exception(web.RequestPayloadError("the body is not valid HTTP"))
        body.feed_eof()
        self._close = True  # nothing can follow such a body

    @staticmethod
    def _arriving(body: StreamReader | None) -> TypeGuard[StreamReader]:
        return body is not None and not body.is_eof()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,  # noqa: ARG002 - aiohttp's signature
        message: str | None = None,  # noqa: ARG002 - it quotes the request
    ) -> web.StreamResponse:
        """Close after one fixed sentence in the shape of every other error."""
        if request.writer.output_size > 0:
            raise ConnectionError("the answer had begun")
        if status >= _OUR_FAULT:
            answer = error(500, "server.defect", "the gateway failed", "api_error")
        else:
            answer = error(400, "server.malformed", "the request is not valid HTTP")
        answer.force_close()
        return answer


def half_closed(request: web.BaseRequest) -> bool:
    """Whether the client has stopped sending: it is gone, or waits for the answer."""
    connection = request.protocol
    return isinstance(connection, Connection) and connection.half_closed
