from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import EventKind, Head
from guardrail_gw.dialects.openai_responses.answer import MAX_EVENT_BYTES, usage
from guardrail_gw.dialects.sse import MAX_EVENT_BYTES as SMALLER
from guardrail_gw.errors import UpstreamBroken
from tests.support.chat import encoded
from tests.support.messages import stream
from tests.support.responses import call, custom, events, message, read, reasoning, response

EVENTS = events(
    (reasoning("hm, żółć \N{GRINNING FACE}"), [3]),
    (message("one two"), [4]),
    (call('{"a": "b"}'), [6]),
    (custom("*** Begin"), [2, 5]),
)
WIRE = stream(EVENTS)
END = {"type": "response.completed", "response": response()}
COUNT = Head(path="/responses/input_tokens")
COMPACT = Head(path="/responses/compact")
AT = {"output_index": 0}


@given(cuts=st.lists(st.integers(0, len(WIRE)), max_size=30))
def test_events_are_the_same_however_they_are_cut(cuts: list[int]) -> None:
    """Any cut of the bytes gives the same events."""
    assert read(WIRE, cuts) == read(WIRE)


def test_a_stream_is_read_in_full() -> None:
    """Every event comes with its data, and the end mark is the last."""
    found = read(WIRE)

    assert [event.data for event in found] == EVENTS
    assert [e.kind for e in found].count(EventKind.DONE) == 1
    assert found[-1].kind is EventKind.DONE


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"type": "response.created", "response": {}}, EventKind.LIFECYCLE),
        ({"type": "response.queued", "response": {}}, EventKind.LIFECYCLE),
        ({"type": "response.in_progress", "response": {}}, EventKind.LIFECYCLE),
        ({"type": "keepalive", "sequence_number": 3}, EventKind.LIFECYCLE),
        (
            {"type": "response.output_item.added", **AT, "item": message("x", content=[])},
            EventKind.LIFECYCLE,
        ),
        ({"type": "response.output_item.added", **AT, "item": message("x")}, EventKind.CONTENT),
        (
            {
                "type": "response.output_item.added",
                "item": {
                    "type": "reasoning",
                    "id": "rs_1",
                    "summary": [],
                    "encrypted_content": "g",
                },
            },
            EventKind.LIFECYCLE,
        ),
        ({"type": "response.output_item.added", **AT, "item": call("")}, EventKind.CONTENT),
        (
            {"type": "response.content_part.added", "part": {"type": "output_text", "text": ""}},
            EventKind.LIFECYCLE,
        ),
        (
            {"type": "response.content_part.added", "part": {"type": "refusal", "refusal": "x"}},
            EventKind.CONTENT,
        ),
        ({"type": "response.output_text.delta", **AT, "delta": "x"}, EventKind.CONTENT),
        ({"type": "response.web_search_call.in_progress", **AT}, EventKind.CONTENT),
        ({"type": "response.nobody_knows", "text": "x"}, EventKind.CONTENT),
        ({"type": "response.nobody_knows", "output_index": None}, EventKind.CONTENT),
    ],
)
def test_what_an_event_means(event: Any, kind: EventKind) -> None:
    """What a reader would see, or what a provider has begun to do, is content."""
    found = read(stream([event, END]))

    assert found[0].kind is kind
    assert found[0].data == event


@pytest.mark.parametrize(
    ("last", "finish"),
    [
        (END, "completed"),
        (
            {
                "type": "response.incomplete",
                "response": response(
                    status="incomplete", incomplete_details={"reason": "max_output_tokens"}
                ),
            },
            "max_output_tokens",
        ),
    ],
)
def test_facts_are_taken_from_the_end_mark(last: dict[str, Any], finish: str) -> None:
    """Counts, the reason to end and the id come with the response that is complete."""
    (event,) = read(stream([last]))

    assert (event.kind, event.data) == (EventKind.DONE, last)
    assert (event.finish, event.provider_id) == (finish, "resp_1")
    assert event.usage == Usage(input=5, output=7)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ({"input_tokens": 1, "output_tokens": 2}, Usage(input=1, output=2)),
        ({"output_tokens": 2}, Usage(input=0, output=2)),
        (
            {
                "input_tokens": 10,
                "output_tokens": 2,
                "input_tokens_details": {"cached_tokens": 4, "cache_write_tokens": 3},
            },
            Usage(input=3, output=2, cached_input=4, cache_write=3),
        ),
        (
            {
                "input_tokens": 5,
                "input_tokens_details": {"cached_tokens": 9, "cache_write_tokens": 9},
            },
            Usage(input=0, output=0, cached_input=5),
        ),
        ({"input_tokens": 5, "input_tokens_details": 3}, Usage(input=5, output=0)),
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
    """A response that is not streamed gives one content event with all facts."""
    whole = response(message("hi"))

    (event,) = read(encoded(whole), [3, 20], streamed=False)

    assert (event.kind, event.data) == (EventKind.CONTENT, whole)
    assert (event.finish, event.provider_id) == ("completed", "resp_1")
    assert event.usage == Usage(input=5, output=7)


