"""Whatever clients and providers send, nothing but our own refusals comes of it."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from guardrail_gw.errors import BodyRefused, OperationRefused, UpstreamFault
from tests.support.chat import encoded
from tests.support.responses import answered, body, call, events, message, reasoning, redacted
from tests.unit.dialects.anthropic_messages.test_strange_input import JSON, mutated, places

VALUES = {"Anna": "PERSON"}
REQUEST: dict[str, Any] = {
    "model": "gpt",
    "stream": True,
    "store": None,
    "instructions": "Anna",
    "metadata": {"a": "Anna"},
    "tools": [
        {"type": "function", "name": "f", "parameters": {"properties": {"a": {}}}},
        {"type": "custom", "name": "g", "format": {"type": "grammar", "definition": "Anna"}},
        {"type": "mcp", "server_label": "x", "server_url": "https://a.example"},
    ],
    "tool_choice": {"type": "function", "name": "f"},
    "text": {"format": {"type": "json_schema", "name": "x", "schema": {}}},
    "prompt_cache_options": {"ttl": "30m"},
    "previous_response_id": None,
    "input": [
        {"role": "user", "content": [{"type": "input_text", "text": "Anna"}]},
        {"type": "reasoning", "id": "rs_1", "summary": [], "encrypted_content": "c2VhbA"},
        {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": '{"a":"Anna"}'},
        {"type": "function_call_output", "call_id": "call_1", "output": "Anna"},
        {"role": "user", "content": [{"type": "input_image", "image_url": "https://a.example"}]},
    ],
}
EVENTS = events((reasoning("PERSON"), [3]), (message("PERSON_AB"), [7]), (call('{"a": "PER'), [4]))


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from(places(REQUEST)), new=JSON)
async def test_a_request_is_understood_or_refused(path: tuple[Any, ...], new: Any) -> None:
    """Anything in the place of anything is scanned, or the request is refused."""
    raw = encoded(mutated(REQUEST, path, new))
    try:
        request = await redacted(raw, VALUES)
    except (BodyRefused, OperationRefused):
        return

    outgoing = json.loads(request.envelope.addressed(b'"m"'))
    assert "Anna" not in json.dumps(outgoing, ensure_ascii=False)
    assert outgoing["store"] is not None


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from([p for p in places(EVENTS) if p]), new=JSON)
async def test_a_stream_is_understood_or_broken(path: tuple[Any, ...], new: Any) -> None:
    """Anything in the place of anything is passed on, or the answer is broken."""
    request = await redacted(body("Anna", stream=True), VALUES)
    wire = b"".join(b"data: " + encoded(event) + b"\n\n" for event in mutated(EVENTS, path, new))
    said = ""
    try:
        await answered(request, wire)
    except UpstreamFault as fault:
        said = fault.detail

    assert "Anna" not in said


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from(places(EVENTS[-1]["response"])), new=JSON)
async def test_a_whole_answer_is_understood_or_broken(path: tuple[Any, ...], new: Any) -> None:
    """The same for an answer in one piece."""
    request = await redacted(body("Anna"), VALUES)
    said = ""
    try:
        raw = encoded(mutated(EVENTS[-1]["response"], path, new))
        await answered(request, raw, streamed=False)
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
