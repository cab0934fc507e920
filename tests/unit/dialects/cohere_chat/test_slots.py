import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.exchange import Redacted
from tests.support.chat import encoded
from tests.support.cohere import (
    BEGIN,
    END,
    OPENED,
    V2,
    answered,
    body,
    delta,
    events_of,
    joined,
    redacted,
    stream,
    told,
    whole,
)

NAME = 'Zoë "Zo" O\\Neill'


async def asked(**more: Any) -> tuple[Redacted, str]:
    """A request that names somebody, and what stands for the name."""
    request = await redacted(V2, body(f"to {NAME}", stream=True, **more), {NAME: "PERSON"})
    (token,) = request.originals
    return request, token


async def restored(request: Redacted, answer: dict[str, Any]) -> Any:
    """A whole answer as the client reads it."""
    return json.loads((await answered(V2, request, encoded(answer), streamed=False))[0])


def cut(text: str, edges: list[int]) -> list[str]:
    """A text in pieces."""
    at = [0, *sorted({min(e, len(text)) for e in edges}), len(text)]
    return [text[a:b] for a, b in pairwise(at)]


@given(edges=st.lists(st.integers(0, 40), max_size=6), cuts=st.lists(st.integers(0, 3000)))
async def test_a_name_is_restored_for_every_cut(edges: list[int], cuts: list[int]) -> None:
    """In a plan, a thought, a text and the arguments of two calls at once."""
    request, token = await asked()
    said, source = cut(f"Dear {token}!", edges), cut(f'{{"a": "{token}"}}', edges)
    thought = {"type": "thinking", "thinking": ""}
    call = {"id": "f_1", "type": "function", "function": {"name": "f", "arguments": ""}}
    raw = stream(
        V2,
        [
            BEGIN,
            *(delta("tool-plan-delta", tool_plan=piece) for piece in said),
            delta("content-start", 0, content=thought),
            *(delta("content-delta", 0, content={"thinking": piece}) for piece in said),
            {"type": "content-end", "index": 0},
            {**OPENED, "index": 1},
            *(delta("content-delta", 1, content={"text": piece}) for piece in said),
            {"type": "content-end", "index": 1},
            *(delta("tool-call-start", at, tool_calls=call) for at in (0, 1)),
            *(
                delta("tool-call-delta", at, tool_calls={"function": {"arguments": piece}})
                for piece in source
                for at in (0, 1)
            ),
            *({"type": "tool-call-end", "index": at} for at in (0, 1)),
            END,
        ],
    )

    got, journal = await answered(V2, request, raw, cuts)

    events = events_of(V2, got)
    assert joined(events, "tool_plan") == f"Dear {NAME}!"
    assert joined(events, "content", "thinking") == f"Dear {NAME}!"
    assert joined(events, "content", "text", index=1) == f"Dear {NAME}!"
    for at in (0, 1):
        arguments = joined(events, "tool_calls", "function", "arguments", index=at)
        assert json.loads(arguments) == {"a": NAME}
    assert journal.restored == 5
    assert got.endswith(b"data: [DONE]\n\n")


@pytest.mark.parametrize(
    ("events", "late"),
    [
        (told("to PER"), delta("content-delta", 0, content={"text": "PER"})),
        (
            [BEGIN, delta("tool-plan-delta", tool_plan="to PER"), OPENED, END],
            delta("tool-plan-delta", tool_plan="PER"),
        ),
        (
            [
                delta("tool-call-start", 3, tool_calls={"function": {"arguments": "PER"}}),
                {"type": "tool-call-end", "index": 3},
                END,
            ],
            delta("tool-call-delta", 3, tool_calls={"function": {"arguments": "PER"}}),
        ),
        (
            [delta("content-delta", 2, content={"thinking": "PER"}), END],
            delta("content-delta", 2, content={"thinking": "PER"}),
        ),
    ],
)
async def test_what_is_held_back_comes_before_its_text_ends(
    events: list[dict[str, Any]], late: dict[str, Any]
) -> None:
    """What turns out to be no placeholder is told in a delta of its own, in its place."""
    request, _ = await asked()

    got = events_of(V2, (await answered(V2, request, stream(V2, events)))[0])

    ends = {"content-end", "tool-call-end", "message-end"}
    if late["type"] == "tool-plan-delta":
        ends = {"content-start"}
    before = next(at for at, event in enumerate(got) if event["type"] in ends)
    assert got[before - 1] == late


async def test_a_whole_answer_is_restored_everywhere() -> None:
    """Also in fields that nobody knows, in names and keys, and escaped in arguments."""
    request, token = await asked()
    call = {
        "id": f"{token}_1",
        "type": "function",
        "function": {"name": token, "arguments": json.dumps({token: [token]})},
    }
    source = {"type": "tool", "id": token, "tool_output": {token: token, "type": token}}
    answer = whole(
        {"type": "text", "text": token, "x": token},
        {"type": "thinking", "thinking": token},
        tool_plan=token,
        tool_calls=[call],
        citations=[{"text": token, "sources": [source, token]}, token],
        more={"deep": [token]},
    )

    got = await restored(request, {**answer, "more": token})

    assert token not in json.dumps(got)
    assert got["message"]["tool_calls"][0]["function"]["name"] == NAME
    arguments = got["message"]["tool_calls"][0]["function"]["arguments"]
    assert json.loads(arguments) == {NAME: [NAME]}
    assert got["message"]["citations"][0]["sources"][0]["tool_output"] == {NAME: NAME, "type": NAME}
    assert got["message"]["citations"][1] == NAME
    assert got["id"] == "m-1"


async def test_an_answer_that_is_json_is_escaped_as_such() -> None:
    """Where JSON was asked for, in one piece and in many."""
    request, token = await asked(response_format={"type": "json_object"})
    source = f'{{"a": "{token}"}}'

    got = await restored(request, whole({"type": "text", "text": source}))
    raw = stream(V2, told(*cut(source, [9, 12, 15])))
    pieces = events_of(V2, (await answered(V2, request, raw))[0])

    assert json.loads(got["message"]["content"][0]["text"]) == {"a": NAME}
    assert json.loads(joined(pieces, "content", "text")) == {"a": NAME}


async def test_the_texts_of_tokens_are_left_out() -> None:
    """They are cut as the model cuts them, so none of them is shown."""
    request, token = await asked(logprobs=True)
    item = {"text": token[:4], "token_ids": [1], "logprobs": [-1.0]}
    piece = {**delta("content-delta", 0, content={"text": token}), "logprobs": item}

    got = await restored(request, {**whole(), "logprobs": [item]})
    events = events_of(V2, (await answered(V2, request, stream(V2, [piece, END])))[0])

    assert "logprobs" not in got
    assert all("logprobs" not in event for event in events)


async def test_arguments_of_a_call_may_be_no_object() -> None:
    """Some calls without arguments have `null`, as a text."""
    request, _ = await asked()
    call = {"id": "f_1", "type": "function", "function": {"name": "f", "arguments": "null"}}

    assert (await restored(request, whole(tool_calls=[call])))["message"]["tool_calls"] == [call]
