"""Answers of and for OpenAI Responses: its events, and those of other dialects."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import TypeAdapter

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.dialects.translation.translate import TranslatedReader
from guardrail_gw.errors import UpstreamBroken
from tests.unit.dialects.translation.test_answers import (
    CHAT,
    CHAT_STREAM,
    MESSAGES,
    MESSAGES_STREAM,
    NOW_S,
    STRANGE,
    call,
    chunk,
    kinds_or_broken,
    read,
)

RESPONSES = "openai_responses"
ITEM: dict[str, Any] = {"type": "message", "role": "assistant", "id": "msg_1"}
CALL: dict[str, Any] = {"type": "function_call", "id": "fc_1", "call_id": "t1", "name": "look"}
PART: dict[str, Any] = {"type": "output_text", "annotations": [], "text": ""}
COUNTS = {
    "input_tokens": 8,
    "input_tokens_details": {"cached_tokens": 3},
    "output_tokens": 9,
    "output_tokens_details": {"reasoning_tokens": 4},
}


def sent(kind: str, **data: Any) -> bytes:
    """A frame of a stream of responses."""
    named = {"type": f"response.{kind}", **data}
    return b"event: %b\ndata: %b\n\n" % (named["type"].encode(), json.dumps(named).encode())


def response(*output: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A response that is complete."""
    head = {"id": "resp_1", "object": "response", "model": "g", "status": "completed"}
    return {**head, "output": list(output), "usage": COUNTS, **more}


def message(text: str) -> dict[str, Any]:
    """What the model said, whole."""
    return {**ITEM, "content": [{**PART, "text": text}]}


THOUGHT = {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}]}
STREAM = [
    sent("created", response=response(status="in_progress", usage=None)),
    sent("in_progress", response=response(status="in_progress", usage=None)),
    sent("output_item.added", output_index=0, item={**THOUGHT, "summary": []}),
    sent("reasoning_summary_part.added", output_index=0, summary_index=0, part=PART),
    sent("reasoning_summary_text.delta", output_index=0, summary_index=0, delta="hm"),
    sent("reasoning_summary_text.done", output_index=0, summary_index=0, text="hm"),
    sent("output_item.done", output_index=0, item=THOUGHT),
    sent("output_item.added", output_index=1, item={**ITEM, "content": []}),
    sent("content_part.added", output_index=1, content_index=0, part=PART),
    sent("output_text.delta", output_index=1, content_index=0, delta="I "),
    sent("output_text.delta", output_index=1, content_index=0, delta="look."),
    sent("output_text.done", output_index=1, content_index=0, text="I look."),
    sent("output_item.done", output_index=1, item=message("I look.")),
    sent("output_item.added", output_index=2, item={**CALL, "arguments": ""}),
    sent("function_call_arguments.delta", output_index=2, delta='{"town":'),
    sent("function_call_arguments.delta", output_index=2, delta='"Bonn"}'),
    sent("function_call_arguments.done", output_index=2, arguments='{"town":"Bonn"}'),
    sent("output_item.done", output_index=2, item={**CALL, "arguments": '{"town":"Bonn"}'}),
    sent("output_item.added", output_index=3, item={**CALL, "call_id": "t2", "arguments": ""}),
    sent("output_item.done", output_index=3, item={**CALL, "call_id": "t2", "arguments": "{}"}),
]
END = sent(
    "completed",
    response=response(
        THOUGHT,
        message("I look."),
        {**CALL, "arguments": '{"town":"Bonn"}'},
        {**CALL, "call_id": "t2", "arguments": "{}"},
    ),
)
PAIRS: list[tuple[str, str, list[bytes]]] = [
    (CHAT, RESPONSES, CHAT_STREAM),
    (MESSAGES, RESPONSES, MESSAGES_STREAM),
    (RESPONSES, CHAT, [*STREAM, END]),
    (RESPONSES, MESSAGES, [*STREAM, END]),
]
"""Provider, client, and what the provider sends."""


def datas(events: Sequence[AnswerEvent]) -> list[dict[str, Any]]:
    """The data of all events that have some."""
    return [event.data for event in events if event.data is not None]


@pytest.mark.parametrize(("provider", "client", "pieces"), PAIRS)
@given(data=st.data())
def test_however_it_is_cut_the_events_are_the_same(
    provider: str, client: str, pieces: Sequence[bytes], data: st.DataObject
) -> None:
    """Cuts of the provider's bytes change nothing of what the client gets."""
    whole = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=20)))
    parts = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]

    told = datas(read(provider, client, parts, stream=True))

    assert told == datas(read(provider, client, pieces, stream=True))


