"""Marks of what is to be cached: told where they are needed, noted elsewhere."""

from base64 import b64encode
from typing import Any

import pytest

from guardrail_gw.core.parameters import Takes
from guardrail_gw.dialects.foreign import foreign
from guardrail_gw.dialects.translation.losses import Untranslatable
from guardrail_gw.dialects.translation.translate import Translated, translated

CHAT, MESSAGES, RESPONSES = "openai_chat", "anthropic_messages", "openai_responses"
GEMINI, CONVERSE = "gemini_generate", "bedrock_converse"
MARK = {"type": "ephemeral"}
LONG = {"type": "ephemeral", "ttl": "1h"}
POINT = {"cachePoint": {"type": "default"}}
TEXT = {"type": "text", "text": "x"}
USE = {"type": "tool_use", "id": "c1", "name": "f", "input": {}}
GAVE = {"type": "tool_result", "tool_use_id": "c1", "content": [{**TEXT, "cache_control": MARK}]}
TOOL = {"name": "f", "input_schema": {"type": "object"}, "cache_control": MARK}
FUNCTION = {"type": "function", "function": {"name": "f"}}


def asked(*content: Any, **more: Any) -> dict[str, Any]:
    """A request that says something."""
    messages = [{"role": "user", "content": list(content) or "a"}]
    return {"model": "m", "max_tokens": 9, "messages": messages, **more}


def said(body: dict[str, Any], client: str, provider: str, *takes: Takes) -> Translated:
    """What it becomes for a model that takes something."""
    return translated(body, client, provider, takes=frozenset(takes))


def test_a_mark_of_a_chat_client_is_one_of_messages() -> None:
    """Parts, instructions, tools and results are marked where they were, by either word."""
    system = [{**TEXT, "cache_control": LONG}, TEXT]
    body = asked({**TEXT, "prompt_cache_breakpoint": {"mode": "explicit"}}, TEXT)
    body["messages"].insert(0, {"role": "system", "content": system})
    body["tools"] = [{**FUNCTION, "cache_control": MARK}]
    del body["max_tokens"]

    made = said(body, CHAT, MESSAGES)

    assert made.body["system"] == [{**TEXT, "cache_control": LONG}, TEXT]
    assert made.body["messages"][0]["content"] == [{**TEXT, "cache_control": MARK}, TEXT]
    assert made.body["tools"][0]["cache_control"] == MARK
    assert made.left_out == ()


def test_a_marked_result_stays_marked() -> None:
    """A mark on what a tool gave is behind the result."""
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    gave = {"role": "tool", "tool_call_id": "c1", "content": [{**TEXT, "cache_control": MARK}]}
    before = [{"role": "user", "content": "a"}, {"role": "assistant", "tool_calls": [call]}]

    made = said({"model": "m", "messages": [*before, gave]}, CHAT, MESSAGES)

    assert made.body["messages"][2]["content"] == [
        {"type": "tool_result", "tool_use_id": "c1", "content": [TEXT], "cache_control": MARK}
    ]


def test_converse_is_told_points() -> None:
    """A point stands behind what was marked, and one at the end for a request marked as whole."""
    body = asked({**TEXT, "cache_control": MARK}, TEXT, cache_control=MARK, tools=[TOOL])
    body["system"] = [{**TEXT, "cache_control": MARK}]

    made = said(body, MESSAGES, CONVERSE, Takes.CACHE_MARKS)

    assert made.body["system"] == [{"text": "x"}, POINT]
    assert made.body["messages"][0]["content"] == [{"text": "x"}, POINT, {"text": "x"}, POINT]
    assert made.body["toolConfig"]["tools"][1] == POINT
    assert made.left_out == ()


def test_an_hour_is_minutes_at_converse() -> None:
    """How long is what not every model takes, and is on record."""
    made = said(asked({**TEXT, "cache_control": LONG}), MESSAGES, CONVERSE, Takes.CACHE_MARKS)

    assert made.body["messages"][0]["content"] == [{"text": "x"}, POINT]
    assert made.left_out == ("messages[].content[].cache_control.ttl",)


