"""A process that needs nothing but its own files forbids itself everything else."""

import sys
from typing import Final

_FORBIDDEN: Final = (
    "socket.bind",
    "socket.connect",
    "socket.getaddrinfo",
    "socket.gethostby",
    "socket.sendto",
    "subprocess.",
    "os.exec",
    "os.fork",
    "os.posix_spawn",
    "os.spawn",
    "os.system",
)
"""Beginnings of the names of audit events.

Source: Python's library reference, "Audit events table".
"""


def confine() -> None:
    """From here on no connection is made and no program started; it cannot be taken back."""
    sys.addaudithook(_refuse)


def _refuse(event: str, _: tuple[object, ...]) -> None:
    if event.startswith(_FORBIDDEN):
        raise PermissionError("this process opens no connection and starts no program")
