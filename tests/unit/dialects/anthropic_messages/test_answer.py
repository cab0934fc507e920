from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import EventKind, Head
from guardrail_gw.dialects.anthropic_messages.answer import usage
from guardrail_gw.errors import UpstreamBroken
from tests.support.chat import encoded
from tests.support.messages import message, read, stream

TEXT = {"type": "text", "text": ""}
EVENTS = message(
    ({"type": "thinking", "thinking": "", "signature": ""}, [
        {"type": "thinking_delta", "thinking": "hm, żółć \N{GRINNING FACE}"},
        {"type": "signature_delta", "signature": "c2ln"},
    ]),
    (TEXT, [{"type": "text_delta", "text": "one"}, {"type": "text_delta", "text": "two"}]),
    ({"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}}, [
        {"type": "input_json_delta", "partial_json": '{"a": '},
        {"type": "input_json_delta", "partial_json": '"b"}'},
    ]),
)  # fmt: skip
WIRE = stream(EVENTS)
COUNT = Head(path="/messages/count_tokens")


@given(cuts=st.lists(st.integers(0, len(WIRE)), max_size=30))
def test_events_are_the_same_however_they_are_cut(cuts: list[int]) -> None:
    """Any cut of the bytes gives the same events."""
    assert read(WIRE, cuts) == read(WIRE)


def test_a_stream_is_read_in_full() -> None:
    """Every event comes with its data, and the end mark is the last."""
    events = read(WIRE)

    assert [event.data for event in events] == EVENTS
    assert [e.kind for e in events].count(EventKind.DONE) == 1
    assert events[-1].kind is EventKind.DONE


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (EVENTS[0], EventKind.LIFECYCLE),
        ({"type": "message_start", "message": {"content": [TEXT]}}, EventKind.CONTENT),
        ({"type": "ping"}, EventKind.LIFECYCLE),
        ({"type": "content_block_start", "index": 0, "content_block": TEXT}, EventKind.LIFECYCLE),
        (
            {"type": "content_block_start", "index": 0, "content_block": {**TEXT, "text": "x"}},
            EventKind.CONTENT,
        ),
        (
            {"type": "content_block_start", "index": 0, "content_block": {"type": "later"}},
            EventKind.LIFECYCLE,
        ),
        (
            {
                "type": "content_block_start",
                "index": 0,
                "content_block": {"type": "tool_use", "id": "t", "name": "f", "input": {}},
            },
            EventKind.CONTENT,
        ),
        (
            {
                "type": "content_block_delta",
                "index": 0,
                "delta": {"type": "text_delta", "text": ""},
            },
            EventKind.LIFECYCLE,
        ),
        (
            {"type": "content_block_delta", "index": 0, "delta": {"type": "later", "x": "y"}},
            EventKind.CONTENT,
        ),
        ({"type": "content_block_stop", "index": 0}, EventKind.LIFECYCLE),
        ({"type": "message_delta", "delta": {"stop_reason": None}}, EventKind.LIFECYCLE),
        ({"type": "message_delta", "delta": {"stop_reason": "refusal"}}, EventKind.CONTENT),
        ({"type": "nobody_knows", "text": "x"}, EventKind.LIFECYCLE),
        ({"type": "error", "error": {"type": "overloaded_error"}}, EventKind.ERROR),
    ],
)
def test_what_an_event_means(event: Any, kind: EventKind) -> None:
    """Only what a reader would see is content."""
    events = read(stream([event, {"type": "message_stop"}]))

    assert events[0].kind is kind
    assert events[0].data == event


def test_facts_are_taken_from_a_stream() -> None:
    """Counts add up over the events that carry them; finish and id come with theirs."""
    start: Any = {"id": "msg_1", "usage": {"input_tokens": 7, "cache_read_input_tokens": 5}}
    delta = {"delta": {"stop_reason": "max_tokens"}, "usage": {"output_tokens": 3}}

    events = read(
        stream(
            [
                {"type": "message_start", "message": start},
                {"type": "message_delta", **delta},
                {"type": "message_stop"},
            ]
        )
    )

    assert events[0].provider_id == "msg_1"
    assert events[1].usage == Usage(input=7, output=3, cached_input=5)
    assert events[1].finish == "max_tokens"


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"input_tokens": 1, "output_tokens": 2}, Usage(input=1, output=2)),
        ({"output_tokens": 2}, Usage(input=0, output=2)),
        (
            {"input_tokens": 1, "cache_creation_input_tokens": 9, "cache_read_input_tokens": 4},
            Usage(input=1, output=0, cached_input=4, cache_write=9),
        ),
        (
            {
                "input_tokens": 1,
                "cache_creation_input_tokens": 9,
                "cache_creation": {"ephemeral_1h_input_tokens": 6, "ephemeral_5m_input_tokens": 3},
            },
            Usage(input=1, output=0, cache_write=3, cache_write_long=6),
        ),
        (
            {
                "input_tokens": 1,
                "cache_creation_input_tokens": 2,
                "cache_creation": {"ephemeral_1h_input_tokens": 6},
            },
            Usage(input=1, output=0, cache_write_long=2),
        ),
        ({"input_tokens": "1"}, None),
        ({"input_tokens": -1}, None),
        ({}, None),
        (None, None),
    ],
)
def test_token_counts(counts: Any, expected: Usage | None) -> None:
    """Each token is in one class; what is no count is no usage."""
    assert usage(counts) == expected


