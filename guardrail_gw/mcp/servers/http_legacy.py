"""A session of the legacy era over HTTP: one for each client.

Source: Model Context Protocol 2025-11-25, basic/transports (Streamable HTTP), basic/lifecycle.
"""

import asyncio
import contextlib
import re
from collections import deque
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final

from guardrail_gw.errors import UpstreamFault
from guardrail_gw.mcp.ports import Described, Message, Paused, Peer, unheard
from guardrail_gw.mcp.servers import legacy
from guardrail_gw.mcp.servers.answer import EVENTS, Answer, StreamBroken, StreamEnded
from guardrail_gw.mcp.servers.asked import in_vain
from guardrail_gw.mcp.servers.http_call import OK, Posted, refused
from guardrail_gw.mcp.servers.inbox import Inbox, Listeners
from guardrail_gw.mcp.servers.link import LinkGone, NotTaken
from guardrail_gw.mcp.servers.listening import overheard
from guardrail_gw.mcp.servers.messages import (
    Id,
    Kind,
    answer,
    error_code,
    kind,
    notification,
    request,
)
from guardrail_gw.mcp.servers.subscriptions import Subscriptions
from guardrail_gw.mcp.servers.tasks import Beside, Tasks, ended
from guardrail_gw.mcp.servers.told import has
from guardrail_gw.mcp.servers.wire import Wire
from guardrail_gw.mcp_errors import ServerFailed, ServerRefused

_GONE: Final = frozenset({-32000, -32001})
"""Codes with which servers say 400 of a session they do not know; right would be status 404."""
_HELD: Final = 16
"""Requests of a server that wait for a call, since nobody could answer them meanwhile."""
_RESUMED: Final = 5
"""Times that an answer is taken up again without a word."""
_WAIT_S: Final = 1.0
_WAIT_MAX_S: Final = 30.0
_SESSION: Final = re.compile(r"[\x21-\x7E]{1,1024}")
_NOT_FOUND: Final = 404
_BAD: Final = 400
_ASKING: Final = ("elicitation/create", "sampling/createMessage", "roots/list")


