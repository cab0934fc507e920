"""One request over HTTP, until its response.

Source: Model Context Protocol, basic/transports (Streamable HTTP): 2025-11-25 ("Sending messages",
"Resumability and redelivery") and 2026-07-28.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from guardrail_gw.mcp.ports import Message
from guardrail_gw.mcp.servers.answer import Answer, StreamEnded
from guardrail_gw.mcp.servers.messages import Id, Kind, error_code, kind
from guardrail_gw.mcp.servers.tasks import Tasks
from guardrail_gw.mcp.servers.wire import FORBIDDEN
from guardrail_gw.mcp_errors import ServerFailed, ServerRefused

OK: Final = 200
_STRANGERS: Final = 100
"""Responses to what was never asked, after which a server is not listened to any more."""
Resume = Callable[[Answer], Awaitable[Answer]]


class Posted:
    """The answer to one POST; implements `link.Exchange` for the modern era."""

    def __init__(
        self,
        name: str,
        id_: Id,
        answer: Answer | None,
        tasks: Tasks,
        learn: Callable[[Message], None] | None = None,
    ) -> None:
        """Make it before or when the head has come.

        Args:
            name: the server's.
            id_: the request's.
            answer: what came; None: nothing yet.
            tasks: what goes on beside calls.
            learn: told of the response before anybody else is.
        """
        self._name = name
        self.id = id_
        self._said = answer
        self._tasks = tasks
        self._learn = learn
        self._strangers = 0
        self._first: Message | None = None

    @property
    def answer(self) -> Answer:
        """What came; raises ServerFailed while nothing has."""
        if self._said is None:
            raise ServerFailed(f"{self._name} has not answered")
        return self._said

    @property
    def first_code(self) -> int | None:
        """The code of the error with which the request was not taken; None: it was."""
        return None if self._first is None else error_code(self._first)

    def begin_with(self, message: Message) -> None:
        """Give this one, instead of what the answer has."""
        self._first = message

    async def next(self) -> Message:
        """As `Exchange.next` says."""
        if (first := self._first) is not None:
            self._first = None
            return first
        while True:
            message = await self.pulled()
            if kind(message) is not Kind.RESPONSE:
                return message
            if self._is_ours(message):
                if self._learn is not None:
                    self._learn(message)
                return message
            self._strangers += 1
            if self._strangers > _STRANGERS:
                raise ServerFailed(f"{self._name} answers what was never asked")

    async def pulled(self) -> Message:
        """The next message of the answer; raises ServerFailed at its end."""
        try:
            return await self.answer.next()
        except StreamEnded:
            raise ServerFailed(f"{self._name} ended its answer too early") from None

    async def reply(self, message: Message) -> None:
        """A server of this era asks nothing in the middle of a call."""
        del message
        raise ServerFailed(f"{self._name} cannot be answered in the middle of a call")

    async def close(self, *, is_over: bool) -> None:
        """As `Exchange.close` says: to end the stream is to say that nobody waits."""
        said = self._said
        if said is not None and is_over and not said.is_read:
            self._tasks.begin(said.drain(), f"mcp-drain-{self._name}")
        elif said is not None:
            said.close()

    def _is_ours(self, message: Message) -> bool:
        id_ = message.get("id")
        return id_ == self.id or (id_ is None and "error" in message)


async def refused(name: str, answer: Answer) -> Message:
    """The JSON-RPC error by which a request was not taken.

    Raises:
        ServerFailed: there is none.
    """
    fault = await answer.fault()
    answer.close()
    if fault is not None:
        return fault
    raise no_answer(name, answer)


def no_answer(name: str, answer: Answer) -> ServerFailed:
    """What an answer is that is no success and no JSON-RPC: a refusal, or else a failure."""
    if answer.status == FORBIDDEN:
        return ServerRefused(f"{name} refuses the request (status {FORBIDDEN})")
    wait = answer.header("Retry-After")
    wait_s = float(wait[:6]) if wait.isdigit() else None
    return ServerFailed(f"{name} answers with status {answer.status}", retry_after_s=wait_s)