@pytest.mark.parametrize(("provider", "client", "pieces"), PAIRS)
def test_an_answer_that_ends_anywhere_before_its_end_never_looks_complete(
    provider: str, client: str, pieces: list[bytes]
) -> None:
    """Whatever is missing at the end, no end mark is told and the answer is broken."""
    last = -3 if provider == CHAT else -1  # in chat the reason for the end is an end
    for length in range(len(pieces) + last + 1):
        reader = TranslatedReader(
            inner=BY_NAME[provider].reader(stream=True),
            provider=provider,
            client=client,
            stream=True,
            created_s=NOW_S,
        )
        told = [event for piece in pieces[:length] for event in reader.feed(piece)]

        with pytest.raises(UpstreamBroken):
            told += reader.end()

        assert all(event.kind is not EventKind.DONE for event in told)
        assert "response.completed" not in {data.get("type") for data in datas(told)}


@pytest.mark.parametrize(("provider", "client", "pieces"), PAIRS[:2])
def test_a_stream_tells_whatever_its_end_says(
    provider: str, client: str, pieces: list[bytes]
) -> None:
    """Events are numbered without a gap; pieces join to what is told when they are done."""
    told = datas(read(provider, client, pieces, stream=True))

    assert [data["sequence_number"] for data in told] == list(range(len(told)))
    items = [data["item"] for data in told if data["type"] == "response.output_item.done"]
    assert told[-1]["type"] == "response.completed"
    assert told[-1]["response"]["output"] == items
    begun = [data["item"]["id"] for data in told if data["type"] == "response.output_item.added"]
    assert begun == [item["id"] for item in items]
    assert len(set(begun)) == len(begun)
    pieces_ = [
        "".join(d.get("delta", "") for d in told if d.get("item_id") == name) for name in begun
    ]
    thought = ["hm"] if provider == MESSAGES else []
    assert pieces_ == [_text_of(item) for item in items]
    assert pieces_ == [*thought, "I look.", '{"town":"Bonn"}', "{}"]


def _text_of(item: dict[str, Any]) -> str:
    """What an item says, whatever it is."""
    (part,) = item.get("content") or item.get("summary") or [{"text": item.get("arguments")}]
    return str(part["text"])


@pytest.mark.parametrize(("provider", "client", "pieces"), PAIRS[:2])
def test_every_event_is_one_that_the_client_knows(
    provider: str, client: str, pieces: list[bytes]
) -> None:
    """The types of the openai client take each event, with nothing that they require missing."""
    from openai.types.responses import ResponseStreamEvent  # noqa: PLC0415 - takes long to import

    told = datas(read(provider, client, pieces, stream=True))

    known: TypeAdapter[Any] = TypeAdapter(ResponseStreamEvent)
    for data in told:
        known.validate_python(data)


def test_a_stream_of_responses_as_chat() -> None:
    """Thoughts, text and calls once each, though the provider says them four times."""
    events = read(RESPONSES, CHAT, [*STREAM, END], stream=True)

    told = datas(events)
    assert [c["choices"][0]["delta"] for c in told if c["choices"]] == [
        {"role": "assistant", "content": ""},
        {"reasoning_content": "hm"},
        {"content": "I "},
        {"content": "look."},
        call(0, "", id="t1", type="function", name="look"),
        call(0, '{"town":'),
        call(0, '"Bonn"}'),
        call(1, "", id="t2", type="function", name="look"),
        call(1, "{}"),
        {},
    ]
    assert told[-2]["choices"][0]["finish_reason"] == "tool_calls"
    assert told[-1]["usage"] == {
        "prompt_tokens": 8,
        "completion_tokens": 9,
        "total_tokens": 17,
        "prompt_tokens_details": {"cached_tokens": 3},
        "completion_tokens_details": {"reasoning_tokens": 4},
    }
    assert events[-1].kind is EventKind.DONE
    facts = [(e.usage, e.finish, e.provider_id) for e in events if e.finish]
    assert facts == [(Usage(input=5, output=9, cached_input=3), "completed", "resp_1")]


