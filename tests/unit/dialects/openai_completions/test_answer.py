import pytest

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import EventKind
from guardrail_gw.errors import UpstreamBroken
from tests.support.chat import encoded, read_by, stream
from tests.support.completions import COMPLETIONS, chunk

COUNTED = {"usage": {"prompt_tokens": 3, "completion_tokens": 4}}


def test_a_whole_completion_is_read() -> None:
    """One event, with the counts and the reason for its end."""
    raw = encoded({**chunk("hi", "stop"), **COUNTED})

    (event,) = read_by(COMPLETIONS.reader(stream=False), raw)

    assert event.kind is EventKind.CONTENT
    assert event.usage == Usage(input=3, output=4)
    assert (event.finish, event.provider_id) == ("stop", "cmpl-1")


def test_a_stream_is_read() -> None:
    """Text is content; the counts come by themselves; the end mark ends it."""
    raw = stream([chunk("h"), chunk("i", "stop"), {"choices": [], **COUNTED}])

    kinds = [e.kind for e in read_by(COMPLETIONS.reader(stream=True), raw, [7, 40])]

    assert kinds == [EventKind.CONTENT, EventKind.CONTENT, EventKind.USAGE, EventKind.DONE]


@pytest.mark.parametrize(
    "raw",
    [
        b"{}",
        b'{"choices":[]}',
        b'{"choices":[{"message":{"content":"a"}}]}',
        b'{"choices":[{"text":null}]}',
        b"<html>",
    ],
)
def test_what_is_no_completion_never_looks_like_one(raw: bytes) -> None:
    """An answer without text is broken, a chat answer included."""
    with pytest.raises(UpstreamBroken):
        read_by(COMPLETIONS.reader(stream=False), raw)


def test_a_cut_stream_never_looks_complete() -> None:
    """Without its end mark and with a choice that has not finished."""
    with pytest.raises(UpstreamBroken):
        read_by(COMPLETIONS.reader(stream=True), stream([chunk("hi")], done=False))


def test_an_error_within_a_200_is_an_error() -> None:
    """Whole and streamed."""
    raw = encoded({"error": {"message": "as told"}})

    (whole,) = read_by(COMPLETIONS.reader(stream=False), raw)
    (streamed,) = read_by(COMPLETIONS.reader(stream=True), b"data: " + raw + b"\n\n")

    assert (whole.kind, streamed.kind) == (EventKind.ERROR, EventKind.ERROR)
