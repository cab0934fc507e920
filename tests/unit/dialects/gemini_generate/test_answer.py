from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import AnswerEvent, EventKind, Head
from guardrail_gw.dialects.gemini_generate.answer import usage
from guardrail_gw.errors import UpstreamBroken
from tests.support.chat import encoded
from tests.support.gemini import (
    ARRAY,
    COUNT,
    EMBED,
    EMBED_MANY,
    GEMINI,
    STREAM,
    WHOLE,
    answer,
    array,
    candidate,
    read,
    stream,
)

CONTENT, LIFECYCLE, USAGE, ERROR, DONE = (
    *(EventKind.CONTENT, EventKind.LIFECYCLE, EventKind.USAGE),
    *(EventKind.ERROR, EventKind.DONE),
)
COUNTS = {"promptTokenCount": 7, "candidatesTokenCount": 3}
PARTS = [
    answer(candidate("Gr")),
    answer(candidate("üße"), usageMetadata={"promptTokenCount": 7}),
    answer(candidate("", finish="STOP"), usageMetadata=COUNTS),
]


def kinds(events: list[AnswerEvent]) -> list[EventKind]:
    """What each event means."""
    return [event.kind for event in events]


def streamed(*parts: dict[str, Any]) -> list[EventKind]:
    """What the parts of a stream mean."""
    return kinds(read(stream(parts)))


@given(cuts=st.lists(st.integers(0, 900), max_size=9), framed=st.sampled_from([stream, array]))
def test_a_stream_is_read_however_it_is_cut_and_framed(cuts: list[int], framed: Any) -> None:
    """Events or an array, the parts are the same, whatever was asked for."""
    events = read(framed(PARTS), cuts)

    assert [event.data for event in events] == PARTS
    assert kinds(events) == [CONTENT, CONTENT, DONE]
    assert events[-1].usage == Usage(input=7, output=3)
    assert (events[-1].finish, events[-1].provider_id) == ("STOP", "r1")


def test_the_last_part_waits_for_the_end_of_the_bytes() -> None:
    """It is not passed on before, and nothing needs to follow it."""
    reader = GEMINI.reader(stream=True, head=STREAM)
    wire = stream(PARTS)

    assert kinds(list(reader.feed(wire))) == [CONTENT, CONTENT]
    assert reader.complete
    assert kinds(list(reader.end())) == [DONE]


def test_an_array_is_complete_when_it_is_closed() -> None:
    """Not even its last part makes it so."""
    reader = GEMINI.reader(stream=True, head=ARRAY)
    wire = array(PARTS).rstrip()

    events = list(reader.feed(wire[:-1]))
    before = reader.complete
    events += reader.feed(wire[-1:])

    assert kinds(events) == [CONTENT, CONTENT]
    assert (before, reader.complete) == (False, True)
    assert kinds(list(reader.end())) == [DONE]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" \r\n",
        b"[",
        b"[]",
        stream(PARTS[:2]),
        array(PARTS[:2]),
        array(PARTS).rstrip()[:-1],
        stream([answer(candidate("x", finish="STOP", index=0), candidate("y", index=1))]),
        stream([answer(candidate("x", finish="FINISH_REASON_UNSPECIFIED"))]),
        stream([answer(candidate("x", finish="STOP")), answer(candidate("y", index=1))]),
        stream([{"usageMetadata": COUNTS}]),
    ],
)
def test_a_stream_that_breaks_off_is_not_complete(raw: bytes) -> None:
    """As long as a candidate lacks its finish reason, or the array its bracket."""
    with pytest.raises(UpstreamBroken, match="ended before its end"):
        read(raw)


def test_what_follows_a_finish_reason_is_passed_on() -> None:
    """Some servers finish in every part, or count tokens behind the last."""
    every = [answer(candidate(text, finish="STOP")) for text in "abc"]
    counted = answer(usageMetadata=COUNTS)
    del counted["candidates"]

    assert streamed(*every) == [CONTENT, CONTENT, DONE]
    events = read(stream([*every, counted]))
    assert kinds(events) == [CONTENT, CONTENT, CONTENT, DONE]
    assert events[-1].usage == Usage(input=7, output=3)


def test_what_has_finished_stays_finished() -> None:
    """A source or a count may follow behind the finish reason, without repeating it."""
    over, more = candidate("x", finish="STOP"), candidate({"later": 1})

    assert streamed(answer(over), answer(more)) == [CONTENT, DONE]


def test_every_candidate_must_finish() -> None:
    """Each by its number, which the first may lack."""
    first, second = candidate("x", finish="STOP"), candidate("y", finish="MAX_TOKENS", index=1)

    assert streamed(answer(first, candidate("y", index=1)), answer(second)) == [CONTENT, DONE]


@pytest.mark.parametrize("reason", ["SAFETY", "PROHIBITED_CONTENT", 1])
def test_a_blocked_prompt_is_an_answer(reason: Any) -> None:
    """Without any candidate, whole or streamed."""
    blocked = {"promptFeedback": {"blockReason": reason}, "usageMetadata": COUNTS}

    (event,) = read(stream([blocked]))
    (whole,) = read(encoded(blocked), at=WHOLE)

    assert (event.kind, whole.kind) == (DONE, CONTENT)
    assert event.finish == whole.finish == (reason if isinstance(reason, str) else "SAFETY")