def test_a_whole_answer_is_one_event() -> None:
    """A message that is not streamed gives one content event with all facts."""
    whole = {
        "type": "message",
        "id": "msg_1",
        "content": [{"type": "text", "text": "hi"}],
        "stop_reason": "end_turn",
        "usage": {"input_tokens": 1, "output_tokens": 2},
    }

    (event,) = read(encoded(whole), [3, 20], streamed=False)

    assert (event.kind, event.data) == (EventKind.CONTENT, whole)
    assert (event.finish, event.provider_id) == ("end_turn", "msg_1")
    assert event.usage == Usage(input=1, output=2)


def test_a_count_is_one_event() -> None:
    """The answer to `count_tokens` has no usage: nothing was generated."""
    (event,) = read(b'{"input_tokens":14,"more":{"x":1}}', streamed=False, head=COUNT)

    assert event.data == {"input_tokens": 14, "more": {"x": 1}}
    assert event.usage is None


@pytest.mark.parametrize("head", [Head(), COUNT], ids=["message", "count"])
@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"<html>", b'{"type":"message","content":[1]}'])
def test_what_is_no_answer_is_broken(raw: bytes, head: Head) -> None:
    """A body that is not what was asked for is not passed on."""
    with pytest.raises(UpstreamBroken):
        read(raw, streamed=False, head=head)


def test_an_error_within_a_200_is_one() -> None:
    """An error object is never taken for an answer."""
    (event,) = read(b'{"type":"error","error":{"type":"api_error"}}', streamed=False)

    assert event.kind is EventKind.ERROR


@pytest.mark.parametrize("last", range(1, len(EVENTS)))
def test_a_truncated_stream_never_looks_complete(last: int) -> None:
    """Wherever a stream breaks off before its end mark, that is a fault."""
    with pytest.raises(UpstreamBroken, match="before its end mark"):
        read(stream(EVENTS[:last]))


@pytest.mark.parametrize(
    "frame",
    [
        b"data: [1]\n\n",
        b"data: {}\n\n",
        b'data: {"type":1}\n\n',
        b'data: {"type":"Anna Schmidt"}\n\n',
        b'data: {"type":"x\\ny"}\n\n',
        b"event: ping\ndata: {not JSON\n\n",
        b'data: {"type":"content_block_delta","delta":{}}\n\n',
        b'data: {"type":"content_block_delta","index":"0","delta":{}}\n\n',
        b'data: {"type":"content_block_delta","index":0}\n\n',
        b'data: {"type":"content_block_start","index":0,"content_block":[]}\n\n',
        b'data: {"type":"message_start"}\n\n',
        b'data: {"type":"message_delta","delta":null}\n\n',
    ],
)
def test_a_frame_that_is_no_event_breaks_the_answer(frame: bytes) -> None:
    """What cannot be understood in full is not passed on."""
    with pytest.raises(UpstreamBroken):
        read(frame + stream([{"type": "message_stop"}]))


@pytest.mark.parametrize("frame", [b"event: error\n\n", b"event: error\ndata: busy\n\n"])
def test_an_error_event_ends_the_stream(frame: bytes) -> None:
    """An error is one whatever its data is, and nothing follows it."""
    events = read(frame + WIRE)

    assert [event.kind for event in events] == [EventKind.ERROR]


def test_several_messages_in_one_stream_are_one_answer() -> None:
    """Only the last end mark ends it; a mark of another dialect says nothing."""
    events = read(WIRE + WIRE + b"data: [DONE]\n\n")

    assert [event.data for event in events] == EVENTS * 2
    assert [e.kind for e in events].count(EventKind.DONE) == 1
