"""Sockets that clients connect to: one of a port that processes share, one of a path.

Source: socket(7), SO_REUSEPORT; unix(7).
"""

import os
import socket
from contextlib import suppress
from pathlib import Path
from typing import Final

from guardrail_gw.errors import ConfigError

BACKLOG: Final = 1024


def unix_socket(path: Path, mode: int) -> socket.socket:
    """Listen on a path; a socket that nobody listens on any more is taken over.

    Args:
        path: in a folder that is there.
        mode: its file mode bits; at no moment may anybody connect beyond them.

    Raises:
        ConfigError: it cannot be made there, or somebody listens on it.
    """
    _cleared(path)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        os.fchmod(listening.fileno(), mode)  # the mode that the file is made with, on Linux
        listening.bind(str(path))
        path.chmod(mode)  # what umask took
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise ConfigError(f"listen.unix: {path}: {error.strerror or error}") from None
    listening.settimeout(0)
    return listening


def _cleared(path: Path) -> None:
    """Remove a socket that a killed process left; a file that is none stays."""
    if not path.is_socket():
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        try:
            asking.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
        except OSError as error:
            raise ConfigError(f"listen.unix: {path}: {error.strerror}") from None
    raise ConfigError(f"listen.unix: {path}: another process listens there")


def removed(path: Path, listening: socket.socket) -> None:
    """Remove the file of a socket of ours, unless it is another's by now."""
    with suppress(OSError):
        if path.is_socket() and listening.getsockname() == str(path):
            path.unlink()


def held_port(host: str, port: int) -> tuple[socket.socket, int]:
    """Hold a port for processes that will share it; nobody is let in by this socket.

    Args:
        host: an address, or a name that has one.
        port: 0 lets the system choose.

    Returns:
        The socket, to be kept until they listen, and the port.

    Raises:
        ConfigError: it is taken, or the address is not this machine's.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        holding = socket.socket(family, kind)
    except OSError as error:
        raise ConfigError(f"listen.host: {host}: {error.strerror}") from None
    try:
        holding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        holding.bind(address)
    except OSError as error:
        holding.close()
        raise ConfigError(f"listen: {host}:{port}: {error.strerror}") from None
    return holding, int(holding.getsockname()[1])
