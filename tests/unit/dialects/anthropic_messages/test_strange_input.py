"""Whatever clients and providers send, nothing but our own refusals comes of it."""

import json
from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from guardrail_gw.errors import BodyRefused, UpstreamFault
from tests.support.chat import encoded
from tests.support.messages import answered, body, message, redacted, stream

VALUES = {"Anna": "PERSON"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
REQUEST: dict[str, Any] = {
    "model": "claude",
    "max_tokens": 9,
    "stream": True,
    "system": [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}],
    "tools": [{"name": "f", "input_schema": {"type": "object", "properties": {"a": {}}}}],
    "tool_choice": {"type": "tool", "name": "f"},
    "thinking": {"type": "enabled", "budget_tokens": 1024},
    "output_config": {"format": {"type": "json_schema", "schema": {}}},
    "mcp_servers": [{"type": "url", "name": "x", "url": "https://a.example"}],
    "messages": [
        {"role": "user", "content": "Anna"},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "x", "signature": "c2ln"},
                {
                    "type": "tool_use",
                    "id": "toolu_01FWrycbhCvuTogJufWKj2Mu",
                    "name": "f",
                    "input": {"a": "Anna"},
                },
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "toolu_01FWrycbhCvuTogJufWKj2Mu",
                    "content": '{"a":"Anna"}',
                },
                {"type": "document", "source": {"type": "text", "data": "Anna"}},
                {"type": "image", "source": {"type": "base64", "data": "iVBO"}},
            ],
        },
    ],
}
EVENTS = message(
    ({"type": "text", "text": "PERSON"}, [{"type": "text_delta", "text": "_AB"}]),
    ({"type": "thinking", "thinking": ""}, [{"type": "thinking_delta", "thinking": "PERSO"}]),
    (
        {"type": "tool_use", "id": "toolu_1", "name": "f", "input": {}},
        [{"type": "input_json_delta", "partial_json": '{"a": "PER'}],
    ),
    (
        {"type": "text", "text": ""},
        [{"type": "citations_delta", "citation": {"type": "char_location", "cited_text": "P"}}],
    ),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place within JSON, the top included."""
    steps: Any = value.items() if isinstance(value, dict) else ()
    steps = enumerate(value) if isinstance(value, list) else steps
    return [path, *(p for step, inner in steps for p in places(inner, (*path, step)))]


def mutated(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    """A copy with something else at a place."""
    if not path:
        return new
    copied = deepcopy(value)
    holder = copied
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = new
    return copied


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from(places(REQUEST)), new=JSON)
async def test_a_request_is_understood_or_refused(path: tuple[Any, ...], new: Any) -> None:
    """Anything in the place of anything is scanned, or the body is refused."""
    raw = encoded(mutated(REQUEST, path, new))
    try:
        request = await redacted(raw, VALUES)
    except BodyRefused:
        return

    outgoing = json.dumps(json.loads(request.envelope.addressed(b'"m"')), ensure_ascii=False)
    assert "Anna" not in outgoing


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from([p for p in places(EVENTS) if p]), new=JSON)
async def test_a_stream_is_understood_or_broken(path: tuple[Any, ...], new: Any) -> None:
    """Anything in the place of anything is passed on, or the answer is broken."""
    request = await redacted(body("Anna", stream=True), VALUES)
    events = [e for e in mutated(EVENTS, path, new) if isinstance(e, dict)]
    named = [{"type": "x", **e} if isinstance(e.get("type"), str) else e for e in events]
    wire = b"".join(b"data: " + encoded(event) + b"\n\n" for event in named)
    said = ""
    try:
        await answered(request, wire)
    except UpstreamFault as fault:
        said = fault.detail

    assert "Anna" not in said


@given(raw=st.binary(max_size=200))
async def test_bytes_are_no_answer(raw: bytes) -> None:
    """Of bytes that are nothing becomes nothing, whole or streamed."""
    for streamed in (False, True):
        request = await redacted(body("Anna", stream=streamed), VALUES)
        try:
            got, _ = await answered(request, raw, streamed=streamed)
        except UpstreamFault:
            continue
        assert got == b""


def test_the_examples_are_what_they_are_taken_for() -> None:
    """The stream that is mutated is one that can be read."""
    assert stream(EVENTS).count(b"event: ") == len(EVENTS)
