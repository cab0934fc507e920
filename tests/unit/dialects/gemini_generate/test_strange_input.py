"""Whatever clients and providers send, nothing but our own refusals comes of it."""

import json
from copy import deepcopy
from typing import Any

from hypothesis import HealthCheck, given, settings, strategies as st

from guardrail_gw.core.exchange import Head
from guardrail_gw.errors import BodyRefused, UnsupportedContent, UpstreamFault
from tests.support.chat import encoded
from tests.support.gemini import (
    ARRAY,
    EMBED_MANY,
    STREAM,
    WHOLE,
    answer,
    answered,
    body,
    candidate,
    redacted,
    sent,
    user,
)

VALUES = {"Anna": "PERSON"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
REQUEST: dict[str, Any] = {
    "contents": [
        user("Anna", {"inlineData": {"mimeType": "image/png", "data": "iVBO"}}),
        {
            "role": "model",
            "parts": [
                {"text": "Anna", "thought": True, "thoughtSignature": "c2ln"},
                {
                    "functionCall": {
                        "id": "call_jYdIdRZHxZTn5bWCq5jlMrJi",
                        "name": "f",
                        "args": {"a": "Anna"},
                    }
                },
                {"executableCode": {"language": "PYTHON", "code": "Anna"}},
            ],
        },
        user(
            {"functionResponse": {"name": "f", "response": {"raw": '{"a":"Anna"}'}}},
            {"file_data": {"file_uri": "gs://x", "mime_type": "application/pdf"}},
        ),
    ],
    "systemInstruction": {"parts": [{"text": "Anna"}]},
    "tools": [{"functionDeclarations": [{"name": "f", "parameters": {"type": "OBJECT"}}]}],
    "toolConfig": {"functionCallingConfig": {"mode": "ANY", "allowedFunctionNames": ["f"]}},
    "safetySettings": [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "OFF"}],
    "generationConfig": {"responseSchema": {"type": "OBJECT"}, "stopSequences": ["Anna"]},
    "labels": {"a": "b"},
}
PARTS = [
    answer(candidate({"text": "PERSON", "thought": True})),
    answer(candidate("_AB", {"executableCode": {"code": "x"}}, "PERSO")),
    answer(candidate({"functionCall": {"name": "f", "willContinue": True}}, index=1)),
    answer(
        candidate(
            {
                "functionCall": {
                    "partialArgs": [{"jsonPath": "$.a", "stringValue": "PER"}],
                    "willContinue": True,
                }
            },
            index=1,
        )
    ),
    answer(candidate(finish="STOP", index=1) | {"groundingMetadata": {"webSearchQueries": ["P"]}}),
    answer(candidate("N", finish="STOP"), usageMetadata={"promptTokenCount": 1}),
]


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


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(
    path=st.sampled_from(places(REQUEST)),
    new=JSON,
    at=st.sampled_from([WHOLE, STREAM, EMBED_MANY]),
)
async def test_a_request_is_understood_or_refused(
    path: tuple[Any, ...], new: Any, at: Head
) -> None:
    """Anything in the place of anything is scanned, or the body is refused."""
    raw = encoded(mutated(REQUEST, path, new))
    try:
        request = await redacted(raw, VALUES, at=at)
    except (BodyRefused, UnsupportedContent):
        return

    assert "Anna" not in json.dumps(json.loads(sent(request)), ensure_ascii=False)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(path=st.sampled_from([p for p in places(PARTS) if p]), new=JSON, array=st.booleans())
async def test_a_stream_is_understood_or_broken(
    path: tuple[Any, ...], new: Any, *, array: bool
) -> None:
    """Anything in the place of anything is passed on, or the answer is broken."""
    request = await redacted(body("Anna"), VALUES, at=ARRAY if array else STREAM)
    parts = mutated(PARTS, path, new)
    events = b"".join(b"data: " + encoded(part) + b"\n\n" for part in parts)
    said = ""
    try:
        await answered(request, encoded(parts) if array else events)
    except UpstreamFault as fault:
        said = fault.detail

    assert "Anna" not in said


@given(raw=st.binary(max_size=200), bracket=st.booleans())
async def test_bytes_are_no_answer(raw: bytes, *, bracket: bool) -> None:
    """Of bytes that are nothing becomes nothing, whole or streamed."""
    for at in (WHOLE, STREAM):
        request = await redacted(body("Anna"), VALUES, at=at)
        try:
            got, _ = await answered(request, b"[" * bracket + raw)
        except UpstreamFault:
            continue
        assert got == b""


def test_the_examples_are_what_they_are_taken_for() -> None:
    """Every place can be mutated."""
    assert len(places(REQUEST)) > 60
    assert len(places(PARTS)) > 60
