"""A detector host that begins as a copy of this process, before it has threads or a loop.

Best before it has anything else, too, rules included: what both have and one of them writes to is
there twice, and Python writes to whatever it looks at.
"""

import os
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress

import orjson

from guardrail_gw.core.memory import settle
from guardrail_gw.core.spared import BY_RULES, spared
from guardrail_gw.detection.environment import ONE_THREAD, passed
from guardrail_gw.detection.settings import DetectionSettings
from guardrail_gw.forking import die_with_parent, forget_environment, fork

Lend = Callable[[], Awaitable[socket.socket | None]]
"""Gives a gateway its socket to a host that runs already; None where it has to start its own.

Raises OSError: there is none at the moment."""


class ForkedHost:
    """It, and the trunk through which gateways come to it."""

    def __init__(self, trunk: socket.socket, pid: int) -> None:
        """Use `forked`."""
        self._trunk = trunk
        self.pid = pid

    def tell(self, settings: DetectionSettings) -> None:
        """Have it load what it needs, while this process goes on; raises OSError if it is gone."""
        self._trunk.send(orjson.dumps(settings.wire()))

    def client(self) -> socket.socket:
        """A socket for one gateway; raises OSError when the host is gone."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            try:
                socket.send_fds(self._trunk, [b"gateway"], [theirs.fileno()])
            except OSError:
                ours.close()
                raise
        return ours

    async def lend(self) -> socket.socket | None:
        """As `Lend`, for the process that forked it: without it, that starts another."""
        try:
            return self.client()
        except OSError:
            self.reap()
            return None

    def close(self) -> None:
        """Let it end."""
        self._trunk.close()

    def reap(self) -> None:
        """Take note of its end, if that has come."""
        with suppress(ChildProcessError):
            os.waitpid(self.pid, os.WNOHANG)


def forked() -> ForkedHost:
    """Fork a host, which shares what this process has loaded by now, and waits to be told more.

    Raises:
        OSError: the system has no process for it now.
    """
    settle()
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)

    def work() -> int:
        os.setsid()
        die_with_parent()
        forget_environment(passed() | ONE_THREAD)
        nowhere = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nowhere, 0)
        with spared(BY_RULES):
            from guardrail_gw.detection.host import hosted  # noqa: PLC0415 - rules are its alone

        hosted(theirs)
        return 0

    with theirs:
        try:
            pid = fork(work, [theirs.fileno()])
        except OSError:
            ours.close()
            raise
    ours.settimeout(0)
    return ForkedHost(ours, pid)
