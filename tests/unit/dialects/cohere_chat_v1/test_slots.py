import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.exchange import Redacted
from guardrail_gw.errors import UpstreamBroken
from tests.support.chat import encoded
from tests.support.cohere import V1, answered, events_of, lines, message, redacted, stream

NAME = 'Zoë "Zo" O\\Neill'
CHUNK = "tool-calls-chunk"


async def asked(**more: Any) -> tuple[Redacted, str]:
    """A request that names somebody, and what stands for the name."""
    request = await redacted(V1, message(f"to {NAME}", stream=True, **more), {NAME: "PERSON"})
    (token,) = request.originals
    return request, token


def event(kind: str, **more: Any) -> dict[str, Any]:
    """An event of a stream."""
    return {"is_finished": False, "event_type": kind, **more}


def cut(text: str, edges: list[int]) -> list[str]:
    """A text in pieces."""
    at = [0, *sorted({min(e, len(text)) for e in edges}), len(text)]
    return [text[a:b] for a, b in pairwise(at)]


@pytest.mark.parametrize("index", [-1, 0.5, True, "1", None])
async def test_a_call_of_no_place_is_restored_all_the_same(index: object) -> None:
    """As what the first call writes."""
    request, token = await asked()
    delta = {"index": index, "parameters": f'{{"a": "{token}"}}'}
    *before, end = lines()
    events = [*before, event(CHUNK, tool_call_delta=delta), end]

    got, _ = await answered(V1, request, stream(V1, events), [])

    chunks = [e["tool_call_delta"] for e in events_of(V1, got) if e["event_type"] == CHUNK]
    assert json.loads("".join(c["parameters"] for c in chunks)) == {"a": NAME}


@pytest.mark.parametrize("number", [b"1e400", b"-1e400"])
async def test_a_place_that_is_no_number_here_is_the_providers_fault(number: bytes) -> None:
    """It cannot be written again, as any number of an event that is beyond all bounds."""
    request, token = await asked()
    delta = {"index": "at", "parameters": f'{{"a": "{token}"}}'}
    *before, end = lines()
    said = stream(V1, [*before, event(CHUNK, tool_call_delta=delta), end])

    with pytest.raises(UpstreamBroken, match="not finite"):
        await answered(V1, request, said.replace(b'"at"', number), [])


@given(edges=st.lists(st.integers(0, 40), max_size=6), cuts=st.lists(st.integers(0, 3000)))
async def test_a_name_is_restored_for_every_cut(edges: list[int], cuts: list[int]) -> None:
    """In a text, a plan and the arguments of two calls at once, and in the whole at the end."""
    request, token = await asked()
    said, source = cut(f"Dear {token}!", edges), cut(f'{{"a": "{token}"}}', edges)
    deltas = [{"index": at, "parameters": piece} for piece in source for at in (0, 1)]
    call = {"name": "f", "parameters": {"a": token}}
    *before, end = lines(*said, tool_calls=[call, call], chat_history=[{"message": token}])
    events = [
        *before,
        *(event(CHUNK, tool_call_delta={"text": piece}) for piece in said),
        *(event(CHUNK, tool_call_delta=delta) for delta in deltas),
        event("tool-calls-generation", text=f"Dear {token}!", tool_calls=[call, call]),
        end,
    ]

    got, _ = await answered(V1, request, stream(V1, events), cuts)

    read = events_of(V1, got)
    chunks = [e["tool_call_delta"] for e in read if e["event_type"] == CHUNK]
    assert "".join(e["text"] for e in read if e["event_type"] == "text-generation") == (
        f"Dear {NAME}!"
    )
    assert "".join(c.get("text", "") for c in chunks) == f"Dear {NAME}!"
    for at in (0, 1):
        arguments = "".join(c["parameters"] for c in chunks if c.get("index") == at)
        assert json.loads(arguments) == {"a": NAME}
    assert read[-1]["response"]["text"] == f"Dear {NAME}!"
    assert read[-1]["response"]["tool_calls"][1]["parameters"] == {"a": NAME}
    assert token not in got.decode()