def test_a_whole_response_says_what_its_stream_says() -> None:
    """The body at the end of a stream, as an answer of its own, is the same chat answer."""
    body = json.loads(END.partition(b"data: ")[2])["response"]

    (event,) = read(RESPONSES, CHAT, [json.dumps(body).encode()], stream=False)

    assert event.data is not None
    assert event.data["choices"] == [
        {
            "index": 0,
            "message": {
                "role": "assistant",
                "content": "I look.",
                "reasoning_content": "hm",
                "tool_calls": [
                    {
                        "id": name,
                        "type": "function",
                        "function": {"name": "look", "arguments": arguments},
                    }
                    for name, arguments in (("t1", '{"town":"Bonn"}'), ("t2", "{}"))
                ],
            },
            "finish_reason": "tool_calls",
        }
    ]


def test_a_whole_answer_is_the_end_of_its_stream() -> None:
    """What a client gets as a body is what the last event of a stream holds."""
    body = {
        "id": "m1",
        "type": "message",
        "model": "c",
        "content": [
            {"type": "thinking", "thinking": "hm", "signature": ""},
            {"type": "text", "text": "I "},
            {"type": "text", "text": "look."},
            {"type": "tool_use", "id": "t1", "name": "look", "input": {"town": "Bonn"}},
            {"type": "tool_use", "id": "t2", "name": "look", "input": {}},
        ],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 5, "output_tokens": 9, "cache_read_input_tokens": 3},
    }

    (event,) = read(MESSAGES, RESPONSES, [json.dumps(body).encode()], stream=False)

    assert (
        event.data == datas(read(MESSAGES, RESPONSES, MESSAGES_STREAM, stream=True))[-1]["response"]
    )


@pytest.mark.parametrize(
    ("reason", "status", "why"),
    [
        ("length", "incomplete", {"reason": "max_output_tokens"}),
        ("content_filter", "incomplete", {"reason": "content_filter"}),
        ("stop", "completed", None),
    ],
)
def test_why_an_answer_ended(reason: str, status: str, why: Any) -> None:
    """An answer that was cut short or filtered is incomplete, and so is its last item."""
    pieces = [chunk({"content": "a"}), chunk({}, reason), CHAT_STREAM[-1]]

    events = read(CHAT, RESPONSES, pieces, stream=True)

    assert events[-1].kind is EventKind.DONE
    last = datas(events)[-1]
    assert last["type"] == f"response.{status}"
    assert last["response"]["status"] == last["response"]["output"][0]["status"] == status
    assert last["response"]["incomplete_details"] == why


@pytest.mark.parametrize(
    ("provider", "pieces"),
    [
        (CHAT, [CHAT_STREAM[1], CHAT_STREAM[-1]]),
        (MESSAGES, [*MESSAGES_STREAM[:9], MESSAGES_STREAM[-1]]),
    ],
)
def test_an_end_without_a_reason_is_none(provider: str, pieces: list[bytes]) -> None:
    """An end mark alone does not say that all was said, and a response is not completed by it."""
    with pytest.raises(UpstreamBroken):
        read(provider, RESPONSES, pieces, stream=True)


@pytest.mark.parametrize(
    ("details", "meant"),
    [
        ({"reason": "max_output_tokens"}, "length"),
        ({"reason": "content_filter"}, "content_filter"),
        ({"reason": "something new"}, "length"),
        (None, "length"),
    ],
)
def test_why_a_response_is_incomplete(details: Any, meant: str) -> None:
    """Every reason has one of the few that chat knows; an unknown one is never an ordinary end."""
    over = response(message("a"), status="incomplete", incomplete_details=details)

    events = read(RESPONSES, CHAT, [sent("incomplete", response=over)], stream=True)
    (whole,) = read(RESPONSES, CHAT, [json.dumps(over).encode()], stream=False)

    assert whole.data is not None
    assert whole.data["choices"][0]["finish_reason"] == meant
    assert datas(events)[-2]["choices"][0]["finish_reason"] == meant


def test_what_only_the_end_says_is_said() -> None:
    """A near-copy that sends no pieces, or a call at the end alone, loses nothing."""
    late = sent("completed", response=response(message("a"), {**CALL, "arguments": "{}"}))
    spoken = [STREAM[0], STREAM[7], sent("output_text.delta", output_index=1, delta="a")]

    alone = datas(read(RESPONSES, CHAT, [late], stream=True))
    after = datas(read(RESPONSES, CHAT, [*spoken, late], stream=True))

    assert alone == after
    assert [c["choices"][0]["delta"] for c in alone[:-1]] == [
        {"role": "assistant", "content": ""},
        {"content": "a"},
        call(0, "", id="t1", type="function", name="look"),
        call(0, "{}"),
        {},
    ]


