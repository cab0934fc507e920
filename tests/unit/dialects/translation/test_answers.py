"""Answers given in the client's dialect, whatever the provider speaks."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.exchange import AnswerEvent, EventKind
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.dialects.translation.translate import TranslatedReader
from guardrail_gw.errors import UpstreamBroken

CHAT, MESSAGES = "openai_chat", "anthropic_messages"
NOW_S = 1_795_000_000


def read(provider: str, client: str, pieces: Iterable[bytes], *, stream: bool) -> list[AnswerEvent]:
    """All events of an answer."""
    reader = TranslatedReader(
        inner=BY_NAME[provider].reader(stream=stream),
        provider=provider,
        client=client,
        stream=stream,
        created_s=NOW_S,
    )
    events = [event for piece in pieces for event in reader.feed(piece)]
    return [*events, *reader.end()]


def _sent(data: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(data).encode() + b"\n\n"


def chunk(delta: dict[str, Any], reason: str | None = None) -> bytes:
    """A frame of a chat stream."""
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return (
        b"data: " + json.dumps({"id": "c1", "model": "g", "choices": [choice]}).encode() + b"\n\n"
    )


def frame(**data: Any) -> bytes:
    """A frame of a Messages stream."""
    return b"event: x\ndata: " + json.dumps(data).encode() + b"\n\n"


def call(index: int, arguments: str, **begun: Any) -> dict[str, Any]:
    """A delta with a piece of a call."""
    function = {"arguments": arguments, **({"name": begun.pop("name")} if begun else {})}
    return {"tool_calls": [{"index": index, **begun, "function": function}]}


CHAT_USAGE = {
    "prompt_tokens": 7,
    "completion_tokens": 2,
    "prompt_tokens_details": {"cached_tokens": 3},
}
CHAT_STREAM = [
    chunk({"role": "assistant", "content": ""}),
    chunk({"content": "I "}),
    chunk({"content": "look."}),
    chunk(call(0, "", id="t1", type="function", name="look")),
    chunk(call(0, '{"town":')),
    chunk(call(0, '"Bonn"}')),
    chunk(call(1, "{}", id="t2", type="function", name="look")),
    chunk({}, "tool_calls"),
    _sent({"id": "c1", "choices": [], "usage": CHAT_USAGE}),
    b"data: [DONE]\n\n",
]
MESSAGES_STREAM = [
    frame(
        type="message_start",
        message={
            "id": "m1",
            "type": "message",
            "model": "c",
            "content": [],
            "usage": {"input_tokens": 5, "output_tokens": 1, "cache_read_input_tokens": 3},
        },
    ),
    frame(type="content_block_start", index=0, content_block={"type": "thinking", "thinking": ""}),
    frame(type="content_block_delta", index=0, delta={"type": "thinking_delta", "thinking": "hm"}),
    frame(type="content_block_stop", index=0),
    frame(type="ping"),
    frame(type="content_block_start", index=1, content_block={"type": "text", "text": ""}),
    frame(type="content_block_delta", index=1, delta={"type": "text_delta", "text": "I "}),
    frame(type="content_block_delta", index=1, delta={"type": "text_delta", "text": "look."}),
    frame(type="content_block_stop", index=1),
    frame(
        type="content_block_start",
        index=2,
        content_block={"type": "tool_use", "id": "t1", "name": "look", "input": {}},
    ),
    frame(
        type="content_block_delta",
        index=2,
        delta={"type": "input_json_delta", "partial_json": '{"town":"Bonn"}'},
    ),
    frame(type="content_block_stop", index=2),
    frame(
        type="content_block_start",
        index=3,
        content_block={"type": "tool_use", "id": "t2", "name": "look", "input": {}},
    ),
    frame(type="content_block_stop", index=3),
    frame(type="message_delta", delta={"stop_reason": "tool_use"}, usage={"output_tokens": 9}),
    frame(type="message_stop"),
]


CHAT_COUNTED = Usage(input=4, output=2, cached_input=3)
MESSAGES_COUNTED = Usage(input=5, output=9, cached_input=3)


def test_a_chat_stream_as_messages() -> None:
    """Blocks are opened and closed one after the other; counts come with the reason."""
    events = read(CHAT, MESSAGES, CHAT_STREAM, stream=True)

    told = [event.data for event in events]
    assert told == [
        {
            "type": "message_start",
            "message": {
                "id": "c1",
                "type": "message",
                "role": "assistant",
                "model": "g",
                "content": [],
                "stop_reason": None,
                "stop_sequence": None,
                "usage": {
                    "input_tokens": 0,
                    "output_tokens": 0,
                    "cache_read_input_tokens": 0,
                    "cache_creation_input_tokens": 0,
                },
            },
        },
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "I "}},
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": "look."},
        },
        {"type": "content_block_stop", "index": 0},
        {
            "type": "content_block_start",
            "index": 1,
            "content_block": {"type": "tool_use", "id": "t1", "name": "look", "input": {}},
        },
        {
            "type": "content_block_delta",
            "index": 1,
            "delta": {"type": "input_json_delta", "partial_json": '{"town":'},
        },
        {
            "type": "content_block_delta",
            "index": 1,
            "delta": {"type": "input_json_delta", "partial_json": '"Bonn"}'},
        },
        {"type": "content_block_stop", "index": 1},
        {
            "type": "content_block_start",
            "index": 2,
            "content_block": {"type": "tool_use", "id": "t2", "name": "look", "input": {}},
        },
        {
            "type": "content_block_delta",
            "index": 2,
            "delta": {"type": "input_json_delta", "partial_json": "{}"},
        },
        {"type": "content_block_stop", "index": 2},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "tool_use", "stop_sequence": None},
            "usage": {
                "input_tokens": 4,
                "output_tokens": 2,
                "cache_read_input_tokens": 3,
                "cache_creation_input_tokens": 0,
            },
        },
        {"type": "message_stop"},
    ]
    assert events[-1].kind is EventKind.DONE


def test_a_messages_stream_as_chat() -> None:
    """Thoughts are told as such, calls are numbered anew, counts come last."""
    events = read(MESSAGES, CHAT, MESSAGES_STREAM, stream=True)

    chunks = [event.data for event in events if event.data]
    deltas = [c["choices"][0]["delta"] for c in chunks if c["choices"]]
    assert deltas == [
        {"role": "assistant", "content": ""},
        {"reasoning_content": "hm"},
        {"content": "I "},
        {"content": "look."},
        call(0, "", id="t1", type="function", name="look"),
        call(0, '{"town":"Bonn"}'),
        call(1, "", id="t2", type="function", name="look"),
        call(1, "{}"),
        {},
    ]
    assert [c["choices"][0]["finish_reason"] for c in chunks[:-1]] == [None] * 8 + ["tool_calls"]
    assert {(c["id"], c["object"], c["created"], c["model"]) for c in chunks} == {
        ("m1", "chat.completion.chunk", NOW_S, "c")
    }
    assert chunks[-1]["usage"] == {
        "prompt_tokens": 8,
        "completion_tokens": 9,
        "total_tokens": 17,
        "prompt_tokens_details": {"cached_tokens": 3},
    }
    assert (events[-1].kind, events[-1].data) == (EventKind.DONE, None)


@pytest.mark.parametrize(
    ("provider", "client", "pieces"),
    [(CHAT, MESSAGES, CHAT_STREAM), (MESSAGES, CHAT, MESSAGES_STREAM)],
)
@given(data=st.data())
def test_however_it_is_cut_the_events_are_the_same(
    provider: str, client: str, pieces: Sequence[bytes], data: st.DataObject
) -> None:
    """Cuts of the provider's bytes change nothing of what the client gets."""
    whole = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=20)))
    parts = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)], strict=True)]

    told = [event.data for event in read(provider, client, parts, stream=True)]

    assert told == [event.data for event in read(provider, client, pieces, stream=True)]


