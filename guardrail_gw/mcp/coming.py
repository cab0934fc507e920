"""What comes back of one request: each message judged as it comes, and the attempt on record."""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, Self

from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.exchange import AnswerEvent, Attempt, EventKind, Journal, Recorded
from guardrail_gw.core.ports import Clock
from guardrail_gw.dialects.mcp.dialect import Asked
from guardrail_gw.errors import Refusal
from guardrail_gw.mcp.control_port import Control
from guardrail_gw.mcp.ports import Message
from guardrail_gw.policy.tools import ToolRules

PROVIDER: Final = "mcp"
_CONTENT: Final = EventKind.CONTENT


@dataclass(slots=True, kw_only=True)
class Sent:
    """A request as it goes to a server."""

    deployment: Deployment
    rules: ToolRules
    """Of its caller."""
    body: bytes = field(repr=False)
    began_us: int


class Coming:
    """The messages as events for the way back.

    The attempt is in the journal before the last message goes on, however it ends. An iterator and
    no generator: those are registered with the event loop one by one.
    """

    def __init__(
        self,
        control: Control,
        clock: Clock,
        recorded: Recorded,
        sent: Sent,
        messages: AsyncGenerator[Message, None],
    ) -> None:
        """Make it when the server is about to be asked.

        Args:
            control: decides what clients see.
            clock: tells the time.
            recorded: the request.
            sent: what goes to whom.
            messages: what comes; nothing of it has been asked for yet.
        """
        asked: Asked = recorded.placed.redacted.inbound.question.source
        self._control = control
        self._clock = clock
        self._method = asked.method
        self._journal: Journal = recorded.journal
        self._deployment, self._rules = sent.deployment, sent.rules
        self._body, self._began_us = sent.body, sent.began_us
        self._messages = messages
        self._is_noted = False
        self._journal.deployment = self._deployment.id

    def __aiter__(self) -> Self:
        """Iterate over the messages."""
        return self

    async def __anext__(self) -> AnswerEvent:
        """Return the next message, as the client may see it.

        Raises:
            Refusal: nothing more comes.
        """
        try:
            message = await anext(self._messages)
            seen, found = await self._control.heard(
                self._rules, self._deployment.id, self._method, message
            )
        except StopAsyncIteration:
            self._ended("cancelled")
            raise
        except Refusal as refusal:
            self._ended(refusal.outcome)
            raise
        _note(self._journal, seen, found)
        if "result" in message or "error" in message:
            self._ended("ok")
        return AnswerEvent(kind=_CONTENT, data=seen)

    async def aclose(self) -> None:
        """Nobody waits any more."""
        try:
            await self._messages.aclose()
        finally:
            self._ended("cancelled")

    def _ended(self, result: str) -> None:
        """Have it on record, once."""
        if self._is_noted:
            return
        self._is_noted = True
        self._journal.attempts.append(
            Attempt(
                deployment=self._deployment.id,
                provider=PROVIDER,
                model=self._deployment.model,
                result=result,
                started_us=self._began_us,
                duration_us=max(0, self._clock.now_us() - self._began_us),
                sent_sha256=sha256(self._body).hexdigest(),
            )
        )


def _note(journal: Journal, message: Message, suspicions: Mapping[str, int]) -> None:
    notes = journal.tool
    if notes is None:
        return
    for kind, count in suspicions.items():
        notes.suspicions[kind] = notes.suspicions.get(kind, 0) + count
    result = message.get("result")
    if "error" in message or (isinstance(result, dict) and result.get("isError") is True):
        notes.is_error = True
