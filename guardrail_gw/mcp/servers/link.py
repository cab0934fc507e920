"""What carries requests to a server: one connection, session or process, in the server's words."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from guardrail_gw.mcp.ports import Described, Message, Paused, Peer, unheard
from guardrail_gw.mcp.servers.messages import Id
from guardrail_gw.mcp_errors import ServerRefused


class LinkGone(Exception):  # noqa: N818 - it is no error of anybody
    """A session or a process is over, and nothing that was asked was done: another one may be."""


class NotTaken(ServerRefused):
    """The server does not take a request of the gateway's own, and would not another time."""


class Exchange(Protocol):
    """A request that was sent, until its response."""

    async def next(self) -> Message:
        """What the server says next; the last of all is the response.

        Raises:
            ServerFailed: the server is gone, or says what is no MCP.
            ResultTooLarge: it says more than is let through.
        """
        ...

    async def reply(self, message: Message) -> None:
        """Answer a request of the server's, whose id the message has; raises ServerFailed."""
        ...

    async def close(self, *, is_over: bool) -> None:
        """Let go; before the response (`is_over` is false) the server is told that nobody waits."""
        ...


class Ready(Protocol):
    """A request that is worked out, and that nobody has sent."""

    def begin(self) -> bool:
        """Send it, if that takes no waiting; whether it was sent. Raises ServerFailed."""
        ...

    async def opened(self) -> Exchange:
        """What it came to, once it was sent; raises as `Link.open`."""
        ...

    def close(self) -> None:
        """Nobody waits for what was sent. Not after `opened`."""
        ...


class Link(Protocol):
    """A way to one server, for one client or for all that may share it."""

    @property
    def described(self) -> Described:
        """What the server is."""
        ...

    async def prepare(self, peer: Peer) -> None:
        """Tell a session what a client wants that it says once; raises as `open`."""
        ...

    async def open(self, message: Message, paused: Paused = unheard) -> Exchange:
        """Send a request.

        Args:
            message: the request.
            paused: told when the server ends its stream before the response, where it can do that.

        Raises:
            LinkGone: it was not taken, since this way is over.
            ServerFailed: it cannot be sent, or was not taken.
        """
        ...

    def ready(self, message: Message) -> Ready | None:
        """Work out what `open` would send; None: something has to be waited for first."""
        ...

    async def notify(self, message: Message) -> None:
        """Send a notification; raises ServerFailed, LinkGone."""
        ...

    def listen(
        self, peer: Peer, kinds: frozenset[str], resources: frozenset[str]
    ) -> AbstractAsyncContextManager[AsyncIterator[Message]]:
        """What the server says unasked, until this way is over."""
        ...


class Transport(Protocol):
    """All the ways to one server."""

    async def start(self) -> None:
        """Make ready; nothing is sent yet."""
        ...

    async def close(self) -> None:
        """End them all."""
        ...

    def ready(self, peer: Peer) -> Link | None:
        """The way for this client, if there is one that need not be made or waited for."""
        ...

    async def link(self, peer: Peer) -> Link:
        """The way for this client; made if there is none.

        Raises:
            ServerFailed, ServerTimeout: the server does not answer.
        """
        ...

    async def drop(self, link: Link) -> None:
        """It is over: make another one next time."""
        ...

    def doubt(self) -> None:
        """The server failed: find out anew of which era it is."""
        ...

    async def left(self, session: str) -> None:
        """A client's session is over."""
        ...

    def mint(self) -> Id:
        """An id that no other request to the server has."""
        ...


def key_of(peer: Peer) -> tuple[Any, ...]:
    """For whom a session or a process is kept: two clients never have the same.

    A client without a session is who it is by its key, with what it declared, since a session of
    the legacy era declares that once.
    """
    who = peer.principal
    owner = (who.tenant, who.team, who.user, who.key_id, who.tags)
    if peer.session is not None:
        return (*owner, peer.session)
    return (*owner, None, _frozen(peer.capabilities))


def _frozen(value: object) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(value, Mapping):
        return frozenset((name, _frozen(each)) for name, each in value.items())
    return tuple(map(_frozen, value)) if isinstance(value, list) else (type(value).__name__, value)