class HttpSession:
    """One session; implements `link.Link`."""

    def __init__(self, wire: Wire, beside: Beside) -> None:
        self._wire = wire
        self._tasks = beside.tasks
        self._clock = beside.clock
        self._mint = beside.mint
        self._headers: dict[str, str] = {}
        self._described: Described | None = None
        self._inboxes: dict[Id, Inbox] = {}
        self._held: deque[Message] = deque(maxlen=_HELD)
        self._listeners = Listeners(wire.name, wire.limits.max_call_bytes)
        self._subscriptions = Subscriptions(self._asked)
        self._watching: asyncio.Task[None] | None = None
        self.under_way = 0
        """Calls."""
        self._level: str | None = None
        self.used_s = beside.clock.monotonic_s()

    @property
    def described(self) -> Described:
        """What the server is."""
        assert self._described is not None  # noqa: S101 - `begin` comes first
        return self._described

    @property
    def _can_hear(self) -> bool:
        """Whether what the server says beside calls is read."""
        return self._watching is not None

    @property
    def is_in_use(self) -> bool:
        """Whether a call is under way, or somebody listens."""
        return self.has_calls or bool(self._listeners)

    @property
    def has_calls(self) -> bool:
        """Whether a call is under way."""
        return self.under_way > 0

    async def begin(self, peer: Peer) -> None:
        """Shake hands.

        Raises:
            ServerFailed: the server does not.
        """
        id_ = self._mint()
        said = await self._wire.post(request(id_, legacy.INITIALIZE, legacy.offer(peer)), {})
        posted = Posted(self._wire.name, id_, said, self._tasks)
        if said.status != OK:
            posted.begin_with(await refused(self._wire.name, said))
        message = await posted.next()
        while kind(message) is not Kind.RESPONSE:
            message = await posted.next()
        await posted.close(is_over=True)
        if "result" not in message:
            raise ServerFailed(f"{self._wire.name} does not begin a session")
        self._described = legacy.described(self._wire.name, message["result"])
        self._headers = self._named(said.header("Mcp-Session-Id"))
        await self.notify(notification(legacy.INITIALIZED, {}))
        if any(has(peer.capabilities, method) for method in _ASKING):
            self._watch()

    def _named(self, id_: str) -> dict[str, str]:
        headers = {"MCP-Protocol-Version": self.described.revision}
        if not id_:
            return headers
        if not _SESSION.fullmatch(id_):
            raise ServerFailed(f"{self._wire.name} names its session in a way that nobody may")
        return headers | {"Mcp-Session-Id": id_}

    async def prepare(self, peer: Peer) -> None:
        """Tell the server from which level on its log messages are wanted, if that changed."""
        level = peer.log_level
        if level is None or level == self._level or "logging" not in self.described.capabilities:
            return
        try:
            await self._asked("logging/setLevel", {"level": level})
        except NotTaken:  # nor will it be: what is not wanted is dropped here all the same
            pass
        except ServerRefused:  # it may be taken another time
            return
        self._level = level

    def ready(self, message: Message) -> None:
        """A session may have ended, or be busy: that shows when it is asked."""

    async def open(self, message: Message, paused: Paused = unheard) -> "SessionCall":
        """Send a request; raises as `Link.open`."""
        call = SessionCall(self, message["id"], paused)
        return await self._opened(call, message, may_ask=True)

    async def _opened(
        self, call: "SessionCall", message: Message, *, may_ask: bool
    ) -> "SessionCall":
        """Send a request.

        Args:
            call: which begins by that.
            message: the request.
            may_ask: whether what the server asks beside calls can be asked in this one.
        """
        self.under_way += 1
        try:
            if self._can_hear and may_ask:
                await self._begin_beside(call, message)
            else:
                await call.post(message)
        except BaseException as fault:
            await call.close(is_over=not isinstance(fault, asyncio.CancelledError))
            raise
        return call

    async def _begin_beside(self, call: "SessionCall", message: Message) -> None:
        """Send it; the server may ask something elsewhere before it answers at all."""
        inbox = Inbox(self._wire.name, self._wire.limits.max_call_bytes)
        self._inboxes[call.id] = inbox
        while self._held:
            inbox.put(self._held.popleft())
        call.read_beside(inbox, message)
        await inbox.arrival()

    async def taken(self, call: "SessionCall", message: Message) -> Answer:
        """Post a request; the answer, if it was taken. Raises as `open`."""
        said = await self._wire.post(message, self._headers)
        if said.status != OK:
            call.begin_with(await self._not_taken(said))
        return said

    async def _not_taken(self, said: Answer) -> Message:
        if said.status == _NOT_FOUND:
            said.close()
            raise LinkGone
        fault = await refused(self._wire.name, said)
        if said.status == _BAD and error_code(fault) in _GONE and "Mcp-Session-Id" in self._headers:
            raise LinkGone
        return fault

    async def notify(self, message: Message) -> None:
        """Send a notification, or a response."""
        said = await self._wire.post(message, self._headers)
        said.close()
        if said.status == _NOT_FOUND:
            raise LinkGone

    @asynccontextmanager
    async def listen(
        self, peer: Peer, kinds: frozenset[str], resources: frozenset[str]
    ) -> AsyncIterator[AsyncIterator[Message]]:
        """What the server says unasked, until the session is over."""
        del peer
        self._watch()
        inbox = self._listeners.add()
        try:
            await self._subscriptions.add(resources)
            async with aclosing(overheard(inbox, kinds, resources)) as said:
                yield said
        finally:
            self._listeners.remove(inbox)
            self._tasks.begin(
                self._subscriptions.drop(resources), f"mcp-unsubscribe-{self._wire.name}"
            )

    async def end(self) -> None:
        """Tell the server that it is over."""
        self.over()
        await ended(self._watching)
        if "Mcp-Session-Id" in self._headers:
            with contextlib.suppress(UpstreamFault, TimeoutError):
                async with asyncio.timeout(self._wire.limits.connect_s):
                    await self._wire.delete(self._headers)

    def over(self) -> None:
        """It is over: whoever listens hears nothing any more."""
        self._listeners.fail(ServerFailed(f"the session with {self._wire.name} is over"))

    async def _asked(self, method: str, params: dict[str, Any]) -> None:
        message = request(self._mint(), method, params)
        call = SessionCall(self, message["id"], unheard)
        await self._opened(call, message, may_ask=False)
        try:
            while (what := kind(message := await call.next())) is not Kind.RESPONSE:
                if what is Kind.REQUEST:
                    await call.reply(in_vain(message))
            if "error" in message:
                raise NotTaken(f"{self._wire.name} does not take {method}")
        finally:
            await call.close(is_over=True)

    def _watch(self) -> None:
        if self._watching is None:
            self._watching = self._tasks.task(self._watched(), f"mcp-watch-{self._wire.name}")

    async def _watched(self) -> None:
        """Read what the server says beside calls, until it says that it has no such stream."""
        last, wait_s = "", _WAIT_S
        while True:
            headers = self._headers | ({"Last-Event-ID": last} if last else {})
            try:
                said = await self._wire.get(headers)
            except ServerFailed:
                wait_s = min(2 * wait_s, _WAIT_MAX_S)
                await self._clock.sleep(wait_s)
                continue
            if said.status != OK or said.kind != EVENTS:
                said.close()
                return
            await self._heard(said)
            last, wait_s = said.last_event or last, _WAIT_S
            await self._clock.sleep(_WAIT_S if said.retry_s is None else said.retry_s)

    async def _heard(self, said: Answer) -> None:
        try:
            with contextlib.suppress(StreamEnded, UpstreamFault):
                while True:
                    await self._take(await said.next())
        finally:
            said.close()

    async def _take(self, message: Message) -> None:
        what = kind(message)
        if what is Kind.NOTIFICATION:
            self._listeners.tell(message)
        elif what is Kind.REQUEST and message["method"] == "ping":
            await self.notify(answer(message["id"], {"result": {}}))
        elif what is Kind.REQUEST:
            newest = next(reversed(self._inboxes.values()), None)
            (self._held.append if newest is None else newest.put)(message)

    # what a call of the session asks of it

    async def resumed(self, call: "SessionCall") -> Answer:
        """Take up the answer of a call where it ended.

        Raises:
            ServerFailed: it cannot be.
        """
        await self._clock.sleep(call.wait_s)
        said = await self._wire.get(self._headers | {"Last-Event-ID": call.last_event})
        if said.status != OK or said.kind != EVENTS:
            said.close()
            raise ServerFailed(f"{self._wire.name} ended its answer too early")
        return said

    def finished(self, call: "SessionCall", *, is_over: bool) -> None:
        """A call is over, or nobody waits for it any more."""
        self.under_way -= 1
        self._inboxes.pop(call.id, None)
        self.used_s = self._clock.monotonic_s()
        if not is_over:
            self._tasks.begin(self._cancel(call.id), f"mcp-cancel-{self._wire.name}")

    async def _cancel(self, id_: Id) -> None:
        with contextlib.suppress(UpstreamFault, LinkGone):
            await self.notify(notification("notifications/cancelled", {"requestId": id_}))

    @property
    def parts(self) -> tuple[str, Tasks]:
        """The server's name, and what goes on beside calls."""
        return self._wire.name, self._tasks


