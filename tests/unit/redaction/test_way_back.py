"""Answers on their way to the client: which events become one piece."""

import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from guardrail_gw.core.exchange import AnswerEvent, EventKind, Journal, Redacted, Reply
from guardrail_gw.core.ports import AnswerReader
from guardrail_gw.errors import UpstreamBroken
from guardrail_gw.redaction.redaction import Redaction
from guardrail_gw.redaction.way_back import Ahead
from tests.support.chat import CHAT, DEPLOYMENT, Told, body, chunk, redacted, redaction

_FRAMES = [b"data: " + json.dumps(chunk({"content": word})).encode() + b"\n\n" for word in "abcd"]


@dataclass(slots=True)
class Arriving:
    """Events of a stream in the groups in which they arrive."""

    groups: Iterator[bytes]
    here: Iterator[AnswerEvent] = field(default_factory=lambda: iter(()))
    reader: AnswerReader = field(default_factory=lambda: CHAT.reader(stream=True))

    def __aiter__(self) -> AsyncIterator[AnswerEvent]:
        """Iterate."""
        return self

    async def __anext__(self) -> AnswerEvent:
        """The next event, from the next group if need be."""
        while (event := self.ready()) is None:
            group = next(self.groups, None)
            if group is None:
                raise StopAsyncIteration
            self.here = iter(self.reader.feed(group))
        return event

    def ready(self) -> AnswerEvent | None:
        return next(self.here, None)


async def _pieces(*groups: bytes, values: dict[str, str] | None = None) -> AsyncIterator[bytes]:
    events = Arriving(iter(groups))
    request = await redacted(body("Anna", stream=True), values or {})
    reply = Reply(deployment=DEPLOYMENT, stream=True, events=events, ready=events.ready)
    return redaction(Told()).restore(request, reply, Journal())


@pytest.mark.parametrize("values", [{}, {"Anna": "PERSON"}], ids=["untouched", "restored"])
async def test_events_that_arrive_together_leave_together(values: dict[str, str]) -> None:
    """The first does not wait for the others, and the end mark comes by itself."""
    first, *others = _FRAMES
    pieces = await _pieces(first + b"".join(others) + b"data: [DONE]\n\n", values=values)

    got = [piece async for piece in pieces]

    assert [piece.count(b"data: ") for piece in got] == [1, 3, 1]
    assert got[-1] == CHAT.done()


async def test_events_that_arrive_one_by_one_leave_one_by_one() -> None:
    """Nothing waits for what is not there yet."""
    pieces = await _pieces(*_FRAMES, b"data: [DONE]\n\n")

    assert [piece.count(b"data: ") async for piece in pieces] == [1, 1, 1, 1, 1]


async def test_a_fault_comes_after_what_was_before_it() -> None:
    """What arrived whole in front of a broken event is passed on; then the answer is broken."""
    pieces = await _pieces(_FRAMES[0], b"".join(_FRAMES[1:3]) + b"data: not JSON\n\n")

    got = [await anext(pieces), await anext(pieces)]
    with pytest.raises(UpstreamBroken, match="not JSON"):
        _ = await anext(pieces)

    assert [piece.count(b"data: ") for piece in got] == [1, 2]


async def test_a_fault_behind_what_nobody_sees_is_told_as_it_is() -> None:
    """A hidden piece and a fault that arrive together end the answer with that fault."""
    counts = {"id": "c1", "choices": [], "usage": {"prompt_tokens": 1, "completion_tokens": 1}}
    hidden = b"data: " + json.dumps(counts).encode() + b"\n\n"
    pieces = await _pieces(_FRAMES[0], hidden + b"data: not JSON\n\n")

    first = await anext(pieces)
    with pytest.raises(UpstreamBroken, match="not JSON"):
        _ = await anext(pieces)

    assert first == _FRAMES[0]


async def test_a_piece_is_bounded() -> None:
    """A flood of events is passed on in pieces so small that none takes long to make."""
    pieces = await _pieces(_FRAMES[0] * 1000 + b"data: [DONE]\n\n")

    sizes = [len(piece) async for piece in pieces]

    assert max(sizes) < (8 << 10) + len(_FRAMES[0])
    assert sum(sizes) == 1000 * len(_FRAMES[0]) + len(CHAT.done())


def test_the_first_event_is_read_before_the_others_are_decoded() -> None:
    """A reader decodes an event when it is asked for, so a later one cannot hold it up."""
    events = CHAT.reader(stream=True).feed(_FRAMES[0] + b"data: not JSON\n\n")

    first = next(iter(events))

    assert first.kind is EventKind.CONTENT
    with pytest.raises(UpstreamBroken):
        _ = list(events)


async def test_only_what_puts_values_back_is_made_ahead() -> None:
    """Nobody is woken to do nothing."""
    room = redaction(Told())
    made = [
        room.ahead(await redacted(body("Anna"), found)).is_made
        for found in ({"Anna": "PERSON"}, {})
    ]

    assert made == [False, True]


@pytest.mark.parametrize("is_made", [True, False], ids=["made", "not made"])
async def test_what_was_made_ahead_restores_its_own_request_alone(*, is_made: bool) -> None:
    """Of another request's values none comes back, whatever was made for that one."""
    requests = [await redacted(body(name), {name: "PERSON"}) for name in ("Anna", "Bela")]
    own, other = requests
    room = redaction(Told())
    ahead = room.ahead(other)
    if is_made:
        ahead.make()

    got = [await _whole(room, own, requests, each) for each in (ahead, room.ahead(own), None)]

    (token,) = other.originals
    assert [json.loads(each)["choices"][0]["message"]["content"] for each in got] == [
        f"Anna {token}"
    ] * 3


async def _whole(
    room: Redaction, request: Redacted, said: Sequence[Redacted], ahead: Ahead | None
) -> bytes:
    """A whole answer that says all placeholders of some requests."""
    text = " ".join(token for each in said for token in each.originals)
    message = {"role": "assistant", "content": text}
    data = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}

    async def events() -> AsyncIterator[AnswerEvent]:
        yield AnswerEvent(kind=EventKind.CONTENT, data=data)

    reply = Reply(deployment=DEPLOYMENT, stream=False, events=events())
    return b"".join([piece async for piece in room.restore(request, reply, Journal(), ahead)])
