"""aiohttp's connector as one deployment needs it: the newest connection first, none too old.

aiohttp takes the connection that has rested longest, so that all of them stay; here whoever is not
needed rests until it is closed, and what is used is least likely to have been closed by the peer.
"""

import asyncio
import ssl
from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Any

import aiohttp
from aiohttp import ClientRequest, ClientTimeout
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ConnectionKey
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

from guardrail_gw.upstreams.names import Names
from guardrail_gw.upstreams.pooling import Pooling, Sizes
from guardrail_gw.upstreams.protocol import Protocol
from guardrail_gw.upstreams.sessions import ResumingContext


class Connector(aiohttp.TCPConnector):
    """The connections to one deployment."""

    def __init__(
        self,
        pooling: Pooling,
        names: Names,
        context: ResumingContext,
        connected: Callable[[float], None],
    ) -> None:
        """Make it inside the event loop.

        Args:
            pooling: how many, for how long.
            names: tells addresses.
            context: verifies hosts.
            connected: told of each connection how long TCP and TLS took, in seconds.
        """
        super().__init__(
            limit=pooling.limit or 0,
            keepalive_timeout=pooling.idle_s,
            use_dns_cache=False,  # `names` has one
            resolver=names,
            ssl=context,
        )
        self._pooling = pooling
        self._context = context
        self._names = names
        self._connected = connected
        self._factory = partial(_protocol, self._loop)  # there is no setting
        self._made = self._resumed = self._stale = 0

    @property
    def is_full(self) -> bool:
        """Whether whoever needs a connection has to wait for one."""
        return self._limit > 0 and len(self._acquired) >= self._limit

    @property
    def sizes(self) -> Sizes:
        """How many there are."""
        return Sizes(
            busy=len(self._acquired),
            idle=sum(p.is_connected() for each in self._conns.values() for p, _ in each),
            made=self._made,
            resumed=self._resumed,
            stale=self._stale,
        )

    def usable(self, key: ConnectionKey, within_s: float) -> int:
        """How many there are that can be used, or used again, so many seconds from now."""
        at_s = monotonic() + within_s
        idle = (each for each in self._conns.get(key, ()) if self._is_usable(*each, at_s))
        return sum(1 for _ in idle) + len(self._acquired)

    async def warmed(self, request: ClientRequest, connecting: ClientTimeout) -> None:
        """Make one connection more, for whoever needs it next; nothing is sent over it.

        Raises:
            TimeoutError: not in time.
            aiohttp.ClientError, OSError: nobody is there, or not whom we want.
        """
        async with asyncio.timeout(connecting.connect):
            protocol = await self._create_connection(request, [], connecting)
        if self._closed:
            protocol.close()
            return
        self._release(request.connection_key, protocol)

    def drop_idle(self) -> None:
        """Close those that nobody uses: one of them was stale, and the others rested longer."""
        self._stale += 1
        kept, self._conns = self._conns, type(self._conns)(self._conns.default_factory)
        for each in kept.values():
            for protocol, _ in each:
                protocol.close()

    def _is_usable(self, protocol: ResponseHandler, rests_since_s: float, at_s: float) -> bool:
        return (
            protocol.is_connected()
            and at_s - rests_since_s <= self._pooling.idle_s
            and not self._is_old(protocol, at_s)
        )

    def _is_old(self, protocol: ResponseHandler, at_s: float) -> bool:
        made_s = protocol.made_s if isinstance(protocol, Protocol) else at_s
        return at_s - made_s > self._pooling.max_age_s

    def kept(self, request: ClientRequest) -> Connection | None:
        """A connection that rests; None: there is none, and one has to be made or waited for."""
        return self._rested(request.connection_key)

    async def _get(self, key: ConnectionKey, traces: list[Trace]) -> Connection | None:  # noqa: ARG002 - aiohttp's
        return self._rested(key)

    def _rested(self, key: ConnectionKey) -> Connection | None:
        """The one that was used last; those that cannot be used any more are closed."""
        resting = self._conns.get(key)
        if resting is None:
            return None
        now_s = monotonic()
        found = None
        while resting and found is None:
            protocol, since_s = resting.pop()
            if self._is_usable(protocol, since_s, now_s):
                found = protocol
            else:
                protocol.close()
        if not resting:
            del self._conns[key]
        if found is None:
            return None
        self._acquired.add(found)
        return Connection(self, key, found, self._loop)

    def _release(
        self, key: ConnectionKey, protocol: ResponseHandler, *, should_close: bool = False
    ) -> None:
        if isinstance(protocol, Protocol) and not should_close:
            should_close = self._is_old(protocol, monotonic())
            if protocol.has_heard and not protocol.is_remembered:
                self._remember(protocol)
            protocol.is_kept = True
        super()._release(key, protocol, should_close=should_close)

    def _remember(self, protocol: Protocol) -> None:
        """Keep its TLS session for the next one, once: after the first answer."""
        protocol.is_remembered = True
        made = protocol.transport and protocol.transport.get_extra_info("ssl_object")
        if isinstance(made, ssl.SSLObject):
            self._context.remember(made)

    async def _wrap_create_connection(
        self,
        *args: Any,  # noqa: ANN401 - aiohttp's
        **kwargs: Any,  # noqa: ANN401 - ditto
    ) -> tuple[asyncio.Transport, ResponseHandler]:
        """As aiohttp does; TCP and TLS are timed, and a host that is not there is doubted."""
        if kwargs.get("ssl") is self._context and not self._context.is_loaded:
            await asyncio.to_thread(self._context.load)
        began_s = monotonic()
        try:
            transport, protocol = await super()._wrap_create_connection(*args, **kwargs)
        except BaseException:  # also when whoever waits has no more time: it may be elsewhere now
            self._names.doubt(kwargs["req"].url.raw_host)
            raise
        self._made += 1
        made = transport.get_extra_info("ssl_object")
        self._resumed += bool(made is not None and made.session_reused)
        self._connected(monotonic() - began_s)
        return transport, protocol


def _protocol(loop: asyncio.AbstractEventLoop) -> ResponseHandler:
    return Protocol(loop)