@pytest.mark.parametrize(
    ("given_", "kind"),
    [
        (answer(candidate("")), LIFECYCLE),
        (answer(candidate({"thoughtSignature": "x"})), LIFECYCLE),
        (answer(candidate({"text": "", "thought": True})), LIFECYCLE),
        (answer(candidate({"functionCall": {}})), LIFECYCLE),
        (answer(candidate()), LIFECYCLE),
        (answer({}), LIFECYCLE),
        ({"usageMetadata": COUNTS}, USAGE),
        ({"promptFeedback": {}}, LIFECYCLE),
        (answer(candidate({"functionCall": {"name": "f"}})), CONTENT),
        (answer(candidate({"inlineData": {"data": "x"}})), CONTENT),
        (answer(candidate({"text": "x", "thought": True})), CONTENT),
        (answer(candidate({"later": 1})), CONTENT),
    ],
)
def test_only_what_a_reader_sees_is_content(given_: dict[str, Any], kind: EventKind) -> None:
    """Before that, another provider may still be asked."""
    assert streamed(given_, answer(candidate("", finish="STOP")))[0] is kind


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"foo": 1},
        {"candidates": {}},
        {"candidates": [1]},
        {"candidates": [{"index": "0"}]},
        {"candidates": [{"content": []}]},
        {"candidates": [{"content": {"parts": {}}}]},
        {"candidates": [{"content": {"parts": ["x"]}}]},
        {"candidates": [{"finishReason": ["STOP"]}]},
    ],
)
def test_what_is_no_answer_is_refused(wrong: dict[str, Any]) -> None:
    """An unknown form could hold anything."""
    for raw, at in ((encoded(wrong), WHOLE), (stream([wrong]), STREAM)):
        with pytest.raises(UpstreamBroken, match="holds something"):
            read(raw, at=at)


@pytest.mark.parametrize("raw", [b"[", b"nonsense", b'"x"', b"[1]", b'{"a":NaN}', b"\xff"])
def test_what_is_no_json_is_refused(raw: bytes) -> None:
    """Whole, or as an event."""
    with pytest.raises(UpstreamBroken):
        read(raw, at=WHOLE)
    with pytest.raises(UpstreamBroken):
        read(b"data: " + raw + b"\n\n")


@pytest.mark.parametrize("content", [None, {}, {"role": "model"}, {"parts": None}])
def test_a_candidate_may_have_nothing(content: Any) -> None:
    """As recorded: no content, no parts."""
    (event,) = read(encoded({"candidates": [{"content": content, "finishReason": 3}]}), at=WHOLE)

    assert (event.kind, event.finish) == (CONTENT, "SAFETY")


@pytest.mark.parametrize(
    ("reason", "known"),
    [(1, "STOP"), (2, "MAX_TOKENS"), (99, "other"), ("Anna Schmidt", "other"), ("SPII", "SPII")],
)
def test_only_plain_words_are_finish_reasons(reason: Any, known: str) -> None:
    """Records and metrics get no other."""
    (event,) = read(encoded(answer({"finishReason": reason})), at=WHOLE)

    assert event.finish == known


@pytest.mark.parametrize(
    "raw",
    [
        b'data: {"error":{"code":503}}\r\n\r\n',
        b'[{"error":{"code":503}}]',
        b"event: error\ndata: x\n\n",
        stream(PARTS[:1]) + b'data: {"error":{"code":503}}\n\n' + stream(PARTS),
    ],
)
def test_an_error_ends_a_stream(raw: bytes) -> None:
    """However it is framed, and whatever follows it."""
    assert kinds(read(raw))[-1] is ERROR


def test_an_error_may_be_whole() -> None:
    """Within a 200 as well."""
    assert kinds(read(b'{"error":{"code":500}}', at=WHOLE)) == [ERROR]


def test_other_dialects_mark_is_dropped() -> None:
    """Some servers send `[DONE]` from habit."""
    assert kinds(read(stream(PARTS) + b"data: [DONE]\n\n")) == [CONTENT, CONTENT, DONE]


@pytest.mark.parametrize(
    ("at", "given_"),
    [
        (COUNT, {"totalTokens": 31, "promptTokensDetails": []}),
        (EMBED, {"embedding": {"values": [0.1]}}),
        (EMBED_MANY, {"embeddings": [{"values": [0.1]}]}),
    ],
)
def test_other_operations_have_answers_of_their_own(at: Head, given_: dict[str, Any]) -> None:
    """Each is one object; another one's is refused."""
    (event,) = read(encoded(given_), at=at)

    assert (event.kind, event.data) == (CONTENT, given_)
    with pytest.raises(UpstreamBroken):
        read(encoded(PARTS[0]), at=at)
    with pytest.raises(UpstreamBroken):
        read(encoded(given_), at=WHOLE)


@pytest.mark.parametrize(
    ("counts", "known"),
    [
        (COUNTS, Usage(input=7, output=3)),
        ({"promptTokenCount": 7}, Usage(input=7, output=0)),
        ({**COUNTS, "cachedContentTokenCount": 5}, Usage(input=2, output=3, cached_input=5)),
        ({**COUNTS, "cachedContentTokenCount": 9}, Usage(input=0, output=3, cached_input=7)),
        ({**COUNTS, "thoughtsTokenCount": 40}, Usage(input=7, output=43)),
        ({**COUNTS, "toolUsePromptTokenCount": 100}, Usage(input=107, output=3)),
        ({"totalTokenCount": 3}, None),
        ({"promptTokenCount": -1}, None),
        ({"promptTokenCount": "7"}, None),
        ([], None),
        (None, None),
    ],
)
def test_each_token_is_counted_once(counts: Any, known: Usage | None) -> None:
    """Cached ones are among the prompt's; thoughts and what tools brought are not."""
    assert usage(counts) == known


def test_an_image_may_come_in_one_event() -> None:
    """Parts of streams are larger here than in other dialects."""
    image = answer(candidate({"inlineData": {"data": "A" * (3 << 20)}}, finish="STOP"))

    assert streamed(image) == [DONE]
