"""A process that speaks the protocol over its standard input and output, for one client.

Requests go to it side by side, and what it says is sorted by whom it is for.

Source: Model Context Protocol 2026-07-28 and 2025-11-25, basic/transports (stdio).
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any, Final

from guardrail_gw.dialects.mcp.eras import SUBSCRIPTION
from guardrail_gw.dialects.mcp.exact import written
from guardrail_gw.errors import UpstreamFault
from guardrail_gw.mcp.ports import LISTEN, Described, Era, Message, Paused, Peer, unheard
from guardrail_gw.mcp.servers import legacy, modern
from guardrail_gw.mcp.servers.asked import in_vain
from guardrail_gw.mcp.servers.inbox import Inbox, Listeners
from guardrail_gw.mcp.servers.limits import Limits
from guardrail_gw.mcp.servers.lines import TOO_LONG, Lines
from guardrail_gw.mcp.servers.link import LinkGone, NotTaken
from guardrail_gw.mcp.servers.listening import listening, overheard, subscribed
from guardrail_gw.mcp.servers.messages import (
    Id,
    Kind,
    answer,
    kind,
    notification,
    read,
    request,
)
from guardrail_gw.mcp.servers.program import Program
from guardrail_gw.mcp.servers.subscriptions import Subscriptions
from guardrail_gw.mcp.servers.tasks import Beside, ended
from guardrail_gw.mcp_errors import ResultTooLarge, ServerFailed

_HELD: Final = 16
"""Requests of the server that wait for a call, since nobody could answer them meanwhile."""
_WINDOW_S: Final = 10.0
_PATIENT_S: Final = 2.0
"""After so long a silence a server is taken to wait for an answer of its own."""
_SKIPPED: Final = 64
"""A byte that is not kept weighs so much less than one that is."""
_CANCELLED: Final = "notifications/cancelled"


class Pipe:
    """One process; implements `link.Link`."""

    def __init__(self, name: str, program: Program, limits: Limits, beside: Beside) -> None:
        self.name = name
        self.program = program
        self._limits = limits
        self._beside = beside
        self._described: Described | None = None
        self._calls: dict[Id, Inbox] = {}
        self._asking: list[Id] = []
        """Of calls that clients wait for; the newest is last."""
        self._held: deque[Message] = deque(maxlen=_HELD)
        self._listeners = Listeners(name, limits.max_call_bytes)
        self._subscriptions = Subscriptions(self._result)
        self._level: str | None = None
        self._since_answer = 0
        self._counted_s = 0.0
        self.is_over = False
        self.used_s = self.began_s = beside.clock.monotonic_s()
        self._reading = beside.tasks.task(self._read(), f"mcp-read-{name}")

    @property
    def described(self) -> Described:
        """What the server is."""
        assert self._described is not None  # noqa: S101 - `begin` comes first
        return self._described

    @property
    def is_in_use(self) -> bool:
        """Whether a call is under way, or somebody listens."""
        return self.has_calls or bool(self._listeners)

    @property
    def has_calls(self) -> bool:
        """Whether a call is under way."""
        return bool(self._calls)

    async def discover(self, peer: Peer, revision: str) -> None:
        """Ask a process what it is, in the modern era.

        Raises:
            ServerFailed: it does not say so.
            LinkGone: it has ended.
        """
        params = {"_meta": modern.envelope(peer, revision)}
        result = await self._result(modern.DISCOVER, params)
        self._described = modern.described(self.name, result)

    async def begin(self, peer: Peer) -> None:
        """Shake hands, in the legacy era; raises as `discover`."""
        result = await self._result(legacy.INITIALIZE, legacy.offer(peer))
        self._described = legacy.described(self.name, result)
        await self.notify(notification(legacy.INITIALIZED, {}))

    async def prepare(self, peer: Peer) -> None:
        """Tell a server from which level on its log messages are wanted, if that changed."""
        level, described = peer.log_level, self.described
        if described.era is Era.MODERN or level is None or level == self._level:
            return
        if "logging" in described.capabilities:
            with contextlib.suppress(NotTaken):  # what is not wanted is dropped all the same
                await self._result("logging/setLevel", {"level": level})
            self._level = level

    def ready(self, message: Message) -> None:
        """A process may be busy, or gone: that shows when it is asked."""

    async def open(self, message: Message, paused: Paused = unheard) -> "PipeCall":
        """Send a request; raises as `Link.open`. The one stream of a process does not pause."""
        del paused
        call = await self._opened(message)
        self._asking.append(call.id)
        while self._held:
            self._calls[call.id].put(self._held.popleft())
        return call

    async def notify(self, message: Message) -> None:
        """Send a notification, or a response."""
        if self.is_over:
            raise LinkGone
        await self.program.write(written(message) + b"\n")

    @asynccontextmanager
    async def listen(
        self, peer: Peer, kinds: frozenset[str], resources: frozenset[str]
    ) -> AsyncIterator[AsyncIterator[Message]]:
        """What the server says unasked, until the process ends."""
        if self.described.era is Era.MODERN:
            params = listening(peer, self.described.revision, kinds, resources)
            call = await self._opened(request(self._beside.mint(), LISTEN, params))
            try:
                async with aclosing(subscribed(call, kinds, resources)) as said:
                    yield said
            finally:
                await call.close(is_over=False)
            return
        inbox = self._listeners.add()
        try:
            await self._subscriptions.add(resources)
            async with aclosing(overheard(inbox, kinds, resources)) as said:
                yield said
        finally:
            self._listeners.remove(inbox)
            self._beside.tasks.begin(
                self._subscriptions.drop(resources), f"mcp-unsubscribe-{self.name}"
            )

    async def end(self) -> None:
        """End the process."""
        self.over()
        await ended(self._reading)
        await self.program.end()

    def over(self) -> None:
        """Nothing comes any more."""
        self.is_over = True
        fault = ServerFailed(f"the program of {self.name} has ended")
        for inbox in self._calls.values():
            inbox.fail(fault)
        self._listeners.fail(fault)

    # what calls ask of it

    def finished(self, id_: Id, *, is_over: bool) -> None:
        """A call is over, or nobody waits for it any more."""
        self._calls.pop(id_, None)
        if id_ in self._asking:
            self._asking.remove(id_)
        self.used_s = self._beside.clock.monotonic_s()
        if not is_over and not self.is_over:
            self._beside.tasks.begin(self._cancel(id_), f"mcp-cancel-{self.name}")

    async def _cancel(self, id_: Id) -> None:
        with contextlib.suppress(UpstreamFault, LinkGone):
            await self.notify(notification(_CANCELLED, {"requestId": id_}))

    async def _opened(self, message: Message) -> "PipeCall":
        call = PipeCall(self, message["id"], Inbox(self.name, self._limits.max_call_bytes))
        self._calls[call.id] = call.inbox
        try:
            await self.notify(message)
        except BaseException:
            self.finished(call.id, is_over=True)
            raise
        return call

    async def _result(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        call = await self._opened(request(self._beside.mint(), method, params))
        is_over = False
        try:
            while kind(message := await self._patiently(call)) is not Kind.RESPONSE:
                pass
            is_over = True
        finally:
            await call.close(is_over=is_over)
        if "result" not in message:
            raise NotTaken(f"{self.name} does not take {method}")
        result: dict[str, Any] = message["result"]
        return result

    async def _patiently(self, call: "PipeCall") -> Message:
        """What comes next; a server that waits for an answer of its own gets one before it goes on.

        What it asks is kept for the next call, in which a client can be asked. In a request that no
        client has made nobody can be.
        """
        while True:
            try:
                async with asyncio.timeout(_PATIENT_S):
                    return await call.next()
            except TimeoutError:
                while self._held:
                    await self.notify(in_vain(self._held.popleft()))

    # what the process says

    async def _read(self) -> None:
        lines = Lines(self._limits.max_result_bytes)
        while not self.is_over and (piece := await self.program.read()):
            for line in lines.feed(piece):
                await self._take(line)
            if self._floods(len(piece) // _SKIPPED if lines.skips else len(piece)):
                break
            await asyncio.sleep(0)
        self.over()
        self._beside.tasks.begin(self.program.end(), f"mcp-end-{self.name}")

    def _floods(self, size: int) -> bool:
        """Whether it says so much, without an answer in between, that nobody asked for."""
        now = self._beside.clock.monotonic_s()
        if now >= self._counted_s + _WINDOW_S:
            self._counted_s, self._since_answer = now, 0
        self._since_answer += size
        return self._since_answer > self._limits.max_call_bytes

    async def _take(self, line: bytes) -> None:
        if line is TOO_LONG:
            self._fail(ResultTooLarge(f"the answer of {self.name} is larger than is let through"))
            return
        if line[:1] not in {b"{", b"["}:
            return  # a banner, or what was meant for the standard error
        try:
            messages = read(self.name, line)
        except ServerFailed as fault:
            self._fail(fault)
            return
        for message in messages:
            await self._sort(message, len(line))

    async def _sort(self, message: Message, size: int) -> None:
        what = kind(message)
        if what is Kind.RESPONSE:
            self._since_answer = 0
            inbox = self._calls.get(_id(message))
            if inbox is not None:
                inbox.put(message, size)
        elif what is Kind.NOTIFICATION:
            self._told(message, size)
        elif message["method"] == "ping":
            with contextlib.suppress(UpstreamFault, LinkGone):
                await self.notify(answer(message["id"], {"result": {}}))
        elif self._asking:
            self._calls[self._asking[-1]].put(message, size)
        else:
            self._held.append(message)

    def _told(self, message: Message, size: int) -> None:
        params = message.get("params", {})
        meta = params.get("_meta")
        named = meta.get(SUBSCRIPTION) if isinstance(meta, dict) else None
        token = params.get("progressToken") if named is None else named
        if message["method"] == _CANCELLED:
            for inbox in self._calls.values():
                inbox.put(message, size)
        elif isinstance(token, int | str):
            if (found := self._calls.get(token)) is not None:
                found.put(message, size)
        elif message["method"] == "notifications/message" and self._asking:
            self._calls[self._asking[-1]].put(message, size)
        else:
            self._listeners.tell(message, size)

    def _fail(self, fault: UpstreamFault) -> None:
        """What cannot be read may have been for any of the calls, which are one client's."""
        for inbox in self._calls.values():
            inbox.fail(fault)


class PipeCall:
    """One request to a process; implements `link.Exchange`."""

    def __init__(self, pipe: Pipe, id_: Id, inbox: Inbox) -> None:
        self._pipe = pipe
        self.id = id_
        self.inbox = inbox

    async def next(self) -> Message:
        """As `Exchange.next` says."""
        return await self.inbox.next()

    async def reply(self, message: Message) -> None:
        """As `Exchange.reply` says."""
        try:
            await self._pipe.notify(message)
        except LinkGone:
            raise ServerFailed(f"the program of {self._pipe.name} has ended") from None

    async def close(self, *, is_over: bool) -> None:
        """As `Exchange.close` says."""
        self._pipe.finished(self.id, is_over=is_over)


def _id(message: Message) -> Id:
    id_ = message.get("id")
    return id_ if isinstance(id_, int | str) else ""