@pytest.mark.parametrize(
    "held",
    [
        event("text-generation", text="PER"),
        event(CHUNK, text="PER"),
        event(CHUNK, tool_call_delta={"text": "PER"}),
        event(CHUNK, tool_call_delta={"index": 2, "parameters": "PER"}),
    ],
)
async def test_what_is_held_back_comes_before_the_end(held: dict[str, Any]) -> None:
    """What turns out to be no placeholder is told in an event of its own, in the same place."""
    request, _ = await asked()
    end = lines("x")[-1]

    got = events_of(V1, (await answered(V1, request, stream(V1, [held, end])))[0])

    assert got[1:] == [held, end]
    assert "PER" not in json.dumps(got[0])


async def test_calls_that_are_told_in_full_end_their_pieces() -> None:
    """What is held back of them comes before."""
    request, _ = await asked()
    held = event(CHUNK, tool_call_delta={"index": 0, "parameters": "PER"})
    told = event("tool-calls-generation", tool_calls=[{"name": "f", "parameters": {}}])

    raw = stream(V1, [held, told, lines("x")[-1]])
    got = events_of(V1, (await answered(V1, request, raw))[0])

    assert got[1:3] == [held, told]


async def test_a_whole_answer_is_restored_everywhere() -> None:
    """Also in fields that nobody knows, in names and keys."""
    request, token = await asked()
    answer = lines(
        f"to {token}",
        tool_calls=[{"name": token, "parameters": {token: token, "role": token}}, token],
        documents=[{"id": token, "role": token}],
        search_queries=[{"text": token, "generation_id": "g"}],
        search_results=[{"connector": {"id": token}, "document_ids": [token]}],
        citations=[{"text": token, "document_ids": [token]}],
        chat_history=[{"role": "USER", "message": token}],
        nobody_knows={"deep": [token]},
    )[-1]["response"]

    got, journal = await answered(V1, request, encoded(answer), streamed=False)

    assert token not in got.decode()
    assert json.loads(got)["tool_calls"][0] == {
        "name": NAME,
        "parameters": {NAME: NAME, "role": NAME},
    }
    assert json.loads(got)["response_id"] == "r-1"
    assert journal.restored == 15


async def test_citations_go_where_their_words_went() -> None:
    """In the pieces of a stream, in the whole at its end, and in a whole answer."""
    request, token = await asked()
    text = f"{token} likes tea"
    start = text.index("likes")
    citation = {"start": start, "end": start + 5, "text": "likes", "document_ids": ["a"]}
    plan = {**citation, "type": "PLAN"}
    *before, end = lines(text[:7], text[7:], citations=[citation, plan])
    events = [*before, event("citation-generation", citations=[citation]), end]

    streamed = events_of(V1, (await answered(V1, request, stream(V1, events)))[0])
    raw = encoded(end["response"])
    whole = json.loads((await answered(V1, request, raw, streamed=False))[0])

    cited = [e for e in streamed if e["event_type"] == "citation-generation"]
    for found in (cited[0], streamed[-1]["response"], whole):
        place = found["citations"][0]
        assert f"{NAME} likes tea"[place["start"] : place["end"]] == "likes"
    assert whole["citations"][1] == {"text": "likes", "document_ids": ["a"], "type": "PLAN"}


async def test_an_answer_that_is_json_is_escaped_as_such() -> None:
    """Where JSON was asked for, in pieces and in the whole."""
    request, token = await asked(response_format={"type": "json_object"})
    source = f'{{"a": "{token}"}}'

    raw = stream(V1, lines(*cut(source, [9, 12, 15])))
    got = events_of(V1, (await answered(V1, request, raw))[0])

    assert json.loads("".join(e.get("text", "") for e in got)) == {"a": NAME}
    assert json.loads(got[-1]["response"]["text"]) == {"a": NAME}
