"""Events that come wrapped in binary messages, read by their dialect's own reader."""

import base64
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.exchange import AnswerEvent, EventKind, Head
from guardrail_gw.dialects.event_stream import encode
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.dialects.wrapped import RenamingReader, UnwrappingReader
from guardrail_gw.errors import UpstreamBroken

MESSAGES = BY_NAME["anthropic_messages"]
START = {"type": "message_start", "message": {"id": "m1", "content": [], "usage": {}}}
DELTA = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "ä\n"}}
END = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}
STOP = {"type": "message_stop", "amazon-bedrock-invocationMetrics": {"inputTokenCount": 7}}
EVENTS: list[dict[str, Any]] = [START, DELTA, END, STOP]


def wrapped(*events: dict[str, Any]) -> bytes:
    """The bytes of a stream."""
    return b"".join(chunk(json.dumps(each, indent=1).encode()) for each in events)


def chunk(event: bytes) -> bytes:
    """One wrapped event."""
    headers = {":message-type": "event", ":event-type": "chunk"}
    payload = {"bytes": base64.b64encode(event).decode(), "p": "abc"}
    return encode(headers, json.dumps(payload).encode())


def read(raw: bytes, cuts: list[int] | None = None) -> list[AnswerEvent]:
    """All events of an answer that arrives in pieces."""
    reader = UnwrappingReader(MESSAGES.reader(stream=True))
    edges = [0, *sorted(cuts or ()), len(raw)]
    events = [each for a, b in pairwise(edges) for each in reader.feed(raw[a:b])]
    events += reader.end()
    assert reader.complete or events[-1].kind in (EventKind.DONE, EventKind.ERROR)
    return events


def test_what_is_within_is_what_the_dialect_says() -> None:
    """Each event as the dialect's own servers send it, its lines and its extra members too."""
    events = read(wrapped(*EVENTS))

    assert [event.data for event in events] == EVENTS
    assert events[-1].kind is EventKind.DONE
    assert events[2].finish == "end_turn"


@given(data=st.data())
def test_cutting_changes_nothing(data: st.DataObject) -> None:
    """For every way to cut the bytes the events are the same."""
    raw = wrapped(*EVENTS)
    cuts = data.draw(st.lists(st.integers(0, len(raw)), max_size=9))

    assert read(raw, cuts) == read(raw)


@pytest.mark.parametrize("kind", ["exception", "error"])
def test_a_failure_is_an_error_by_its_name(kind: str) -> None:
    """What it says itself is nobody's."""
    header = ":exception-type" if kind == "exception" else ":error-code"
    failed = encode({":message-type": kind, header: "throttlingException"}, b'{"message":"x"}')

    events = read(wrapped(START, DELTA) + failed)

    assert events[-1] == AnswerEvent(
        kind=EventKind.ERROR, data={"error": {"type": "throttlingException"}}
    )


@pytest.mark.parametrize(
    "raw",
    [
        wrapped(START, DELTA),
        wrapped(*EVENTS)[:-1],
        wrapped(*EVENTS) + chunk(b"{}")[:20],
        encode({":message-type": "event", ":event-type": "other"}, b"{}"),
        encode({":message-type": "other"}, b"{}"),
        encode({":message-type": "event", ":event-type": "chunk"}, b"{}"),
        encode({":message-type": "event", ":event-type": "chunk"}, b'{"bytes":"%%"}'),
        encode({":message-type": "event", ":event-type": "chunk"}, b'{"bytes":5}'),
        encode({":message-type": "event", ":event-type": "chunk"}, b"\xff"),
        chunk(b"no JSON"),
        chunk(b""),
    ],
)
def test_what_holds_no_event_is_broken(raw: bytes) -> None:
    """An unknown message, one that holds nothing, or an answer without its end."""
    with pytest.raises(UpstreamBroken):
        read(raw)


def counted(raw: bytes) -> list[AnswerEvent]:
    """A count of tokens by the provider's own name for it, in two pieces."""
    counting = MESSAGES.reader(stream=False, head=Head(path="/messages/count_tokens"))
    reader = RenamingReader(inner=counting, names={"inputTokens": "input_tokens"})
    assert [*reader.feed(raw[:5]), *reader.feed(raw[5:])] == []
    return list(reader.end())


def test_an_answer_by_other_names_is_the_dialect_s() -> None:
    """The client reads what it knows."""
    (event,) = counted(b'{"inputTokens": 7}')

    assert event.data == {"input_tokens": 7}


@pytest.mark.parametrize("raw", [b"{}", b"[]", b"no JSON", b'{"other": 7}'])
def test_an_answer_that_is_something_else_is_none(raw: bytes) -> None:
    """Whatever names it has."""
    with pytest.raises(UpstreamBroken):
        counted(raw)
