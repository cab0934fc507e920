"""Whatever clients and providers of Cohere's chats send, only our own refusals come of it."""

import json
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from guardrail_gw.dialects.cohere_chat.dialect import CohereChat
from guardrail_gw.errors import BodyRefused, UpstreamFault
from tests.support.chat import encoded
from tests.support.cohere import (
    BEGIN,
    END,
    OPENED,
    V1,
    V2,
    answered,
    asked,
    delta,
    lines,
    redacted,
    stream,
    whole,
)

VALUES = {"Anna": "PERSON"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
CALL = {"id": "f_1", "type": "function", "function": {"name": "f", "arguments": '{"a":"Anna"}'}}
CITATION = {"start": 0, "end": 2, "text": "PE", "sources": [{"type": "tool", "tool_output": {}}]}
CALL_V1 = {"name": "f", "parameters": {"a": "PERSON"}}
DELTA_V1 = {"name": "f", "index": 0, "parameters": '{"a": "PER', "text": "PERS"}
CITATION_V1 = {"start": 0, "end": 2, "text": "PE", "document_ids": ["a"]}
REQUESTS: dict[str, dict[str, Any]] = {
    V2.name: {
        "model": "m",
        "stream": True,
        "documents": ["Anna", {"id": "a", "data": {"title": "Anna"}}],
        "tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}],
        "response_format": {"type": "json_object", "json_schema": {"title": "Anna"}},
        "citation_options": {"mode": "FAST"},
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "Anna"}]},
            {"role": "assistant", "tool_plan": "Anna", "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "f_1", "content": [{"document": {"data": "Anna"}}]},
            {"role": "assistant", "content": "Anna", "citations": [CITATION]},
        ],
    },
    V1.name: {
        "model": "m",
        "stream": True,
        "message": "Anna",
        "preamble": "Anna",
        "conversation_id": "Anna",
        "connectors": [{"id": "web-search", "options": {"site": "Anna"}}],
        "documents": [{"id": "a", "title": "Anna"}],
        "tools": [{"name": "f", "parameter_definitions": {"a": {"type": "str"}}}],
        "tool_results": [{"call": CALL_V1, "outputs": [{"a": "Anna"}]}],
        "chat_history": [
            {"role": "USER", "message": "Anna"},
            {"role": "CHATBOT", "message": "Anna", "tool_calls": [CALL_V1]},
        ],
    },
}
STREAMS: dict[str, list[dict[str, Any]]] = {
    V2.name: [
        BEGIN,
        delta("tool-plan-delta", tool_plan="PERS"),
        OPENED,
        delta("content-delta", 0, content={"text": "PERSON_"}),
        delta("content-delta", 0, content={"thinking": "PERSON_"}),
        delta("citation-start", 0, citations=CITATION),
        {"type": "content-end", "index": 0},
        delta("tool-call-start", 0, tool_calls=CALL),
        delta("tool-call-delta", 0, tool_calls={"function": {"arguments": "PER"}}),
        {"type": "tool-call-end", "index": 0},
        END,
    ],
    V1.name: [
        *lines("PER")[:-1],
        {"event_type": "tool-calls-chunk", "text": "PERS"},
        {"event_type": "tool-calls-chunk", "tool_call_delta": DELTA_V1},
        {"event_type": "tool-calls-generation", "text": "x", "tool_calls": [CALL_V1]},
        {"event_type": "citation-generation", "citations": [CITATION_V1]},
        {"event_type": "search-results", "documents": [{"id": "PERSON"}], "search_results": []},
        lines("PER", tool_calls=[CALL_V1], citations=[CITATION_V1], documents=[{}])[-1],
    ],
}
WHOLES = {
    V2.name: whole(
        {"type": "text", "text": "PERSON_"},
        tool_plan="PER",
        tool_calls=[CALL],
        citations=[CITATION],
    ),
    V1.name: lines("PER", tool_calls=[CALL_V1], citations=[CITATION_V1])[-1]["response"],
}
FEW = settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
BOTH = pytest.mark.parametrize("dialect", [V2, V1], ids=["v2", "v1"])


def paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of everything within a value."""
    found = [path] if path else []
    inner: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else ()
    inner = enumerate(value) if isinstance(value, list) else inner
    return found + [at for step, member in inner for at in paths(member, (*path, step))]


def with_other(value: Any, path: tuple[Any, ...], other: Any) -> Any:
    """The value with something else in one place."""
    changed = deepcopy(value)
    holder = changed
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = other
    return changed


@BOTH
@FEW
@given(data=st.data())
async def test_any_request_is_read_or_refused(dialect: CohereChat, data: st.DataObject) -> None:
    """Whatever stands anywhere in a request, nobody's name leaves."""
    request = REQUESTS[dialect.name]
    path = data.draw(st.sampled_from(paths(request)))
    raw = encoded(with_other(request, path, data.draw(JSON)))
    try:
        made = await redacted(dialect, raw, VALUES)
    except BodyRefused:
        return

    assert b"Anna" not in made.envelope.addressed(b'"m"')


@BOTH
@FEW
@given(data=st.data())
async def test_any_answer_is_passed_on_or_broken(dialect: CohereChat, data: st.DataObject) -> None:
    """Whatever stands anywhere in an answer, whole or in pieces: an error of our own, or none."""
    request = await redacted(dialect, asked(dialect, "Anna", stream=True), VALUES)
    streamed = data.draw(st.booleans())
    came: Any = STREAMS[dialect.name] if streamed else WHOLES[dialect.name]
    path = data.draw(st.sampled_from([p for p in paths(came) if len(p) > streamed]))
    changed = with_other(came, path, data.draw(JSON))
    raw = b"\n".join(encoded(each) for each in changed) if streamed else encoded(changed)
    if streamed and dialect is V2:
        raw = b"".join(b"data: " + encoded(each) + b"\n\n" for each in changed)
    try:
        got, journal = await answered(dialect, request, raw, streamed=streamed)
    except UpstreamFault:
        return

    assert journal.complete
    assert got


@BOTH
async def test_what_is_mutated_is_good_as_it_is(dialect: CohereChat) -> None:
    """Or nothing would be said by the others."""
    request = await redacted(dialect, encoded(REQUESTS[dialect.name]), VALUES)
    got, journal = await answered(dialect, request, stream(dialect, STREAMS[dialect.name]))

    assert journal.complete
    assert len(got.splitlines()) >= len(STREAMS[dialect.name])
    raw = encoded(WHOLES[dialect.name])
    assert json.loads((await answered(dialect, request, raw, streamed=False))[0])