@pytest.mark.parametrize(
    ("provider", "client", "pieces", "usage", "finish", "name"),
    [
        (CHAT, MESSAGES, CHAT_STREAM, Usage(input=4, output=2, cached_input=3), "tool_calls", "c1"),
        (
            MESSAGES,
            CHAT,
            MESSAGES_STREAM,
            Usage(input=5, output=9, cached_input=3),
            "tool_use",
            "m1",
        ),
    ],
)
def test_what_the_log_is_told_survives(  # noqa: PLR0913, PLR0917 - the facts of one answer
    provider: str, client: str, pieces: list[bytes], usage: Usage, finish: str, name: str
) -> None:
    """Counts, the provider's reason and its name for the answer are those of the provider."""
    events = read(provider, client, pieces, stream=True)

    assert [e.usage for e in events if e.usage][-1] == usage
    assert [e.finish for e in events if e.finish][-1] == finish
    assert next(e.provider_id for e in events if e.provider_id) == name


def test_nothing_is_committed_before_something_is_said() -> None:
    """What comes before the first content may still be dropped and asked for elsewhere."""
    kinds = [event.kind for event in read(MESSAGES, CHAT, MESSAGES_STREAM, stream=True)]

    assert kinds[0] is EventKind.LIFECYCLE
    assert kinds[1] is EventKind.CONTENT
    assert kinds[-2:] == [EventKind.USAGE, EventKind.DONE]