@pytest.mark.parametrize("provider", [CHAT, RESPONSES, GEMINI, CONVERSE])
def test_who_takes_no_marks_is_told_none(provider: str) -> None:
    """Others cache by themselves, or refuse a mark: each is on record by its name."""
    body = asked({**TEXT, "cache_control": MARK}, cache_control=MARK, tools=[TOOL])
    body["system"] = [{**TEXT, "cache_control": MARK}]

    made = said(body, MESSAGES, provider)

    assert made.left_out == (
        "cache_control",
        "messages[].content[].cache_control",
        "tools[].cache_control",
    )
    assert not any(word in str(made.body) for word in ("cache", "ephemeral"))


@pytest.mark.parametrize("provider", [CHAT, GEMINI])
def test_a_dialect_without_marks_is_told_none_whatever_its_model_takes(provider: str) -> None:
    """Facts of a model cannot give its dialect a word that it has not."""
    body = asked({**TEXT, "cache_control": MARK}, TEXT)

    made = said(body, MESSAGES, provider, *Takes)

    assert made.left_out == ("messages[].content[].cache_control",)
    assert "cache" not in str(made.body)


def test_a_mark_within_a_result_is_noted() -> None:
    """The other dialects have a mark behind a result, and none within."""
    body = asked(GAVE, tools=[{"name": "f", "input_schema": {"type": "object"}}])
    body["messages"].insert(0, {"role": "assistant", "content": [USE]})

    made = said(body, MESSAGES, CONVERSE, Takes.CACHE_MARKS)

    assert made.left_out == ("messages[].content[].cache_control",)


def test_a_mark_behind_nothing_is_behind_nothing_there() -> None:
    """A text that is left out takes its mark with it, if nothing stands before it."""
    made = said(asked({"type": "text", "text": " ", "cache_control": MARK}, TEXT), MESSAGES, CHAT)
    converse = said(
        asked({"type": "text", "text": " ", "cache_control": MARK}, TEXT),
        MESSAGES,
        CONVERSE,
        Takes.CACHE_MARKS,
    )

    assert made.body["messages"]
    assert converse.body["messages"][0]["content"] == [{"text": "x"}]


def test_a_mark_of_a_responses_client_goes_on() -> None:
    """A breakpoint of at least half an hour is kept for an hour."""
    part = {"type": "input_text", "text": "x", "prompt_cache_breakpoint": {"ttl": "30m"}}

    made = said({"model": "m", "input": [{"role": "user", "content": [part]}]}, RESPONSES, MESSAGES)

    assert made.body["messages"][0]["content"] == [{**TEXT, "cache_control": LONG}]


def test_a_mark_of_another_type_is_refused() -> None:
    """What is no mark of the dialect goes nowhere."""
    with pytest.raises(Untranslatable) as refused:
        said(asked({**TEXT, "cache_control": "x"}), MESSAGES, CONVERSE)

    assert refused.value.member == "messages[].content[].cache_control"


def test_what_is_marked_twice_has_one_point() -> None:
    """Two in a row are refused, and so is one behind a thought."""
    seal = b64encode(bytes(range(128, 228))).decode()
    thought = {"type": "thinking", "thinking": "Hm.", "signature": foreign(CONVERSE, seal)}
    body = asked({**TEXT, "cache_control": MARK}, cache_control=MARK)
    told = asked("a", cache_control=MARK)
    told["messages"] = [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": [thought]},
    ]

    once = said(body, MESSAGES, CONVERSE, Takes.CACHE_MARKS)
    never = said(told, MESSAGES, CONVERSE, Takes.CACHE_MARKS)

    assert once.body["messages"][0]["content"] == [{"text": "x"}, POINT]
    reasoning = {"reasoningText": {"text": "Hm.", "signature": seal}}
    assert never.body["messages"][1]["content"] == [{"reasoningContent": reasoning}]