class SessionCall(Posted):
    """One request of a session; implements `link.Exchange`."""

    def __init__(self, session: HttpSession, id_: Id, paused: Paused) -> None:
        name, tasks = session.parts
        super().__init__(name, id_, None, tasks)
        self._session = session
        self._paused = paused
        self.last_event = ""
        self._resumed = 0
        self._inbox: Inbox | None = None
        self._pumping: asyncio.Task[None] | None = None

    async def post(self, message: Message) -> None:
        """Send it; raises as `Link.open`."""
        self._said = await self._session.taken(self, message)

    def read_beside(self, inbox: Inbox, message: Message) -> None:
        """Send it, and read its answer into this inbox, in which what the server asks comes too."""
        self._inbox = inbox
        self._pumping = self._tasks.task(self._pump(inbox, message), f"mcp-pump-{self._name}")

    async def next(self) -> Message:
        """As `Exchange.next` says."""
        return await (super().next() if self._inbox is None else self._inbox.next())

    async def pulled(self) -> Message:
        """The next message of the answer, or of the stream that goes on with it."""
        while True:
            try:
                message = await self.answer.next()
            except StreamBroken:
                await self._go_on(unheard)
            except StreamEnded:
                await self._go_on(self._paused)
            else:
                self._resumed = 0
                return message

    async def reply(self, message: Message) -> None:
        """As `Exchange.reply` says."""
        try:
            await self._session.notify(message)
        except LinkGone:
            raise ServerFailed(f"the session with {self._name} is over") from None

    async def close(self, *, is_over: bool) -> None:
        """As `Exchange.close` says: here the server is told by a notification."""
        await ended(self._pumping)
        self._session.finished(self, is_over=is_over)
        await super().close(is_over=is_over)

    @property
    def wait_s(self) -> float:
        """How long the server wants to be left alone before it is asked for the rest."""
        wait_s = self.answer.retry_s
        return _WAIT_S if wait_s is None else min(wait_s, _WAIT_MAX_S)

    async def _go_on(self, paused: Paused) -> None:
        self.last_event = self.answer.last_event or self.last_event
        self._resumed += 1
        self.answer.close()
        if not self.last_event or self._resumed > _RESUMED:
            raise ServerFailed(f"{self._name} ended its answer too early")
        paused(self.wait_s)
        self._said = await self._session.resumed(self)

    async def _pump(self, inbox: Inbox, message: Message) -> None:
        try:
            await self.post(message)
            while True:
                message = await super().next()
                inbox.put(message)
                if kind(message) is Kind.RESPONSE:
                    return
        except (UpstreamFault, LinkGone) as fault:
            inbox.fail(fault)