@pytest.mark.parametrize(
    ("provider", "client", "pieces"),
    [(CHAT, MESSAGES, CHAT_STREAM[:-1]), (MESSAGES, CHAT, MESSAGES_STREAM[:-1])],
)
def test_a_cut_answer_never_looks_complete(provider: str, client: str, pieces: list[bytes]) -> None:
    """Without the provider's end the client gets none."""
    cut = pieces[: -2 if provider == CHAT else None]

    with pytest.raises(UpstreamBroken):
        read(provider, client, cut, stream=True)


@pytest.mark.parametrize(("provider", "client"), [(CHAT, MESSAGES), (MESSAGES, CHAT)])
def test_an_error_stays_one(provider: str, client: str) -> None:
    """An error within a stream is passed on as one, not translated into text."""
    error = b'event: error\ndata: {"type":"error","error":{"type":"overloaded_error"}}\n\n'

    assert [e.kind for e in read(provider, client, [error], stream=True)] == [EventKind.ERROR]


def test_a_whole_chat_answer_as_a_message() -> None:
    """Text and calls become blocks; arguments become an object."""
    message = {
        "role": "assistant",
        "content": "I look.",
        "tool_calls": [
            {
                "id": "t1",
                "type": "function",
                "function": {"name": "look", "arguments": '{"town":"Bonn"}'},
            }
        ],
    }
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls"}
    counts = {"prompt_tokens": 7, "completion_tokens": 2}
    body = {"id": "c1", "model": "g", "choices": [choice], "usage": counts}

    (event,) = read(CHAT, MESSAGES, [json.dumps(body).encode()], stream=False)

    assert event.data == {
        "id": "c1",
        "type": "message",
        "role": "assistant",
        "model": "g",
        "content": [
            {"type": "text", "text": "I look."},
            {"type": "tool_use", "id": "t1", "name": "look", "input": {"town": "Bonn"}},
        ],
        "stop_reason": "tool_use",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 7,
            "output_tokens": 2,
            "cache_read_input_tokens": 0,
            "cache_creation_input_tokens": 0,
        },
    }


