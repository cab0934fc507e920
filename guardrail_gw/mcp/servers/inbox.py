"""Messages for one call, or for one who listens, from whoever reads them: bounded, in order."""

import asyncio
from collections import deque
from typing import Final

from guardrail_gw.mcp.ports import Message
from guardrail_gw.mcp.servers.messages import Kind, kind
from guardrail_gw.mcp_errors import ServerFailed

MOST: Final = 1024
_LOSSY: Final = frozenset({"notifications/progress", "notifications/message"})
"""Of which the latest say what the earlier ones said."""


class Inbox:
    """One reads, anybody puts."""

    def __init__(self, name: str, most_bytes: int) -> None:
        """Make it inside the event loop.

        Args:
            name: the server's.
            most_bytes: of messages that nobody has read yet.
        """
        self._name = name
        self._most_bytes = most_bytes
        self._messages: deque[tuple[Message, int]] = deque()
        self._bytes = 0
        self._fault: BaseException | None = None
        self._waiter: asyncio.Future[None] | None = None

    def put(self, message: Message, size: int = 0) -> None:
        """Add one of so many bytes; where it is too much, progress and log messages make way."""
        if self._fault is not None:
            return
        while len(self._messages) >= MOST or self._bytes + size > self._most_bytes:
            if not self._make_way():
                self.fail(ServerFailed(f"{self._name} says more than anybody reads"))
                return
        self._messages.append((message, size))
        self._bytes += size
        self._wake()

    def fail(self, fault: BaseException) -> None:
        """Nothing comes any more; what came before can still be read."""
        if self._fault is None:
            self._fault = fault
            self._wake()

    async def arrival(self) -> None:
        """Wait until there is one; raises what `fail` was told, once all is read."""
        while not self._messages:
            if self._fault is not None:
                raise self._fault
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None

    async def next(self) -> Message:
        """The next one; raises what `fail` was told, once all is read."""
        await self.arrival()
        message, size = self._messages.popleft()
        self._bytes -= size
        return message

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _make_way(self) -> bool:
        for place, (message, size) in enumerate(self._messages):
            if message.get("method") in _LOSSY and kind(message) is Kind.NOTIFICATION:
                del self._messages[place]
                self._bytes -= size
                return True
        return False


class Listeners:
    """Who listens to what a server says unasked."""

    def __init__(self, name: str, most_bytes: int) -> None:
        self._name = name
        self._most_bytes = most_bytes
        self._inboxes: list[Inbox] = []
        self._fault: BaseException | None = None

    def __bool__(self) -> bool:
        """Whether anybody does."""
        return bool(self._inboxes)

    def add(self) -> Inbox:
        """Begin to listen."""
        inbox = Inbox(self._name, self._most_bytes)
        if self._fault is not None:
            inbox.fail(self._fault)
        self._inboxes.append(inbox)
        return inbox

    def remove(self, inbox: Inbox) -> None:
        """Stop listening."""
        self._inboxes.remove(inbox)

    def tell(self, message: Message, size: int = 0) -> None:
        """Tell all of them."""
        for inbox in self._inboxes:
            inbox.put(message, size)

    def fail(self, fault: BaseException) -> None:
        """Nothing comes any more."""
        self._fault = fault
        for inbox in self._inboxes:
            inbox.fail(fault)
