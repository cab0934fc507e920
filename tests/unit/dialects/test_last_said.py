"""What a user said last, in every dialect that has turns."""

import json
from collections.abc import Callable
from time import thread_time
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from guardrail_gw.core.exchange import Envelope
from guardrail_gw.dialects.last_said import last_said


def envelope(body: Any, model: str = '"m"') -> Envelope:
    """A body whose model is named apart, if it names one."""
    raw = json.dumps(body)
    before, found, after = raw.partition(model)
    if not found:
        return Envelope(before=raw.encode(), after=b"", names_model=False)
    return Envelope(before=before.encode(), after=after.encode())


USER, ASSISTANT = {"role": "user"}, {"role": "assistant"}
TOOL_RESULT = {"role": "user", "content": [{"type": "tool_result", "content": "7 rows"}]}
SAID = 'What is "role": "user" in {JSON}? Größe 🙂'


@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        ("openai_chat", {"model": "m", "messages": [{**USER, "content": SAID}]}),
        ("openai_chat", {"messages": [{**USER, "content": SAID}], "model": "m"}),
        ("openai_chat", {"model": "m", "messages": [{"content": SAID, **USER}]}),
        (
            "openai_chat",
            {
                "model": "m",
                "messages": [
                    {**USER, "content": "before"},
                    {**ASSISTANT, "content": "answer"},
                    {**USER, "content": [{"type": "text", "text": SAID}, {"type": "image_url"}]},
                    {**ASSISTANT, "content": "answer"},
                    {"role": "tool", "content": "7 rows"},
                ],
                "tools": [{"type": "function", "function": {"parameters": {"type": "object"}}}],
            },
        ),
        (
            "anthropic_messages",
            {"model": "m", "messages": [{**USER, "content": SAID}, ASSISTANT, TOOL_RESULT]},
        ),
        ("cohere_chat", {"model": "m", "messages": [{**USER, "content": SAID}, ASSISTANT]}),
        ("openai_responses", {"model": "m", "input": SAID}),
        (
            "openai_responses",
            {"model": "m", "input": [{**USER, "content": [{"type": "input_text", "text": SAID}]}]},
        ),
        ("openai_completions", {"model": "m", "prompt": SAID}),
        ("gemini_generate", {"contents": [{**USER, "parts": [{"text": SAID}]}]}),
        ("gemini_generate", {"contents": [{"parts": [{"text": SAID}]}]}),
        ("gemini_generate", {"contents": {"parts": [{"text": SAID}]}}),
    ],
)
def test_it_is_found(dialect: str, body: Any) -> None:
    """Wherever the model's name stands, in whatever order the members come."""
    assert last_said(dialect, envelope(body)) == SAID


@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        ("openai_chat", {"model": "m", "messages": [{"role": "system", "content": "be kind"}]}),
        ("openai_chat", {"model": "m", "messages": [{**USER, "content": None}]}),
        ("openai_embeddings", {"model": "m", "input": SAID}),
        ("openai_responses", {"model": "m", "input": []}),
        ("openai_completions", {"model": "m", "prompt": [1, 2]}),
        ("gemini_generate", {"contents": 7}),
        ("openai_responses", {"model": "m", "input": [{**ASSISTANT, "content": SAID}]}),
        (
            "openai_chat",
            {"messages": [{**USER, "content": SAID}, {**USER, "content": "x" * (257 << 10)}]},
        ),
    ],
)
def test_where_nobody_said_anything_it_is_empty(dialect: str, body: Any) -> None:
    """No error, and nothing of what others said, or was said before what is too long."""
    assert last_said(dialect, envelope(body)) == ""


def test_a_long_text_is_found_behind_what_tools_gave() -> None:
    """A pasted document, and an agent's turns after it that hold nothing a user said."""
    said = "a b, {c} " * 9000
    body = {"model": "m", "messages": [{**USER, "content": said}, ASSISTANT, TOOL_RESULT]}

    assert last_said("openai_chat", envelope(body)) == said


ONES = ",".join(["1"] * 120_000)
NESTED = '{"p":' * 15 + '{"role":"user","q":[' + ONES + "]" + "}" * 16
SLOW: dict[str, tuple[str, str]] = {
    "turns that begin sixteen times": ("openai_chat", f'{{"messages":[{",".join([NESTED] * 8)}]}}'),
    "turns that never end": (
        "openai_chat",
        ('{"role":"assistant","z":{' * 16 + f'"role":"user","c":[{ONES}') * 8,
    ),
    "long turns without a text": (
        "openai_chat",
        ",".join([f'{{"role":"user","content":[{ONES}]}}'] * 8),
    ),
    "objects before a role": (
        "openai_chat",
        (",".join(['{"x":[{},{},{}]}'] * 8000) + ',"role":"user"') * 8,
    ),
    "half a role": ("openai_chat", '"use' * (2 << 20)),
    "half a member": ("openai_responses", '"inpu' * (2 << 20)),
    "members of nothing": ("openai_responses", ('"input" ' + " " * 63) * (1 << 17)),
}


@pytest.mark.parametrize("what", SLOW)
def test_a_body_that_is_made_to_be_slow_is_left_soon(what: str) -> None:
    """It takes no longer than to decode a few times what one turn may hold, each value a byte."""
    dialect, raw = SLOW[what]
    made = Envelope(before=raw.encode(), after=b"", names_model=False)
    dense = f"[{ONES[: 128 << 10]}1]"

    took_s = fastest(lambda: last_said(dialect, made))

    assert took_s < 3 * fastest(lambda: json.loads(dense))


def fastest(work: Callable[[], object]) -> float:
    """The time of the fastest of some runs, in seconds of this thread."""
    times = []
    for _ in range(5):
        began_s = thread_time()
        work()
        times.append(thread_time() - began_s)
    return min(times)


def test_forms_and_batches_have_none() -> None:
    """Their bodies are no JSON objects of one request."""
    body = b'{"role": "user", "content": "x"}'

    assert last_said("openai_chat", Envelope(before=body, after=b"", is_form=True)) == ""
    assert last_said("openai_chat", Envelope(before=body, after=b"", lines=("0",))) == ""


@settings(max_examples=60)
@given(raw=st.binary(max_size=60).map(lambda b: b'{"role":"user",' + b + b'"role" : "user"}'))
def test_any_bytes_are_looked_through_without_an_error(raw: bytes) -> None:
    """What cannot be read says nothing."""
    assert isinstance(last_said("openai_chat", Envelope(before=b"", after=raw)), str)


@settings(max_examples=60)
@given(said=st.text(min_size=1), earlier=st.text())
def test_whatever_was_said_is_read_as_it_was(said: str, earlier: str) -> None:
    """Quotes, escapes and every alphabet; not what was said before."""
    turns = [{**USER, "content": earlier}, {"content": said, **USER}]
    escaped = json.dumps({"messages": turns})
    plain = json.dumps({"messages": turns}, ensure_ascii=False)

    for raw in (escaped, plain):
        assert last_said("openai_chat", Envelope(before=raw.encode(), after=b"")) == said
