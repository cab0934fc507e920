"""Places of rates that calls hold while their server works."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from guardrail_gw.mcp.ports import Ask, Message
from tests.support.audit_world import World
from tests.support.tool_world import PEER, Scripted, echo, tool_world


@dataclass(slots=True)
class OnePlace:
    """Holds a place for each call, and notes when it is free."""

    held: int = 0

    @asynccontextmanager
    async def within(self, *_: object) -> AsyncIterator[None]:
        """Take a while to give it back, as a store on a network does."""
        self.held += 1
        try:
            yield
        finally:
            await asyncio.sleep(0.01)
            self.held -= 1


async def test_who_has_the_answer_may_call_again(tmp_path: Path, keyed: World) -> None:
    """Its place is given back before the answer is there, and held while the server works."""
    places, held = OnePlace(), list[int]()

    async def script(ask: Ask) -> AsyncIterator[Message]:
        held.append(places.held)
        async for message in echo(ask):
            yield message

    async with tool_world(tmp_path, keyed, [Scripted("crm", script)], limits=places) as here:
        ask = Ask(peer=PEER, method="tools/call", params={"name": "do", "arguments": {}})
        async with aclosing(here.messages(lambda: here.words.ask("crm", ask))) as messages:
            async for _ in messages:
                held.append(places.held)

    assert held == [1, 0]
