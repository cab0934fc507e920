"""A surface over a real socket, in front of a chain that is told what to answer."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from guardrail_gw.app import offload
from guardrail_gw.chain import Answer
from guardrail_gw.core.exchange import BARE, Arrival, Head, Inbound, Question
from guardrail_gw.core.identity import Principal
from guardrail_gw.dialects.openai_chat.dialect import OpenAIChat
from guardrail_gw.errors import Overloaded
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.server.access import SingleTenant
from guardrail_gw.server.application import Health, application
from guardrail_gw.server.chat import Load, Surface
from guardrail_gw.server.intake import Intake
from guardrail_gw.server.listener import Address, Listener
from guardrail_gw.server.strangers import Strangers
from tests.support.chat import body
from tests.support.health import no_metrics

PATH = "/v1/chat/completions"
WHO = Principal(tenant="acme", team="web", user="bot", key_id="k1")


@dataclass(slots=True)
class Told:
    """A chain that streams pieces, and notes whether the loop had a turn between them."""

    said: tuple[bytes, ...] = (b"data: first\n\n", b"data: second\n\n")
    turns: list[str] = field(default_factory=list)
    admitted: list[Inbound] = field(default_factory=list)
    stream: bool = True
    ending: Callable[[], Awaitable[None]] | None = None
    """What is done when the answer was passed on."""

    @asynccontextmanager
    async def exchange(
        self, arrival: Arrival, admit: Callable[[], Awaitable[Inbound]]
    ) -> AsyncIterator[Answer]:
        """Answer whatever is asked."""
        self.admitted.append(await admit())
        yield Answer(request_id=arrival.id, stream=self.stream, media="", pieces=self._pieces())
        if self.ending is not None:
            await self.ending()

    async def _pieces(self) -> AsyncGenerator[bytes]:
        for number, piece in enumerate(self.said):
            self.turns.append(f"piece {number}")
            asyncio.get_running_loop().call_soon(self.turns.append, "loop")
            yield piece


def _served(chain: Told, **more: Any) -> Listener:
    clock, access = SystemClock(), SingleTenant(only=WHO)
    surface = Surface(
        dialect=OpenAIChat(),
        chain=chain,
        access=access,
        strangers=Strangers(chain=chain, clock=clock, counted=lambda _: None),
        intake=Intake(max_bytes=10_000, timeout_s=5),
        clock=clock,
        offload=offload,
        load=Load(limit=4),
        write_timeout_s=5,
        **more,
    )
    health = Health(ready=dict, generation=dict, metrics=no_metrics)
    app = application(
        surfaces=[surface], models=(), access=access, health=health, defect=lambda _: None
    )
    return Listener(app, Address(host="127.0.0.1", port=0), drain_s=1)


async def _answer(chain: Told, **more: Any) -> bytes:
    """What a client gets."""
    served = _served(chain, **more)
    await served.start()

    async with (
        aiohttp.ClientSession(f"http://127.0.0.1:{served.port}") as client,
        client.post(
            PATH,
            data=body("hello", stream=True),
            headers={"Content-Type": "application/json"},
        ) as response,
    ):
        answer = await response.read()
    await served.close()
    return answer


async def test_the_first_piece_leaves_before_the_second_is_asked_for() -> None:
    """The loop gets its turn, in which sockets are written to, although the second is there."""
    chain = Told()

    answer = await _answer(chain)

    assert answer == b"data: first\n\ndata: second\n\n"
    assert chain.turns[:3] == ["piece 0", "loop", "piece 1"]


async def test_others_have_their_turn_behind_every_large_piece() -> None:
    """A provider that sends faster than its answer is passed on does not keep the loop."""
    large = b"data: " + b"x" * (6 << 10) + b"\n\n"
    chain = Told(said=(large, large, large))

    answer = await _answer(chain)

    assert answer == large * 3
    assert chain.turns[:5] == ["piece 0", "loop", "piece 1", "loop", "piece 2"]


async def test_what_was_seen_before_is_not_parsed() -> None:
    """A body that somebody knows comes in as they know it; any other is parsed."""
    raw = body("hello", stream=True)
    known = OpenAIChat().parse(body("known"))
    asked: list[tuple[str, bytes, Head, Principal]] = []

    def recall(dialect: str, body_: bytes, head: Head, who: Principal) -> Question | None:
        asked.append((dialect, body_, head, who))
        return known if len(asked) == 1 else None

    chain = Told()
    await _answer(chain, recall=recall)
    await _answer(chain, recall=recall)

    assert asked == [("openai_chat", raw, BARE, WHO)] * 2
    assert chain.admitted[0].question is known
    assert chain.admitted[0].body == raw
    assert [s.text for s in chain.admitted[1].question.segments] == ["hello"]


async def _told(chain: Told) -> bytes:
    """All that a connection carries until it is closed, of one request."""
    served = _served(chain)
    await served.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    raw = body("hello")
    head = f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {len(raw)}\r\n\r\n".encode() + raw)
    answer = await reader.readuntil(b"whole")
    with suppress(TimeoutError):
        answer += await asyncio.wait_for(reader.read(65_536), 0.5)
    writer.close()
    await served.close()
    return answer


async def test_a_whole_answer_does_not_wait_for_what_has_to_end() -> None:
    """The client has its answer while the exchange is still being put away."""
    order: list[str] = []
    read = asyncio.Event()

    async def ending() -> None:
        await asyncio.wait_for(read.wait(), 5)
        order.append("ended")

    served = _served(Told(said=(b"whole",), stream=False, ending=ending))
    await served.start()
    async with (
        aiohttp.ClientSession(f"http://127.0.0.1:{served.port}") as client,
        client.post(
            PATH, data=body("hello"), headers={"Content-Type": "application/json"}
        ) as response,
    ):
        order.append((await response.read()).decode())
        read.set()
    await served.close()

    assert order == ["whole", "ended"]


@pytest.mark.parametrize("fault", [ZeroDivisionError(), Overloaded("too late")])
async def test_nothing_comes_behind_a_whole_answer(fault: Exception) -> None:
    """Whatever fails once an answer was written is no second answer on the same connection."""

    async def ending() -> None:
        raise fault

    answer = await _told(Told(said=(b"whole",), stream=False, ending=ending))

    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"\r\n\r\nwhole")
    assert answer.count(b"HTTP/1.1") == 1
