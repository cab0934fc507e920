"""A worker's socket to the host of detectors, which the supervisor started and alone can replace.

Over a SOCK_SEQPACKET socket the worker sends `host`; the answer has the descriptor of a socket to
the host, or none while there is no host.
"""

import asyncio
import socket
from collections.abc import Callable
from typing import Final

_ASKED: Final = b"host"
_LENT: Final = b"lent"
_NONE: Final = b"none"
_LONGEST: Final = 16


class Borrower:
    """The worker's end; `lend` is what a `DetectorPool` wants."""

    def __init__(self, asking: socket.socket) -> None:
        self._asking = asking
        self._one_at_a_time = asyncio.Lock()

    async def lend(self) -> socket.socket | None:
        """A socket to the host; raises OSError while there is none."""
        async with self._one_at_a_time:
            self._asking.send(_ASKED)
            await _readable(self._asking)
            _, descriptors, _, _ = socket.recv_fds(self._asking, _LONGEST, 1)
        if not descriptors:
            raise ConnectionRefusedError("there is no detector host at the moment")
        return socket.socket(fileno=descriptors[0])


def lend(asked: socket.socket, client: Callable[[], socket.socket]) -> bool:
    """Answer a worker that has asked; whether it is still there.

    Args:
        asked: the supervisor's end.
        client: makes a socket to the host; raises OSError.
    """
    try:
        if not asked.recv(_LONGEST):
            return False
        try:
            with client() as lent:
                socket.send_fds(asked, [_LENT], [lent.fileno()])
        except OSError:
            asked.send(_NONE)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return True


async def _readable(waited: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()

    def is_ready() -> None:
        if not ready.done():
            ready.set_result(None)

    loop.add_reader(waited.fileno(), is_ready)
    try:
        await ready
    finally:
        loop.remove_reader(waited.fileno())