def test_a_whole_message_as_a_chat_answer() -> None:
    """Blocks become one text and a list of calls; written caches count as input."""
    body = {
        "id": "m1",
        "type": "message",
        "model": "c",
        "content": [
            {"type": "text", "text": "I "},
            {"type": "text", "text": "look."},
            {"type": "tool_use", "id": "t1", "name": "look", "input": {"town": "Köln"}},
        ],
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 5, "output_tokens": 9, "cache_creation_input_tokens": 4},
    }

    (event,) = read(MESSAGES, CHAT, [json.dumps(body).encode()], stream=False)

    function = {"name": "look", "arguments": '{"town":"Köln"}'}
    assert event.data == {
        "id": "m1",
        "object": "chat.completion",
        "created": NOW_S,
        "model": "c",
        "choices": [
            {
                "index": 0,
                "message": {
                    "role": "assistant",
                    "content": "I look.",
                    "tool_calls": [{"id": "t1", "type": "function", "function": function}],
                },
                "finish_reason": "tool_calls",
            }
        ],
        "usage": {
            "prompt_tokens": 9,
            "completion_tokens": 9,
            "total_tokens": 18,
            "prompt_tokens_details": {"cached_tokens": 0},
        },
    }


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("end_turn", "stop"),
        ("stop_sequence", "stop"),
        ("max_tokens", "length"),
        ("model_context_window_exceeded", "length"),
        ("tool_use", "tool_calls"),
        ("refusal", "content_filter"),
        ("something new", "stop"),
    ],
)
def test_why_a_message_ended(said: str, meant: str) -> None:
    """Every reason has one of the few that chat knows."""
    body = {"id": "m", "type": "message", "content": [], "stop_reason": said}

    (event,) = read(MESSAGES, CHAT, [json.dumps(body).encode()], stream=False)

    assert event.data is not None
    assert event.data["choices"][0]["finish_reason"] == meant


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("stop", "end_turn"),
        ("length", "max_tokens"),
        ("tool_calls", "tool_use"),
        ("function_call", "tool_use"),
        ("content_filter", "refusal"),
        ("eos", "end_turn"),
    ],
)
def test_why_a_chat_answer_ended(said: str, meant: str) -> None:
    """Every reason has its word in Messages."""
    choice = {"index": 0, "message": {"content": "x"}, "finish_reason": said}

    (event,) = read(CHAT, MESSAGES, [json.dumps({"choices": [choice]}).encode()], stream=False)

    assert event.data is not None
    assert event.data["stop_reason"] == meant


@pytest.mark.parametrize(
    ("provider", "client", "body"),
    [
        (
            MESSAGES,
            CHAT,
            {"type": "message", "content": [{"type": "server_tool_use", "id": "s", "name": "w"}]},
        ),
        (
            CHAT,
            MESSAGES,
            {"choices": [{"message": {"content": "a"}}, {"index": 1, "message": {"content": "b"}}]},
        ),
        (
            CHAT,
            MESSAGES,
            {
                "choices": [
                    {
                        "message": {
                            "tool_calls": [
                                {"id": "t", "function": {"name": "f", "arguments": "not JSON"}}
                            ]
                        }
                    }
                ]
            },
        ),
    ],
    ids=["hosted tool", "two choices", "arguments"],
)
def test_what_cannot_be_carried_is_not_dropped(
    provider: str, client: str, body: dict[str, Any]
) -> None:
    """An answer that the client's dialect has no place for is an error, not half an answer."""
    with pytest.raises(UpstreamBroken):
        read(provider, client, [json.dumps(body).encode()], stream=False)


def test_mixed_calls_are_not_guessed_at() -> None:
    """A piece for a call that has ended has no place in Messages."""
    pieces = [
        chunk(call(0, "{", id="t1", name="f")),
        chunk(call(1, "{}", id="t2", name="f")),
        chunk(call(0, "}")),
        *CHAT_STREAM[-3:],
    ]

    with pytest.raises(UpstreamBroken):
        read(CHAT, MESSAGES, pieces, stream=True)


STRANGE = ["boom", 5, [], [1], {}, {"a": 1}, True, None]