def test_a_call_that_only_the_end_has_keeps_its_arguments() -> None:
    """Where the end counts its items anew, one is not taken for another."""
    first = {**CALL, "arguments": '{"a":1}'}
    second = {**CALL, "call_id": "t2", "arguments": '{"b":2}'}
    over = sent("completed", response=response(first, second))
    begun = sent("output_item.added", output_index=1, item={**CALL, "arguments": ""})
    done = sent("output_item.done", output_index=1, item=first)

    (whole,) = read(RESPONSES, CHAT, [json.dumps(response(first, second)).encode()], stream=False)
    told = datas(read(RESPONSES, CHAT, [STREAM[0], begun, done, over], stream=True))

    calls = datas([whole])[0]["choices"][0]["message"]["tool_calls"]
    assert [each["function"]["arguments"] for each in calls] == ['{"a":1}', '{"b":2}']
    pieces = [each for c in told for each in _calls_of(c)]
    assert [(each["index"], each["function"]["arguments"]) for each in pieces] == [
        *((0, ""), (0, '{"a":1}'), (1, ""), (1, '{"b":2}')),
    ]


def _calls_of(told: dict[str, Any]) -> list[dict[str, Any]]:
    """The calls of a chunk."""
    return [call for c in told["choices"] for call in c["delta"].get("tool_calls") or ()]


@pytest.mark.parametrize(
    "pieces",
    [
        [*STREAM, END, STREAM[0]],
        [STREAM[0], sent("output_item.added", output_index=0, item={"type": "web_search_call"})],
        [STREAM[0], sent("output_item.done", output_index=0, item={**ITEM, "content": [{}]})],
        [STREAM[0], sent("output_text.delta", delta="no number")],
        [*STREAM[:19], sent("function_call_arguments.delta", output_index=2, delta="}")],
        [STREAM[0], sent("function_call_arguments.delta", output_index=0, delta="{}")],
        [*STREAM[:14], STREAM[18], STREAM[17]],
    ],
    ids=["two answers", "hosted tool", "part", "number", "mixed calls", "no call", "late"],
)
def test_what_cannot_be_carried_is_not_dropped(pieces: list[bytes]) -> None:
    """An answer that the client's dialect has no place for is an error, not half an answer."""
    with pytest.raises(UpstreamBroken):
        read(RESPONSES, CHAT, [*pieces, END], stream=True)


@pytest.mark.parametrize("client", [CHAT, MESSAGES])
@pytest.mark.parametrize("kind", ["error", "response.failed"])
def test_an_error_stays_one(client: str, kind: str) -> None:
    """A response that failed is passed on as an error, whatever was said before."""
    failed = {"type": kind, "response": {"status": "failed", "error": {"code": "server_error"}}}
    frame = b"event: x\ndata: " + json.dumps(failed).encode() + b"\n\n"

    assert read(RESPONSES, client, [*STREAM[:11], frame], stream=True)[-1].kind is EventKind.ERROR


@pytest.mark.parametrize("client", [CHAT, MESSAGES])
@pytest.mark.parametrize("strange", STRANGE, ids=repr)
@pytest.mark.parametrize(
    "member",
    [
        *("type", "delta", "item", "response", "output", "content", "text", "summary", "call_id"),
        *("arguments", "annotations", "output_index", "content_index", "incomplete_details"),
        "usage",
    ],
)
def test_an_event_of_strange_types_is_broken_or_read(
    client: str, member: str, strange: Any
) -> None:
    """Whatever stands in a member, nothing but our own exception leaves the reader."""
    pieces = []
    for piece in [*STREAM, END]:
        data = json.loads(piece.partition(b"data: ")[2])
        data["response"] = {**data.get("response", {}), "status": "incomplete"}
        _replaced(data, member, strange)
        pieces.append(b"event: x\ndata: " + json.dumps(data).encode() + b"\n\n")

    assert kinds_or_broken(RESPONSES, client, pieces)


def _replaced(value: Any, member: str, strange: Any) -> None:
    if isinstance(value, dict):
        for name, inner in value.items():
            _replaced(inner, member, strange)
            if name == member:
                value[name] = strange
    elif isinstance(value, list):
        for inner in value:
            _replaced(inner, member, strange)
