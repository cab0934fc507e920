from typing import Any

import pytest

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import EventKind
from guardrail_gw.dialects.cohere_chat.answer import usage
from guardrail_gw.errors import UpstreamBroken
from tests.support.chat import encoded
from tests.support.cohere import BEGIN, END, OPENED, USAGE, V2, delta, read, stream, told, whole

TEXT = {"type": "text", "text": "hi"}


def kinds(*events: dict[str, Any]) -> list[EventKind]:
    """What kinds of events these are."""
    return [event.kind for event in read(V2, stream(V2, events))]


def test_a_whole_answer_is_one_event() -> None:
    """With what is billed, why it ended, and its id."""
    (event,) = read(V2, encoded(whole(TEXT)), streamed=False)

    assert event.kind is EventKind.CONTENT
    assert event.usage == Usage(input=7, output=9)
    assert (event.finish, event.provider_id) == ("COMPLETE", "m-1")


def test_a_stream_begins_says_something_and_ends() -> None:
    """What is seen is content; the end mark says what it cost, and `[DONE]` says nothing."""
    events = read(V2, stream(V2, told("", "hi")))

    assert [event.kind for event in events] == [
        *(EventKind.LIFECYCLE, EventKind.LIFECYCLE, EventKind.LIFECYCLE),
        *(EventKind.CONTENT, EventKind.LIFECYCLE, EventKind.DONE),
    ]
    assert events[0].provider_id == "m-1"
    assert events[-1].usage == Usage(input=7, output=9)
    assert events[-1].finish == "COMPLETE"


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        (delta("tool-plan-delta", tool_plan="I"), EventKind.CONTENT),
        (delta("tool-call-start", 0, tool_calls={"id": "a"}), EventKind.LIFECYCLE),
        (delta("tool-call-start", 0, tool_calls={"function": {"name": "f"}}), EventKind.CONTENT),
        (delta("citation-start", 0, citations={"start": 0, "end": 1}), EventKind.CONTENT),
        ({"type": "citation-end", "index": 0}, EventKind.LIFECYCLE),
        ({"type": "nobody-knows", "x": "y"}, EventKind.LIFECYCLE),
        ({"type": "debug", "prompt": "x"}, EventKind.LIFECYCLE),
    ],
)
def test_what_a_reader_sees_is_content(event: dict[str, Any], kind: EventKind) -> None:
    """A call, a plan, a citation; what nobody knows is passed on."""
    assert kinds(event, END) == [kind, EventKind.DONE]


@pytest.mark.parametrize(
    "said",
    [
        {"type": "message-end", "delta": {"finish_reason": "ERROR"}},
        {"type": "message-end", "delta": {"error": "it broke", "finish_reason": "COMPLETE"}},
        {"type": "x", "message": "too many tokens"},
        {"type": "x", "error": {"message": "x"}},
    ],
)
def test_an_error_in_a_stream_is_its_end(said: dict[str, Any]) -> None:
    """A message that ended with an error is not complete, and nothing that follows is read."""
    assert kinds(BEGIN, said, END)[-1] is EventKind.ERROR
    assert len(kinds(BEGIN, said, END)) == 2


@pytest.mark.parametrize("data", [b"", b"{}", b"not JSON"])
def test_an_event_called_error_is_one(data: bytes) -> None:
    """Whatever its data is."""
    (event,) = read(V2, b"event: error\ndata: " + data + b"\n\n")

    assert event.kind is EventKind.ERROR


@pytest.mark.parametrize(
    "said", [{"id": "x", "message": "no"}, {"error": 1}, {**whole(), "finish_reason": "ERROR"}]
)
def test_an_error_in_a_whole_answer_is_one(said: dict[str, Any]) -> None:
    """Also where the status was 200."""
    (event,) = read(V2, encoded(said), streamed=False)

    assert event.kind is EventKind.ERROR


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"message": {"content": "x"}},
        {"message": {"content": ["x"]}},
        {"message": {"tool_calls": [1]}},
        {"message": None},
        {"text": "x"},
    ],
)
def test_what_is_no_message_is_broken(said: dict[str, Any]) -> None:
    """Nothing of another shape is passed on."""
    with pytest.raises(UpstreamBroken, match="not a message"):
        read(V2, encoded(said), streamed=False)


@pytest.mark.parametrize(
    "event",
    [
        {"type": 1},
        {"type": "a\nb"},
        {"no": "type"},
        {"type": "content-end", "index": "x"},
        {"type": "content-end", "index": True},
        {"type": "content-delta", "delta": "x"},
    ],
)
def test_a_frame_of_another_shape_is_broken(event: dict[str, Any]) -> None:
    """A type, a number and a delta are what they have to be."""
    with pytest.raises(UpstreamBroken):
        read(V2, b"data: " + encoded(event) + b"\n\n")


@pytest.mark.parametrize("ends", [b"", b"data: [DONE]\n\n"])
def test_without_its_end_mark_nothing_is_complete(ends: bytes) -> None:
    """The words of other dialects do not stand for it."""
    with pytest.raises(UpstreamBroken, match="end mark"):
        read(V2, stream(V2, [BEGIN, OPENED]) + ends)


def test_what_follows_the_end_is_nobody_s() -> None:
    """Neither is it a second end."""
    assert kinds(BEGIN, END, BEGIN, END) == [EventKind.LIFECYCLE, EventKind.DONE]


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        (USAGE, Usage(input=7, output=9)),
        (
            {"tokens": USAGE["tokens"], "cached_tokens": 448},
            Usage(input=52, output=10, cached_input=448),
        ),
        (
            {"tokens": {"input_tokens": 5}, "cached_tokens": 9},
            Usage(input=0, output=0, cached_input=5),
        ),
        ({"billed_units": {"input_tokens": 7.0, "output_tokens": 2.0}}, Usage(input=7, output=2)),
        (
            {"billed_units": {"search_units": 1}, "tokens": {"output_tokens": 2}},
            Usage(input=0, output=2),
        ),
        ({"billed_units": {"input_tokens": 7.5}}, None),
        ({"billed_units": {"input_tokens": -1}}, None),
        ({"tokens": 7}, None),
        ({}, None),
        (None, None),
    ],
)
def test_each_token_is_counted_once(counts: Any, expected: Usage | None) -> None:
    """What is billed goes first; counts that cannot be believed are none."""
    assert usage(counts) == expected
