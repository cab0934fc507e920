"""A network between two that can part: a TCP relay on loopback."""

import asyncio
from typing import Self


class Relay:
    """Passes on what comes to its port; while it is `parted` nothing passes, and nobody is told."""

    def __init__(self, port: int) -> None:
        """`port` is where it goes to, on loopback."""
        self._to = port
        self.port = 0
        self._whole = asyncio.Event()
        self._whole.set()
        self._server: asyncio.Server | None = None
        self._writers = set[asyncio.StreamWriter]()

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._met, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Let go of everything."""
        assert self._server is not None
        self._server.close()
        self._whole.set()
        for writer in list(self._writers):
            writer.transport.abort()
        await self._server.wait_closed()

    def part(self) -> None:
        """From here on what is sent goes nowhere, in both directions."""
        self._whole.clear()

    def heal(self) -> None:
        """What waited arrives, late."""
        self._whole.set()

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self._to)
        except OSError:
            writer.transport.abort()
            return
        self._writers.add(back)
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer))
        self._writers -= {writer, back}

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                await self._whole.wait()
                target.write(data)
                await target.drain()
        except OSError:
            pass
        finally:
            target.close()
