"""Requests that go to no server: refused, and on record with who asked."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from guardrail_gw.core.exchange import Arrival, Inbound, Question
from guardrail_gw.core.ports import Clock, Offload
from guardrail_gw.core.request_id import RequestIds
from guardrail_gw.errors import Refusal
from guardrail_gw.mcp.front.endpoint import SURFACE, Posted
from guardrail_gw.mcp.ports import Ask, Told, Words
from guardrail_gw.server.exchanges import Exchanges

NOBODY: Final = ""
"""The name of no server."""


class Refuse(Protocol):
    """Records a refusal, and raises it, or why it cannot be recorded."""

    def __call__(self, asked: Ask | Told, posted: Posted, why: Refusal) -> Awaitable[None]:
        """Do it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Nowhere:
    """Implements `Refuse` by the chain."""

    chain: Exchanges
    words: Words
    clock: Clock
    offload: Offload
    ids: RequestIds = field(default_factory=RequestIds)

    async def __call__(self, asked: Ask | Told, posted: Posted, why: Refusal) -> None:
        """Take the request as far as it comes: who asks is known, and then it is refused."""
        now_us = self.clock.now_us()
        arrival = Arrival(id=self.ids.new(now_us), surface=SURFACE, received_us=now_us)
        posted.begun(arrival.id)
        question = self._question(asked, why)

        async def admit() -> Inbound:
            return Inbound(
                arrival=arrival,
                principal=asked.peer.principal,
                question=await self.offload(question, size=len(posted.body)),
                tags=posted.tags,
                body=posted.body,
            )

        async with self.chain.exchange(arrival, admit):
            raise why

    def _question(self, asked: Ask | Told, why: Refusal) -> Callable[[], Question]:
        if isinstance(asked, Told):
            told = replace(asked, refused=why)
            return lambda: self.words.told(NOBODY, told)
        ask = replace(asked, refused=why)
        return lambda: self.words.ask(NOBODY, ask)
