from typing import Any

import pytest

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import EventKind
from guardrail_gw.dialects.answers import MAX_ANSWER_BYTES
from guardrail_gw.dialects.openai_chat.answer import WholeReader, usage
from guardrail_gw.errors import UpstreamBroken
from tests.support.chat import chunk, encoded, read, stream

COUNTS = {
    "prompt_tokens": 10,
    "completion_tokens": 3,
    "prompt_tokens_details": {"cached_tokens": 4},
}
WHOLE = {
    "id": "c1",
    "choices": [{"index": 0, "message": {"content": "hi"}, "finish_reason": "stop"}],
    "usage": COUNTS,
}


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (chunk({"role": "assistant", "content": ""}), EventKind.LIFECYCLE),
        ({"id": "c", "choices": []}, EventKind.LIFECYCLE),
        (chunk({"content": "x"}), EventKind.CONTENT),
        (chunk({"refusal": "x"}), EventKind.CONTENT),
        (chunk({"reasoning_content": "x"}), EventKind.CONTENT),
        (chunk({"nobody_knows": {"deep": "x"}}), EventKind.CONTENT),
        (chunk({"tool_calls": [{"index": 0}]}), EventKind.CONTENT),
        (chunk({}, "stop"), EventKind.CONTENT),
        ({"id": "c", "choices": [], "usage": COUNTS}, EventKind.USAGE),
        ({"usage": COUNTS}, EventKind.USAGE),
        ({"error": {"message": "no"}}, EventKind.ERROR),
    ],
)
def test_what_an_event_means(data: Any, kind: EventKind) -> None:
    """Only what a reader would see is content."""
    events = read(stream([data, chunk({}, "stop")]))

    assert events[0].kind is kind


def test_facts_are_taken_from_a_stream() -> None:
    """Finish, usage and the provider's id come with the events that carry them."""
    events = read(stream([chunk({"content": "x"}), chunk({}, "length"), {"usage": COUNTS}]))

    assert [e.finish for e in events] == [None, "length", None, None]
    assert [e.provider_id for e in events] == ["c1", "c1", None, None]
    assert events[2].usage == Usage(input=6, output=3, cached_input=4)
    assert events[3].kind is EventKind.DONE


def test_a_whole_answer_is_one_event() -> None:
    """A body that is not streamed gives one content event with all facts."""
    (event,) = read(encoded(WHOLE), [3, 20], streamed=False)

    assert event.kind is EventKind.CONTENT
    assert (event.finish, event.provider_id) == ("stop", "c1")
    assert event.usage == Usage(input=6, output=3, cached_input=4)


@pytest.mark.parametrize(
    ("data", "counts"),
    [
        ({"usage": {"prompt_tokens": 5}}, Usage(input=5, output=0)),
        ({"x_groq": {"usage": {"completion_tokens": 5}}}, Usage(input=0, output=5)),
        ({"usage": {"prompt_tokens": 1, "prompt_tokens_details": {"cached_tokens": 9}}},
         Usage(input=0, output=0, cached_input=1)),
        ({"usage": {"prompt_tokens": -1}}, None),
        ({"usage": {"prompt_tokens": "5"}}, None),
        ({"usage": None}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_token_counts(data: Any, counts: Usage | None) -> None:
    """Cached tokens are counted once; what is no count is no usage."""
    assert usage(data) == counts


def test_a_stream_may_end_without_its_mark_once_all_have_finished() -> None:
    """Some providers leave `[DONE]` out; the reader adds the event."""
    events = read(stream([chunk({"content": "x"}), chunk({}, "stop")], done=False))

    assert events[-1].kind is EventKind.DONE


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        stream([chunk({"content": "x"})], done=False),
        stream([chunk({}, "stop", 0), chunk({"content": "x"}, None, 1)], done=False),
        stream([{"id": "c", "choices": []}], done=False),
        b"data: {not json}\n\n",
        b"data: [1]\n\n",
        b'data: {"type":"ping"}\n\n',
        b'data: {"choices":{}}\n\n',
        b'data: {"choices":["x"]}\n\n',
        b'data: {"choices":[{"index":"0"}]}\n\n',
        b'data: {"choices":[{"index":NaN}]}\n\n',
        b"data: " + b"[" * 100_000 + b"\n\n",
        stream([chunk({"content": "x"})], done=False) + b'data: {"choices":[{"del',
        b"<html>busy</html>",
    ],
)
def test_a_broken_stream_is_never_complete(raw: bytes) -> None:
    """An unknown frame, bad JSON or an early end is a fault."""
    with pytest.raises(UpstreamBroken) as fault:
        read(raw)

    assert fault.value.__cause__ is None


@pytest.mark.parametrize(
    "raw",
    [b"", b"nope", b"[]", b"{}", b'{"choices":[]}', b'{"choices":[{}]}', b"\xff"],
)
def test_a_broken_body_is_refused(raw: bytes) -> None:
    """A whole answer must be a chat completion."""
    with pytest.raises(UpstreamBroken):
        read(raw, streamed=False)


@pytest.mark.parametrize(
    "frame",
    [b'event: error\ndata: {"x":1}\n\n', b"event: error\ndata: oops\n\n", b"event: error\n\n"],
)
def test_an_error_event_ends_the_stream(frame: bytes) -> None:
    """What follows an error is not read."""
    events = read(stream([chunk({"content": "x"})], done=False) + frame + b"data: junk\n\n")

    assert [e.kind for e in events] == [EventKind.CONTENT, EventKind.ERROR]


def test_an_error_in_a_whole_answer_is_an_error() -> None:
    """A 200 whose body is an error is not content."""
    (event,) = read(b'{"error":{"message":"x"}}', streamed=False)

    assert event.kind is EventKind.ERROR


def test_nothing_follows_the_end_mark() -> None:
    """Frames after `[DONE]` are ignored."""
    events = read(stream([chunk({}, "stop")]) + b"data: junk\n\n")

    assert events[-1].kind is EventKind.DONE


def test_free_text_does_not_become_a_fact() -> None:
    """A finish reason or id that is no plain word is not passed on to records."""
    data = {**chunk({}, "Anna said so!"), "id": "Anna Schmidt"}

    event = read(stream([data]))[0]

    assert (event.finish, event.provider_id) == ("other", None)


def test_a_whole_answer_has_a_bound() -> None:
    """An endless body is refused instead of kept."""
    reader = WholeReader()

    with pytest.raises(UpstreamBroken):
        for _ in range(33):
            reader.feed(bytes(MAX_ANSWER_BYTES // 32))