def test_other_operations_have_answers_of_their_own() -> None:
    """A count has no usage, for nothing was generated; a compaction has items."""
    counted = {"object": "response.input_tokens", "input_tokens": 14}
    compacted = response(object="response.compaction")
    del compacted["status"]

    (count,) = read(encoded(counted), streamed=False, head=COUNT)
    (compaction,) = read(encoded(compacted), streamed=False, head=COMPACT)

    assert (count.data, count.usage) == (counted, None)
    assert compaction.usage == Usage(input=5, output=7)


@pytest.mark.parametrize("head", [Head(), COMPACT, COUNT], ids=["response", "compact", "count"])
@pytest.mark.parametrize(
    "raw", [b"", b"{}", b"[]", b"<html>", b'{"output":[1]}', b'{"output":"x","input_tokens":-1}']
)
def test_what_is_no_answer_is_broken(raw: bytes, head: Head) -> None:
    """A body that is not what was asked for is not passed on."""
    with pytest.raises(UpstreamBroken):
        read(raw, streamed=False, head=head)


@pytest.mark.parametrize("status", ["queued", "in_progress"])
def test_what_is_not_finished_is_no_answer(status: str) -> None:
    """Nobody fetches the rest of it, so it must not pass for a whole one."""
    with pytest.raises(UpstreamBroken, match="not finished"):
        read(encoded(response(status=status)), streamed=False)


@pytest.mark.parametrize(
    "data",
    [
        {"error": {"code": "server_error", "message": "Anna"}},
        response(status="failed", error={"code": "server_error", "message": "Anna"}),
        response(status="failed"),
        response(status="cancelled"),
    ],
)
def test_an_error_within_a_200_is_one(data: dict[str, Any]) -> None:
    """A response that failed is never taken for an answer."""
    (event,) = read(encoded(data), streamed=False)

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
        b'data: {"type":"response.created"}\n\n',
        b'data: {"type":"response.completed","response":[]}\n\n',
        b'data: {"type":"response.output_item.added","output_index":0}\n\n',
        b'data: {"type":"response.output_text.delta","output_index":"0","delta":"x"}\n\n',
        b'data: {"type":"response.output_text.delta","content_index":true,"delta":"x"}\n\n',
    ],
)
def test_a_frame_that_is_no_event_breaks_the_answer(frame: bytes) -> None:
    """What cannot be understood in full is not passed on."""
    with pytest.raises(UpstreamBroken):
        read(frame + stream([END]))


@pytest.mark.parametrize(
    "frame",
    [
        b"event: error\n\n",
        b"event: error\ndata: busy\n\n",
        b'data: {"type":"error","code":"rate_limit_exceeded","message":"Anna"}\n\n',
        b'data: {"type":"error","error":{"code":"rate_limit_exceeded","message":"Anna"}}\n\n',
        b'data: {"type":"response.failed","response":{"error":{"code":"rate_limit_exceeded"}}}\n\n',
        b'data: {"error":{"code":"rate_limit_exceeded","message":"Anna"}}\n\n',
    ],
)
def test_an_error_event_ends_the_stream(frame: bytes) -> None:
    """However a failure is told, it is an error with its code, and nothing follows it."""
    (event,) = read(frame + WIRE)

    assert event.kind is EventKind.ERROR
    code = "rate_limit_exceeded" if b"rate" in frame else None
    assert (event.data or {})["error"]["code"] == code


def test_several_responses_in_one_stream_are_one_answer() -> None:
    """Only the last end mark ends it; a mark of another dialect says nothing."""
    found = read(WIRE + WIRE + b"data: [DONE]\n\n")

    assert [event.data for event in found] == EVENTS * 2
    assert [e.kind for e in found].count(EventKind.DONE) == 1
    assert found[len(EVENTS) - 1].usage == Usage(input=5, output=7)


def test_an_event_may_repeat_a_long_answer() -> None:
    """The last event holds the whole response, so its bound is wider; it has one."""
    long = response(message("x" * (SMALLER + 1)))
    endless = response(message("x" * (MAX_EVENT_BYTES + 1)))

    assert read(stream([{**END, "response": long}]))[0].kind is EventKind.DONE
    with pytest.raises(UpstreamBroken, match="8 MiB"):
        read(stream([{**END, "response": endless}]))