@pytest.mark.parametrize("strange", STRANGE, ids=repr)
@pytest.mark.parametrize("member", ["delta", "content", "tool_calls", "id", "finish_reason"])
def test_a_chunk_of_strange_types_is_broken_or_read(member: str, strange: Any) -> None:
    """Whatever stands in a member, nothing but our own exception leaves the reader."""
    holder = {"content": "a", "tool_calls": [{"index": 0, "id": "t", "function": {}}]}
    choice: dict[str, Any] = {"index": 0, "delta": holder, "finish_reason": None}
    (choice if member in choice else holder)[member] = strange
    pieces = [CHAT_STREAM[1], _sent({"id": "c1", "choices": [choice]}), *CHAT_STREAM[-3:]]

    assert kinds_or_broken(CHAT, MESSAGES, pieces)


@pytest.mark.parametrize("strange", STRANGE, ids=repr)
@pytest.mark.parametrize("member", ["type", "index", "delta", "content_block", "text", "input"])
def test_an_event_of_strange_types_is_broken_or_read(member: str, strange: Any) -> None:
    """The same for events of Messages."""
    events: list[dict[str, Any]] = [
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "a"}},
        {"type": "content_block_start", "index": 1, "content_block": {"type": "tool_use"}},
    ]
    for event in events:
        for holder in (event, *(v for v in event.values() if isinstance(v, dict))):
            if member in holder:
                holder[member] = strange
    pieces = [MESSAGES_STREAM[0], *(frame(**e) for e in events), *MESSAGES_STREAM[-2:]]

    assert kinds_or_broken(MESSAGES, CHAT, pieces)


def kinds_or_broken(provider: str, client: str, pieces: list[bytes]) -> list[Any]:
    """The kinds of the events that are told, or that the answer is broken."""
    try:
        return [event.kind for event in read(provider, client, pieces, stream=True)]
    except UpstreamBroken:
        return ["broken"]


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
def test_a_failed_choice_is_an_error(*, stream: bool) -> None:
    """An error beside choices, as OpenRouter sends it, never looks like an ordinary end."""
    choice = {"index": 0, "finish_reason": "error", "delta": {}, "message": {"content": "Pay 100"}}
    failed = {"id": "c", "choices": [choice], "error": {"code": 502}}
    raw = (
        [CHAT_STREAM[1], _sent(failed), CHAT_STREAM[-1]]
        if stream
        else [json.dumps(failed).encode()]
    )

    assert read(CHAT, MESSAGES, raw, stream=stream)[-1].kind is EventKind.ERROR


def test_a_choice_that_ends_in_an_error_is_one() -> None:
    """Without an error beside it, too."""
    pieces = [CHAT_STREAM[1], chunk({}, "error"), CHAT_STREAM[-1]]

    assert read(CHAT, MESSAGES, pieces, stream=True)[-1].kind is EventKind.ERROR


@pytest.mark.parametrize(
    ("provider", "client", "pieces"),
    [
        (CHAT, MESSAGES, [CHAT_STREAM[1], CHAT_STREAM[-1]]),
        (MESSAGES, CHAT, [*MESSAGES_STREAM[:9], MESSAGES_STREAM[-1]]),
    ],
)
def test_an_end_without_a_reason_is_none(provider: str, client: str, pieces: list[bytes]) -> None:
    """An end mark alone does not say that all was said."""
    with pytest.raises(UpstreamBroken):
        read(provider, client, pieces, stream=True)


RESPONSES, GEMINI = "openai_responses", "gemini_generate"
HALVES: dict[str, dict[str, Any]] = {
    CHAT: {"choices": [{"index": 0, "message": {"content": "half"}, "finish_reason": None}]},
    MESSAGES: {
        "type": "message",
        "content": [{"type": "text", "text": "half"}],
        "stop_reason": None,
    },
    GEMINI: {"candidates": [{"content": {"parts": [{"text": "half"}]}}]},
    RESPONSES: {"status": "saved", "output": []},
}
"""A whole body of each dialect that does not say why it ended."""


