"""A place that takes connections and resets each at its first bytes.

To a client that speaks TLS that is a handshake which is reset; to others, a provider that dies at
the request.
"""

import asyncio
import socket
import struct
from typing import Final, Self

_RESET: Final = struct.pack("ii", 1, 0)
"""SO_LINGER on, of no time: closing sends RST (socket(7))."""


class Dropping:
    """A TCP server on loopback; `async with Dropping() as place:`."""

    def __init__(self, *, port: int = 0) -> None:
        self.port = port
        """Known once started."""
        self.taken = 0
        """Connections that were taken and reset."""
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Self:
        """Listen."""
        self._server = await asyncio.start_server(self._met, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.taken += 1
        try:
            await reader.read(1)
        except OSError:
            return  # the client was faster
        finally:
            reset(writer.transport)


def reset(transport: asyncio.WriteTransport) -> None:
    """Close a connection with RST, whatever was to be sent."""
    own = transport.get_extra_info("socket")
    if own is not None:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    transport.abort()
