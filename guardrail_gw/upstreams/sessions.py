"""TLS that takes up an earlier session with the same host, which saves both sides a signature.

Neither asyncio nor uvloop has a way to say which session a connection should take up; both make
their connections with `SSLContext.wrap_bio`, which has one, so the context itself says it.
Measured in docs/benchmarks.md.

The system's certificates, nearly a megabyte of memory, are read when the first host is spoken to.

Source: RFC 8446, 2.2 and 4.6.1; RFC 5077 for TLS 1.2.
"""

import ssl
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Final, Self

LIFE_S: Final = 3600.0
"""After so long a host proves with its certificate again who it is, whatever sessions it gives."""
_MOST: Final = 1024
"""Hosts."""


@dataclass(frozen=True, slots=True)
class _Session:
    """What a host gave, and when its certificate was verified."""

    value: ssl.SSLSession
    verified_s: float


class _Connection(ssl.SSLObject):
    """One that knows when the session that it took up began."""

    verified_s = 0.0


class ResumingContext(ssl.SSLContext):
    """Verifies hosts as the default context does; remembers one session of each."""

    _sessions: OrderedDict[str, _Session]
    _now_s: Callable[[], float]
    _loading: threading.Lock
    is_loaded: bool
    """Whether it has certificates; without any it vouches for nobody."""

    @classmethod
    def made(cls, authority: str | None = None, now_s: Callable[[], float] = monotonic) -> Self:
        """Blocks where an authority is given, which is read from disk.

        Args:
            authority: a file with the certificates that vouch for hosts; None: the system's, which
                `load` reads.
            now_s: the time, in seconds that never go back.
        """
        made = cls(ssl.PROTOCOL_TLS_CLIENT)  # verifies certificates and names
        made._now_s = now_s
        made._sessions = OrderedDict()
        made._loading = threading.Lock()
        made.is_loaded = authority is not None
        if authority is not None:
            made.load_verify_locations(authority)
        made.sslobject_class = _Connection
        made.set_alpn_protocols(["http/1.1"])
        return made

    def load(self) -> None:
        """Have the certificates. Blocks for some 20 ms the first time."""
        with self._loading:
            if not self.is_loaded:
                self.load_default_certs(ssl.Purpose.SERVER_AUTH)
                self.is_loaded = True

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,  # noqa: FBT001, FBT002 - ssl's
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """As ever, with the host's session if there is one.

        Whoever did not `load` before waits for the disk here, once.
        """
        if not self.is_loaded:
            self.load()
        known = None
        if session is None and isinstance(server_hostname, str):
            known = self._session(server_hostname)
        taken = session if known is None else known.value
        made = super().wrap_bio(incoming, outgoing, server_side, server_hostname, taken)
        if known is not None and isinstance(made, _Connection):
            made.verified_s = known.verified_s
        return made

    def remember(self, made: ssl.SSLObject) -> None:
        """Keep the session of a connection that has had an answer: TLS 1.3 gives it that late."""
        host, session = made.server_hostname, made.session
        if not isinstance(host, str) or session is None or not isinstance(made, _Connection):
            return
        verified_s = made.verified_s if made.session_reused else self._now_s()
        self._sessions[host] = _Session(session, verified_s)
        self._sessions.move_to_end(host)
        if len(self._sessions) > _MOST:
            self._sessions.popitem(last=False)

    def _session(self, host: str) -> _Session | None:
        known = self._sessions.get(host)
        if known is not None and self._now_s() >= known.verified_s + LIFE_S:
            del self._sessions[host]
            return None
        return known