@pytest.mark.parametrize("client", HALVES)
@pytest.mark.parametrize("provider", HALVES)
def test_a_body_without_a_reason_is_no_answer(provider: str, client: str) -> None:
    """Nobody is told an ordinary end that the provider did not tell."""
    if client == provider:
        pytest.skip("nothing is translated: the body passes as it is")

    with pytest.raises(UpstreamBroken):
        read(provider, client, [json.dumps(HALVES[provider]).encode()], stream=False)


def test_arguments_never_reach_another_call() -> None:
    """A piece that names another block than the open one is not given to whoever is open."""
    wrong = frame(
        type="content_block_delta",
        index=2,
        delta={"type": "input_json_delta", "partial_json": '{"a":1}'},
    )
    pieces = [*MESSAGES_STREAM[:13], wrong, *MESSAGES_STREAM[13:]]

    with pytest.raises(UpstreamBroken):
        read(MESSAGES, CHAT, pieces, stream=True)


def test_a_call_that_text_cuts_is_not_gone_on_with() -> None:
    """Half of a call's arguments never look like all of them."""
    pieces = [
        chunk(call(0, '{"to":', id="t1", name="f")),
        chunk({"content": "thinking "}),
        chunk(call(0, '"x"}')),
        *CHAT_STREAM[-3:],
    ]

    with pytest.raises(UpstreamBroken):
        read(CHAT, MESSAGES, pieces, stream=True)


@pytest.mark.parametrize("reason", ["pause_turn"])
def test_a_pause_is_not_an_end(reason: str) -> None:
    """Whoever would have to ask again is told that the answer is broken."""
    body = {"id": "m", "type": "message", "content": [], "stop_reason": reason}

    with pytest.raises(UpstreamBroken):
        read(MESSAGES, CHAT, [json.dumps(body).encode()], stream=False)


def test_choices_without_numbers_are_several() -> None:
    """Their place is their number, so that two of them do not become one answer."""
    choices = [{"message": {"content": text}, "finish_reason": "stop"} for text in ("one", "two")]

    with pytest.raises(UpstreamBroken):
        read(CHAT, MESSAGES, [json.dumps({"choices": choices}).encode()], stream=False)


@pytest.mark.parametrize("member", ["images", "audio", "function_call"])
def test_what_an_answer_shows_besides_text_is_not_dropped(member: str) -> None:
    """An image of the answer has no place in Messages."""
    choice = {"message": {"content": "a", member: [{"url": "x"}]}, "finish_reason": "stop"}

    with pytest.raises(UpstreamBroken):
        read(CHAT, MESSAGES, [json.dumps({"choices": [choice]}).encode()], stream=False)


class Careless:
    """A reader that lets everything through."""

    complete = False

    def feed(self, chunk: bytes) -> list[AnswerEvent]:
        return [AnswerEvent(kind=EventKind.CONTENT, data={"choices": [5]})]

    def end(self) -> list[AnswerEvent]:
        return []


def test_what_no_spoke_foresaw_is_broken() -> None:
    """Whatever goes wrong while an answer is said in other words is the answer's fault."""
    reader = TranslatedReader(
        inner=Careless(), provider=CHAT, client=MESSAGES, stream=True, created_s=0
    )

    with pytest.raises(UpstreamBroken):
        list(reader.feed(b""))


def test_an_answer_begins_with_the_chunk_that_names_it() -> None:
    """What Azure says of the prompt's filters comes first and names neither answer nor model."""
    filters = {"id": "", "model": "", "choices": [], "prompt_filter_results": [{"prompt_index": 0}]}

    events = read(CHAT, MESSAGES, [_sent(filters), *CHAT_STREAM], stream=True)

    begun = [e.data["message"] for e in events if e.data and e.data["type"] == "message_start"]
    assert [(message["id"], message["model"]) for message in begun] == [("c1", "g")]
    assert events == read(CHAT, MESSAGES, CHAT_STREAM, stream=True)
