"""What the parts of the MCP room ask of each other: one form of every request, whatever era speaks.

    front (eras of clients) -> chain -> calls -> servers (eras of servers, stdio, REST)

Source: Model Context Protocol, revisions 2025-03-26, 2025-06-18, 2025-11-25 and 2026-07-28;
docs/adr/0045-mcp-under-the-same-chain.md says why it is one form.
"""

from abc import abstractmethod
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

from guardrail_gw.core.exchange import Question
from guardrail_gw.core.identity import Principal, RequestId
from guardrail_gw.errors import Refusal

Message = dict[str, Any]
"""A JSON-RPC 2.0 message as it was parsed; members that nobody knows stay in it."""
Paused = Callable[[float], None]
"""Told that a server ended its stream in the middle of a call, to go on in another one: after how
many seconds it wants to be asked for that."""
LISTEN: Final = "subscriptions/listen"
"""The method of an `Ask` that is answered by `Server.listen`, until somebody leaves."""


def unheard(wait_s: float) -> None:
    """Of a pause that makes no difference."""
    del wait_s


class Era(StrEnum):
    """How a peer speaks."""

    LEGACY = "legacy"
    """2025-03-26 to 2025-11-25: a handshake, then a session."""
    MODERN = "modern"
    """2026-07-28: every request says all about itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A client, as it described itself: in this request, or when its session began."""

    principal: Principal
    era: Era
    revision: str
    """`2025-11-25`."""
    session: str | None = None
    """The front's name for its session, never a server's; None: it has none."""
    capabilities: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """What it declared; a server is told these and no others."""
    info: Mapping[str, Any] = field(default_factory=dict, repr=False)
    """Name and version as it says: shown, never believed."""
    log_level: str | None = None
    """From which on it wants `notifications/message`; None: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One request for one server, as it may leave: in the server's own names, without transport."""

    peer: Peer
    method: str
    """`tools/call`."""
    params: Mapping[str, Any] = field(repr=False)
    """Its `_meta` holds no member `io.modelcontextprotocol/*` and no progress token."""
    wants_progress: bool = False
    """The client gave a progress token: `notifications/progress` are passed on."""
    may_be_kept: bool = False
    """Of a list, as the gateway keeps it: whole, and perhaps a little old."""
    refused: Refusal | None = None
    """Why it goes nowhere: what it is refused with as soon as it is known who asks."""
    paused: Paused = field(default=unheard, repr=False, compare=False)
    """Told of pauses, after which the call goes on by itself: clients may be let go meanwhile."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a client answers to what a server asked in the middle of a call."""

    peer: Peer
    exchange: RequestId
    """The call's: the exchange whose pieces held what was asked."""
    method: str
    """What was asked: `elicitation/create`."""
    message: Mapping[str, Any] = field(repr=False)
    """`id` as it stood in that piece, and `result` or `error`."""
    refused: Refusal | None = None
    """As of an `Ask`."""


class Words(Protocol):
    """What is made of requests for the chain.

    Each piece of the chain's answer to an `Ask` is one whole message, as `Call` says. The answer to
    a `Told` is one response with an empty result, once the server has it. With `LISTEN` the pieces
    are notifications, the first of which comes when the server has something to say.
    """

    def ask(self, server: str, ask: Ask) -> Question:
        """The question that a request is; raises Refusal."""
        ...

    def told(self, server: str, told: Told) -> Question:
        """The question that an answer of a client is; raises Refusal."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Introduction:
    """What a client is told of a server: its own words, treated as all that it says."""

    capabilities: Mapping[str, Any] = field(repr=False)
    info: Mapping[str, Any] = field(repr=False)
    instructions: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What a server says of itself, and what was found out about it: for the gateway's own use."""

    era: Era
    revision: str
    capabilities: Mapping[str, Any] = field(repr=False)
    info: Mapping[str, Any] = field(repr=False)
    instructions: str | None = field(default=None, repr=False)


class Call(Protocol):
    """A request that was sent: the messages of its answer, in their order.

    Iterating yields notifications (`method`, no `id`), what the server asks (`method` and an `id`
    that this side minted), and last the response: `result` or `error`, without an `id`. A result
    may be one of the modern era's, with `resultType: input_required`.

    Raises while iterated:
        ServerFailed, ServerTimeout: the server is gone, silent too long, or says what is no MCP.
    """

    def __aiter__(self) -> AsyncIterator[Message]:
        """Iterate over the messages."""
        ...

    async def reply(self, message: Message) -> None:
        """Answer what the server asked: `id` as it was yielded, `result` or `error`."""
        ...


class EarlyCall(AbstractAsyncContextManager[Call]):
    """A call whose parts need not follow each other at once; entering it does what is left.

    make -> (it is on record) -> begin -> other work -> async with
    """

    @abstractmethod
    def make(self) -> None:
        """Work out what leaves, as far as nobody has to be asked or told."""

    @abstractmethod
    async def begin(self) -> None:
        """Send it, if that takes no waiting; a failure of it is told when it is entered."""

    @abstractmethod
    def abandon(self) -> None:
        """It is not entered any more; the server is told that nobody waits for what was sent."""


class Server(Protocol):
    """One configured MCP server; the era, the transport and the sessions are its own affair."""

    @property
    def id(self) -> str:
        """Its name in the configuration, which is also its deployment's."""
        ...

    async def start(self) -> None:
        """Make ready; a server that does not answer yet is no error."""
        ...

    async def close(self) -> None:
        """End every connection, session and process."""
        ...

    async def described(self, peer: Peer) -> Described:
        """What it is; asked once and kept until it fails.

        Raises:
            UpstreamFault: it does not answer.
        """
        ...

    def call(self, ask: Ask) -> AbstractAsyncContextManager[Call]:
        """Send a request; leaving before the response tells the server that nobody waits.

        Raises:
            UpstreamFault: it cannot be sent.
        """
        ...

    async def notify(self, peer: Peer, method: str, params: Mapping[str, Any]) -> None:
        """Tell the server something that has no answer: `notifications/roots/list_changed`."""
        ...

    def listen(
        self, peer: Peer, kinds: frozenset[str], resources: frozenset[str]
    ) -> AbstractAsyncContextManager[AsyncIterator[Message]]:
        """What the server says unasked: changes of lists and of resources, log messages.

        Args:
            peer: for whom.
            kinds: methods of notifications that are wanted.
            resources: URIs, in the server's own names, whose changes are wanted.
        """
        ...

    async def left(self, session: str) -> None:
        """A client's session is over: end what was kept for it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Busyness:
    """What a server is doing."""

    calls: int
    """Under way."""
    parked: int
    """That wait for their clients' answers."""
    is_open: bool
    """It keeps failing, and is left alone."""


class WatchedServer(Server, Protocol):
    """One that says what it is doing, for whoever watches the gateway."""

    @property
    def busyness(self) -> Busyness:
        """That."""
        ...
