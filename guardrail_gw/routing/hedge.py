"""Two attempts at once: where the first one says nothing for long, a second is asked beside it.

Whoever has content first is read; the other is left at once. Both are attempts like any other: each
passes every gate, is noted, and is paid.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from guardrail_gw.core.exchange import Redacted
from guardrail_gw.core.feature import Feature
from guardrail_gw.core.kept import Kept
from guardrail_gw.errors import StateDown
from guardrail_gw.routing.attempt import Sending
from guardrail_gw.routing.verdict import Miss

CANCELLED: Final = "cancelled"
"""The result of an attempt that was left."""
_Opening = asyncio.Task[Miss | None]


def may_hedge(redacted: Redacted) -> bool:
    """Whether a request may be sent twice: a stream that leaves nothing at a provider."""
    question, envelope = redacted.inbound.question, redacted.envelope
    leaves_something = (
        question.once
        or redacted.stored
        or question.recall is not None
        or question.makes is not Kept.RESPONSE
        or Feature.HOSTED_TOOLS in question.features
        or bool(envelope.lines)
    )
    return question.stream and question.head.method == "POST" and not leaves_something


@dataclass(slots=True, kw_only=True)
class Hedge:
    """One race of at most two attempts."""

    after_s: float
    open: Callable[[Sending], Awaitable[Miss | None]]
    beside: Callable[[], Awaitable[Sending | None]]
    """The second attempt, all gates passed; None where nobody may be asked."""
    missed: Callable[[Sending, Miss], Awaitable[None]]
    """Told of an attempt that missed while the other one goes on."""
    left: Callable[[Sending], Awaitable[None]]
    """Told of an attempt that was left."""

    async def opened(self, first: Sending) -> tuple[Sending, Miss | None]:
        """Open an attempt, and a second one if that takes long.

        Returns:
            The one that has content, or else the last one and its miss.
        """
        running = {self._begin(first): first}
        try:
            done, _ = await asyncio.wait(running, timeout=self.after_s)
            if not done and (second := await self._second()) is not None:
                running[self._begin(second)] = second
            while True:
                done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in [task for task in running if task in done]:
                    sending, missed = running.pop(task), task.result()
                    if missed is None or not running:
                        return sending, missed
                    await self.missed(sending, missed)
        finally:
            for task, sending in running.items():
                await self._leave(task, sending)

    async def _second(self) -> Sending | None:
        try:
            return await self.beside()
        except StateDown:  # nobody knows whether it can be paid; the first one was
            return None

    def _begin(self, sending: Sending) -> _Opening:
        async def opening() -> Miss | None:
            return await self.open(sending)

        return asyncio.create_task(opening())  # noqa: TID251 - awaited or left in `opened`

    async def _leave(self, task: _Opening, sending: Sending) -> None:
        task.cancel()
        await asyncio.wait([task])
        was_opened = not task.cancelled() and task.exception() is None
        missed = task.result() if was_opened else None
        if missed is not None:  # in the moment in which the other one had content
            await self.missed(sending, missed)
            return
        if was_opened:  # both had content at the same time
            await sending.close()
        await self.left(sending)
