"""What is kept of an answer while it passes."""

from collections import deque
from dataclasses import replace
from typing import Final

import pytest

from guardrail_gw.cache.recording import Recording, Replay, streamed, whole
from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.core.kept import Kept
from guardrail_gw.dialects.in_full import IN_FULL
from guardrail_gw.errors import UpstreamBroken
from tests.support.caching import END, answer, chunk, reply
from tests.support.chat import CHAT

JUDGE: Final = IN_FULL["openai_chat"]
ROOM: Final = 10_000
OTHERS: Final[dict[str, list[AnswerEvent]]] = {
    "cut off": answer()[:-1],
    "nothing ended": [chunk("Hello"), END],
    "too long": [chunk("Hello"), chunk(reason="length"), END],
    "filtered": [chunk("Hello"), chunk(reason="content_filter"), END],
    "an unknown end": [chunk("Hello"), chunk(reason="whatever"), END],
    "a refusal": [
        AnswerEvent(
            kind=EventKind.CONTENT, data={"choices": [{"index": 0, "delta": {"refusal": "No."}}]}
        ),
        chunk(reason="stop"),
        END,
    ],
    "an error": [chunk("Hello"), AnswerEvent(kind=EventKind.ERROR, data={"error": {}}), END],
    "names something": [replace(chunk("Hello"), names=((Kept.FILE, "f"),)), *answer()],
    "no text at all": [AnswerEvent(kind=EventKind.CONTENT, raw=b"x"), *answer()],
    "goes on after its end": [*answer(), END],
    "too large": [chunk("x" * ROOM), *answer()],
    "many pieces": [*[chunk("x")] * 50, *answer()],
}


async def test_an_answer_is_kept_as_it_was_said() -> None:
    """Whoever gets it changes it in place; what is kept has its placeholders."""
    recording = Recording(reply(answer()), JUDGE, ROOM)

    async for event in recording:
        if event.data is not None and event.data["choices"][0]["delta"]["content"]:
            event.data["choices"][0]["delta"]["content"] = "Anna"

    kept = recording.events
    assert kept is not None
    again = [event async for event in Replay(streamed(kept))]
    assert [(e.kind, e.data) for e in again] == [(e.kind, e.data) for e in answer()]
    assert recording.finish == "stop"
    assert recording.size > sum(len(line or b"") for _, line in kept)


async def test_what_has_arrived_already_is_kept_too() -> None:
    """Events that are taken without waiting are events of the answer."""
    first, *rest = answer()
    here = deque(rest)
    on_its_way = reply([first], ready=lambda: here.popleft() if here else None)
    recording = Recording(on_its_way, JUDGE, ROOM)

    await anext(recording)
    while recording.ready() is not None:
        pass

    assert recording.events is not None
    assert len(recording.events) == len(answer())


async def test_it_is_whole_only_at_its_end() -> None:
    """Before the last piece has passed there is nothing to keep."""
    recording = Recording(reply(answer()), JUDGE, ROOM)

    seen = [recording.events is not None async for _ in recording]

    assert seen == [False, False, False, True]


@pytest.mark.parametrize("why", OTHERS)
async def test_no_other_answer_is_kept(why: str) -> None:
    """It passes all the same, and nothing of it stays."""
    recording = Recording(reply(OTHERS[why]), JUDGE, ROOM)

    passed = [event async for event in recording]

    assert passed == OTHERS[why]
    assert recording.events is None


async def test_what_names_something_from_its_beginning_is_not_kept() -> None:
    """A provider keeps it, by a name that stands in the answer's head."""
    recording = Recording(reply(answer(), names=((Kept.FILE, "f"),)), JUDGE, ROOM)

    assert [event async for event in recording] == answer()
    assert recording.events is None


async def test_a_whole_answer_is_read_again_by_its_dialect() -> None:
    """What it reads is what it read, and what is none is told."""
    choice = '{"index": 0, "message": {"content": "hi"}, "finish_reason": "stop"}'
    text = f'{{"id": "a", "choices": [{choice}]}}'
    read = CHAT.reader(stream=False)
    events = [*read.feed(text.encode()), *read.end()]
    recording = Recording(reply(events, stream=False), JUDGE, ROOM)

    assert [event async for event in recording] == events
    assert recording.events is not None
    assert whole(recording.events, CHAT.reader(stream=False)) == events
    with pytest.raises(UpstreamBroken):
        whole(((EventKind.CONTENT, b"[]"),), CHAT.reader(stream=False))
