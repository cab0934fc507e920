"""A server that answers requests on kept connections, over TCP or TLS, and counts both."""

import asyncio
import ssl
from contextlib import suppress
from typing import Self


class Listening:
    """Answers each request with what it says; what it has, has happened."""

    def __init__(self, *, context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self._context = context
        self._host = host
        self._writers: list[asyncio.StreamWriter] = []
        self._came = asyncio.Condition()
        self.port = 0
        self.requests: list[int] = []
        """Of each request, which connection it came over, from 0."""
        self.go = asyncio.Event()
        """Cleared: requests wait for their answer."""
        self.go.set()
        self.answers = True
        """False: a request ends its connection, unanswered."""
        self.hangs_up_next = False
        """Whether the next one does, and no other."""
        self.says = b"ok"

    @property
    def connections(self) -> int:
        """Connections that were made."""
        return len(self._writers)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"{'https' if self._context else 'http'}://{self._host}:{self.port}"

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(
            self._serve, self._host, self.port, ssl=self._context
        )
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close every connection."""
        self._server.close()
        self.hang_up()
        self.go.set()
        await self._server.wait_closed()

    def hang_up(self) -> None:
        """Close the connections that there are."""
        for writer in self._writers:
            writer.transport.abort()

    async def met(self, connections: int) -> None:
        """Wait for so many connections, counted from the first."""
        async with self._came:
            await self._came.wait_for(lambda: self.connections >= connections)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = len(self._writers)
        self._writers.append(writer)
        async with self._came:
            self._came.notify_all()
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                self.requests.append(number)
                await self.go.wait()
                is_last, self.hangs_up_next = self.hangs_up_next, False
                if is_last or not self.answers:
                    break
                head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d"
                writer.write(head % len(self.says) + b"\r\n\r\n" + self.says)
        writer.close()
