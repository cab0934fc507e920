"""Whose program is at the other end of a loopback connection, where the system tells.

Cookies know no ports: a page that another user of this machine serves on another port is sent the
session's cookie, too. Linux says who owns each end of a connection, so that the cookie, or the
link, is worth nothing to anybody else.

Source: proc(5), /proc/net/tcp (addresses in the machine's byte order, state, uid).
"""

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from socket import inet_aton
from typing import Final

Address = tuple[str, int]
_TABLES: Final = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_MAPPED: Final = "0000000000000000FFFF0000"
"""What stands before an IPv4 address in the table of IPv6."""
_ESTABLISHED: Final = "01"
_ROOT: Final = 0
_NOBODY: Final = -1


def is_stranger(peer: Address, ours: Address) -> bool:
    """Whether the other end of a connection is another user's; False where nobody can tell."""
    owner = owner_of(peer, ours, table_rows())
    return owner is not None and owner not in {os.getuid(), _ROOT}


def owner_of(peer: Address, ours: Address, rows: Iterable[str]) -> int | None:
    """The user id of the peer's end; -1 once it let go of it, None if no row has it."""
    ends = _hex(peer), _hex(ours)
    for row in rows:
        _, local, remote, state, _, _, _, uid, *_ = row.split()
        if (local.removeprefix(_MAPPED), remote.removeprefix(_MAPPED)) == ends:
            return int(uid) if state == _ESTABLISHED else _NOBODY
    return None


def table_rows() -> Iterable[str]:
    """The system's connections, one in a row; none where it has no such table."""
    for table in _TABLES:
        try:
            yield from table.read_text("ascii").splitlines()[1:]
        except OSError:  # another system, or IPv6 is off
            continue


def _hex(address: Address) -> str:
    host = int.from_bytes(inet_aton(address[0]), sys.byteorder)
    return f"{host:08X}:{address[1]:04X}"
