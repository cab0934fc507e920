from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import EventKind
from guardrail_gw.errors import UpstreamBroken
from tests.support.chat import encoded
from tests.support.cohere import V1, lines, read, stream

END = lines("hi")[-1]


def kinds(*events: dict[str, Any]) -> list[EventKind]:
    """What kinds of events these are."""
    return [event.kind for event in read(V1, stream(V1, events))]


def test_a_whole_answer_is_one_event() -> None:
    """With what is billed, why it ended, and its id."""
    (event,) = read(V1, encoded(END["response"]), streamed=False)

    assert event.kind is EventKind.CONTENT
    assert event.usage == Usage(input=7, output=9)
    assert (event.finish, event.provider_id) == ("COMPLETE", "r-1")


def test_a_stream_begins_says_something_and_ends() -> None:
    """The last line has the whole answer, and says of it what a whole one does."""
    events = read(V1, stream(V1, lines("", "hi")))

    assert [event.kind for event in events] == [
        *(EventKind.LIFECYCLE, EventKind.LIFECYCLE, EventKind.CONTENT, EventKind.DONE),
    ]
    assert events[-1].usage == Usage(input=7, output=9)
    assert (events[-1].finish, events[-1].provider_id) == ("COMPLETE", "r-1")


@given(cuts=st.lists(st.integers(0, 900), max_size=9))
def test_any_cut_gives_the_same_events(cuts: list[int]) -> None:
    """Lines are cut by their ends alone."""
    raw = stream(V1, lines("ä", "🙂 hi"))

    assert read(V1, raw, cuts) == read(V1, raw)


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ({"event_type": "tool-calls-chunk", "text": "I"}, EventKind.CONTENT),
        ({"event_type": "tool-calls-generation", "tool_calls": [{}]}, EventKind.CONTENT),
        ({"event_type": "tool-calls-generation", "tool_calls": []}, EventKind.LIFECYCLE),
        ({"event_type": "citation-generation", "citations": [{}]}, EventKind.CONTENT),
        ({"event_type": "search-results", "documents": [{}]}, EventKind.LIFECYCLE),
        ({"event_type": "nobody-knows"}, EventKind.LIFECYCLE),
    ],
)
def test_what_a_reader_sees_is_content(event: dict[str, Any], kind: EventKind) -> None:
    """A call, a plan, a citation; what nobody knows is passed on."""
    assert kinds(event, END) == [kind, EventKind.DONE]


@pytest.mark.parametrize(
    "said",
    [
        {**END, "finish_reason": "ERROR"},
        {**END, "response": {"finish_reason": "ERROR"}},
        {"message": "too many tokens"},
        {"error": {"message": "x"}},
    ],
)
def test_an_error_in_a_stream_is_its_end(said: dict[str, Any]) -> None:
    """An answer that ended with an error is not complete, and nothing that follows is read."""
    assert kinds(said, END) == [EventKind.ERROR]


@pytest.mark.parametrize("reason", ["ERROR_LIMIT", "ERROR_TOXIC", "MAX_TOKENS", "USER_CANCEL"])
def test_other_reasons_are_the_model_s(reason: str) -> None:
    """They say why it said no more."""
    (event,) = read(V1, stream(V1, [{**END, "finish_reason": reason}]))

    assert (event.kind, event.finish) == (EventKind.DONE, reason)


@pytest.mark.parametrize(
    "said", [{"id": "x", "message": "no"}, {"error": 1}, {"text": "x", "finish_reason": "ERROR"}]
)
def test_an_error_in_a_whole_answer_is_one(said: dict[str, Any]) -> None:
    """Also where the status was 200."""
    (event,) = read(V1, encoded(said), streamed=False)

    assert event.kind is EventKind.ERROR


@pytest.mark.parametrize("said", [{}, {"text": None}, {"text": ["x"]}, {"message": {}}])
def test_what_is_no_message_is_broken(said: dict[str, Any]) -> None:
    """Nothing of another shape is passed on."""
    with pytest.raises(UpstreamBroken, match="not a message"):
        read(V1, encoded(said), streamed=False)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b'{"no":"type"}\n',
        b'{"event_type":"a b"}\n',
        b'{"event_type":"stream-end"}\n',
        b'{"event_type":"stream-end","response":"x"}\n',
        b"[1]\n",
        b"data: {}\n",
        stream(V1, lines("hi"))[:-9],
        stream(V1, lines("hi")[:-1]),
    ],
)
def test_what_is_no_stream_is_broken(raw: bytes) -> None:
    """Neither is one complete that lacks its last line, or a part of it."""
    with pytest.raises(UpstreamBroken):
        read(V1, raw)


def test_what_follows_the_end_is_nobody_s() -> None:
    """Whatever it is."""
    raw = stream(V1, lines("hi"))

    assert read(V1, raw + b"\xff\n not JSON") == read(V1, raw)
