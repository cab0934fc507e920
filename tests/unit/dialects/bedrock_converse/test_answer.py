"""Converse answers, whole and streamed, read into events."""

import base64
import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.dialects.bedrock_converse.answer import usage
from guardrail_gw.dialects.event_stream import encode
from guardrail_gw.errors import UpstreamBroken
from tests.support.converse import ANSWERED, WHOLE, answered, event, read, stream, text
from tests.support.recorded import needs_recordings, recorded

PLAIN = stream(*ANSWERED["plain"])
COUNTED = Usage(input=7, output=3, cached_input=3, cache_write=2)


def test_a_stream_is_read_into_events() -> None:
    """What a reader would see is content; counts come behind the stop, and then the end."""
    events = read(stream(*ANSWERED["tools"]))

    assert [e.kind.value for e in events] == [
        *("lifecycle", "content", "lifecycle", "content", "content"),
        *("content", "content", "lifecycle", "content", "usage", "done"),
    ]
    assert events[1].data == {
        "contentBlockDelta": {"contentBlockIndex": 0, "delta": {"text": "I look."}, "p": "ab"}
    }
    assert events[-3].finish == "tool_use"
    assert events[-2].usage == COUNTED


@given(case=st.sampled_from(sorted(set(ANSWERED) - {"stream cut"})), data=st.data())
def test_cutting_changes_nothing(case: str, data: st.DataObject) -> None:
    """For every way to cut the bytes the events are the same."""
    raw = stream(*ANSWERED[case])
    cuts = data.draw(st.lists(st.integers(0, len(raw)), max_size=9))

    assert read(raw, cuts) == read(raw)


@given(length=st.integers(0, len(PLAIN) - 1))
def test_a_stream_that_is_cut_has_an_end_only_behind_its_stop(length: int) -> None:
    """Half an answer never looks whole; one without counts does, if nothing of it is missing."""
    stop = len(stream(*ANSWERED["plain"][:-1]))

    if length == stop:
        assert read(PLAIN[:length])[-1].kind is EventKind.DONE
    else:
        with pytest.raises(UpstreamBroken):
            read(PLAIN[:length])


@pytest.mark.parametrize("name", ["throttlingException", "modelStreamErrorException"])
def test_an_exception_ends_a_stream(name: str) -> None:
    """Its name says what it means, its words are not passed on, and nothing follows it."""
    events = read(stream(*ANSWERED["plain"][:2], (name, {}), *ANSWERED["plain"][2:]))

    assert [e.kind for e in events[2:]] == [EventKind.ERROR]
    assert events[-1].data == {"error": {"type": name}}


def test_an_error_that_was_not_foreseen_is_one() -> None:
    """It comes without a payload, its code in a header."""
    headers = {":message-type": "error", ":error-code": "InternalFailure", ":error-message": "boom"}

    events = read(encode(headers, b""))

    assert events == [
        AnswerEvent(kind=EventKind.ERROR, data={"error": {"type": "InternalFailure"}})
    ]


@pytest.mark.parametrize(
    "raw",
    [
        encode({":message-type": "initial"}, b"{}"),
        encode({}, b"{}"),
        encode({":message-type": "event", ":event-type": "messageStart"}, b"[]"),
        encode({":message-type": "event", ":event-type": "messageStart"}, b"\xff"),
        encode({":message-type": "event", ":event-type": "messageStart"}, b'{"a":NaN}'),
        b'data: {"text": "not binary at all, but long enough"}\n\n',
    ],
)
def test_what_is_no_event_is_broken(raw: bytes) -> None:
    """A kind that nobody knows, no JSON, no object, or other bytes."""
    with pytest.raises(UpstreamBroken):
        read(raw)


def test_what_follows_the_end_is_nobodys() -> None:
    """Behind the counts nothing is read, however it looks."""
    raw = PLAIN + event("contentBlockDelta", {"delta": {"text": "more"}}) + b"rest"

    assert read(raw) == read(PLAIN)


def test_counts_before_the_stop_end_nothing() -> None:
    """The order of the two is not promised."""
    *before, stop, counts = answered(text(0, "a"))

    events = read(stream(*before, counts, stop))

    assert [e.kind.value for e in events[-3:]] == ["usage", "content", "done"]


def test_a_whole_answer_is_one_event() -> None:
    """With its reason and its counts, as it came."""
    raw = json.dumps(WHOLE["tools"]).encode()

    (one,) = read(raw, streamed=False)

    assert (one.kind, one.finish, one.usage) == (EventKind.CONTENT, "tool_use", COUNTED)
    assert one.data == WHOLE["tools"]


@pytest.mark.parametrize(
    "body", [{}, {"message": "no"}, {"output": {}}, {"output": {"message": {"content": "x"}}}, []]
)
def test_what_is_no_answer_is_broken(body: Any) -> None:
    """An answer has a message with content."""
    with pytest.raises(UpstreamBroken):
        read(json.dumps(body).encode(), streamed=False)


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        (None, None),
        ({}, None),
        ({"inputTokens": "7"}, None),
        ({"inputTokens": 7}, Usage(input=7, output=0)),
        (
            {
                "inputTokens": 7,
                "outputTokens": 3,
                "cacheWriteInputTokens": 5,
                "cacheDetails": [{"ttl": "1h", "inputTokens": 4}, {"ttl": "5m", "inputTokens": 1}],
            },
            Usage(input=7, output=3, cache_write=1, cache_write_long=4),
        ),
        (
            {"outputTokens": 3, "cacheDetails": [1, {"ttl": "1h", "inputTokens": 9}]},
            Usage(input=0, output=3),
        ),
    ],
)
def test_counts_are_by_class(counts: Any, found: Usage | None) -> None:
    """Each token in one class; what was kept for an hour is no more than what was kept."""
    assert usage(counts) == found


@needs_recordings
@pytest.mark.parametrize("size", [1, 7, 4096])
def test_recorded_streams_are_read_to_their_end(size: int) -> None:
    """Each recorded stream has an end, in pieces of any size."""
    count = 0
    for exchange in recorded("bedrock_converse", "vercel-bedrock_converse"):
        raw = base64.b64decode(exchange["response"].get("base64", ""))
        if raw:
            count += 1
            events = read(raw, range(0, len(raw), size))
            assert events[-1].kind is EventKind.DONE, exchange["id"]
            assert any(e.kind is EventKind.CONTENT for e in events)

    assert count > 15
