"""Sessions of the legacy era: whose they are, what they want to be told, what runs in them.

A session is bound to the credential that began it; for everybody else it does not exist. Its name
is random, and says nothing. It ends when its client says so, or when nobody used it for a while.

Source: Model Context Protocol 2025-11-25, basic/transports ("Session management").
"""

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.core.ports import Clock
from guardrail_gw.mcp.front.envelope import Id
from guardrail_gw.mcp.front.replay import Kept, Stream
from guardrail_gw.mcp.ports import Era, Message, Peer
from guardrail_gw.mcp.shares import Shares
from guardrail_gw.mcp_errors import SessionUnknown

MAX_CALLS: Final = 256
"""Requests of one session at once."""
_ID_BYTES: Final = 24
_PRIMED_SINCE: Final = "2025-11-25"
_ENDED_STREAMS: Final = 16
"""Streams of one session that are over and can still be resumed."""


@dataclass(slots=True, kw_only=True)
class Asked:
    """What a server asked of the client, and who waits for the answer."""

    method: str
    exchange: RequestId
    id: Id
    """The one it had in the call's message."""
    answered: asyncio.Future[Message] | None = None
    """The front itself asks the server again with the answer in it; None: the call waits."""


@dataclass(slots=True, kw_only=True)
class Session:
    """One of them."""

    id: str = field(repr=False)
    endpoint: str
    principal: Principal
    revision: str
    capabilities: Mapping[str, Any] = field(repr=False)
    info: Mapping[str, Any] = field(repr=False)
    kept: Kept = field(repr=False)
    used_s: float
    log_level: str | None = None
    resources: set[str] = field(default_factory=set, repr=False)
    """Whose changes it wants to be told."""
    busy: int = 0
    """HTTP requests that are being answered."""
    calls: dict[Id, asyncio.Task[None]] = field(default_factory=dict, repr=False)
    asked: dict[Id, Asked] = field(default_factory=dict, repr=False)
    streams: OrderedDict[str, Stream] = field(default_factory=OrderedDict, repr=False)
    listener: asyncio.Task[None] | None = field(default=None, repr=False)
    listens_under: object = field(default=None, repr=False)
    """The policies that the listener began with."""
    _made: int = 0

    @property
    def peer(self) -> Peer:
        """The client, as it described itself when the session began."""
        return Peer(
            principal=self.principal,
            era=Era.LEGACY,
            revision=self.revision,
            session=self.id,
            capabilities=self.capabilities,
            info=self.info,
            log_level=self.log_level,
        )

    @property
    def is_primed(self) -> bool:
        """Whether its client gets a stream at once, and in it a name to come back with.

        Those of earlier revisions do not expect an event without data.
        """
        return self.revision >= _PRIMED_SINCE

    @property
    def unsolicited(self) -> Stream:
        """The stream that no request began."""
        return self.streams.get("0") or self._stream("0")

    def stream(self) -> Stream:
        """A stream for one more request."""
        over = [name for name, each in self.streams.items() if each.ended and not each.is_read]
        for name in over[: max(0, len(over) - _ENDED_STREAMS + 1)]:
            self.streams.pop(name).close()
        self._made += 1
        return self._stream(str(self._made))

    def mint(self, asked: Asked) -> str:
        """An id of ours for what a server asks."""
        self._made += 1
        name = f"g{self._made}"
        self.asked[name] = asked
        return name

    def _stream(self, name: str) -> Stream:
        made = self.streams[name] = Stream(name, self.kept)
        return made


@dataclass(slots=True, kw_only=True)
class Sessions:
    """All of them; `sweep` ends those that nobody uses."""

    clock: Clock
    shares: Shares
    idle_s: float
    kept: Kept
    ended: Callable[[Session], Awaitable[None]]
    """Told of each that is over."""
    mark: str = ""
    """What their names end with, where several workers have some."""
    _by_id: dict[str, Session] = field(default_factory=dict)

    @property
    def open(self) -> int:
        """How many there are."""
        return len(self._by_id)

    def make(self, endpoint: str, peer: Peer) -> Session:
        """Begin a session; it is one that counts until it is ended, or not kept.

        Raises:
            RateExceeded, Overloaded: there are as many as there may be.
        """
        self.shares.take(peer.principal)
        return Session(
            id=peer.session or self.new_id(),
            endpoint=endpoint,
            principal=peer.principal,
            revision=peer.revision,
            capabilities=peer.capabilities,
            info=peer.info,
            kept=self.kept,
            used_s=self.clock.monotonic_s(),
        )

    def new_id(self) -> str:
        """A name that nobody can guess."""
        return secrets.token_urlsafe(_ID_BYTES) + self.mark

    def keep(self, session: Session) -> None:
        """Let its client use it."""
        self._by_id[session.id] = session

    def unkept(self, session: Session) -> None:
        """Nothing became of it."""
        self.shares.give_back(session.principal)

    def of(self, name: str, endpoint: str, who: Principal) -> Session:
        """The session of that name.

        Raises:
            SessionUnknown: there is none for this caller at this endpoint.
        """
        session = self._by_id.get(name)
        if session is None or session.endpoint != endpoint or session.principal != who:
            raise SessionUnknown("no such session; begin one with `initialize`")
        return session

    @contextmanager
    def used(self, session: Session) -> Iterator[None]:
        """While a request is being answered, the session is not idle."""
        session.busy += 1
        try:
            yield
        finally:
            session.busy -= 1
            session.used_s = self.clock.monotonic_s()

    async def end(self, session: Session) -> None:
        """End a session and everything that runs in it."""
        if self._by_id.pop(session.id, None) is None:
            return
        self.shares.give_back(session.principal)
        for task in [*session.calls.values(), *([session.listener] if session.listener else [])]:
            task.cancel()
        for asked in session.asked.values():
            if asked.answered is not None:
                asked.answered.cancel()
        session.unsolicited.end()
        for stream in session.streams.values():
            if stream.ended:  # those of calls end when their tasks have
                stream.close()
        await self.ended(session)

    async def close(self) -> None:
        """End all of them."""
        for session in [*self._by_id.values()]:
            await self.end(session)

    async def sweep(self) -> None:
        """End those that are idle, again and again."""
        while True:
            await self.clock.sleep(min(self.idle_s / 4, 60))
            until = self.clock.monotonic_s() - self.idle_s
            for session in [*self._by_id.values()]:
                if session.busy == 0 and not session.calls and session.used_s <= until:
                    await self.end(session)
