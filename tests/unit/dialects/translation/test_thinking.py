"""How long a model is to think, said to the models of every dialect in their own words."""

import json
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.parameters import Takes
from guardrail_gw.dialects.translation.losses import Untranslatable
from guardrail_gw.dialects.translation.translate import Translated, translated

CHAT, MESSAGES, RESPONSES = "openai_chat", "anthropic_messages", "openai_responses"
GEMINI, CONVERSE = "gemini_generate", "bedrock_converse"
ASKED: dict[str, dict[str, Any]] = {
    CHAT: {"messages": [{"role": "user", "content": "a"}]},
    MESSAGES: {"max_tokens": 30_000, "messages": [{"role": "user", "content": "a"}]},
    RESPONSES: {"input": "a"},
    GEMINI: {"contents": [{"role": "user", "parts": [{"text": "a"}]}]},
}
TOOL = {"type": "function", "function": {"name": "f", "parameters": {"type": "object"}}}
CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CALLED = [
    {"role": "user", "content": "a"},
    {"role": "assistant", "content": None, "tool_calls": [CALL]},
    {"role": "tool", "tool_call_id": "c1", "content": "r"},
]


def said(client: str, provider: str, *takes: Takes, **more: Any) -> Translated:
    """What a request with something more becomes for a model that takes something."""
    body = {"model": "m", **ASKED[client], **more}
    return translated(body, client, provider, takes=frozenset(takes))


@pytest.mark.parametrize("provider", [MESSAGES, CONVERSE])
def test_a_model_of_which_nothing_is_known_is_not_told_to_think(provider: str) -> None:
    """One that does not think refuses the request, so an effort is left out, on record."""
    made = said(CHAT, provider, reasoning_effort="high")

    assert made.left_out == ("reasoning_effort",)
    assert not made.body.keys() & {"thinking", "output_config", "additionalModelRequestFields"}


@pytest.mark.parametrize(
    ("effort", "budget"), [("minimal", 1024), ("low", 1024), ("medium", 8192), ("high", 24576)]
)
def test_a_budget_stands_for_an_effort(effort: str, budget: int) -> None:
    """The table is the one by which Google reads efforts; the bound leaves room to answer."""
    made = said(CHAT, MESSAGES, Takes.BUDGET, reasoning_effort=effort)

    assert made.body["thinking"] == {"type": "enabled", "budget_tokens": budget}
    assert made.body["max_tokens"] == budget + 4096
    assert made.left_out == ()


def test_a_model_that_decides_for_itself_is_told_the_effort() -> None:
    """The word goes on, a word that not all of these models know as the nearest they all do."""
    made = said(CHAT, MESSAGES, Takes.ADAPTIVE, reasoning_effort="xhigh")

    assert made.body["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert made.body["output_config"] == {"effort": "high"}
    assert made.body["max_tokens"] == 4096


def test_converse_has_the_words_of_each_maker() -> None:
    """What is a maker's own goes among the fields that Converse hands on."""
    words = {
        Takes.BUDGET: {"thinking": {"type": "enabled", "budget_tokens": 8192}},
        Takes.ADAPTIVE: {
            "thinking": {"type": "adaptive", "display": "summarized"},
            "output_config": {"effort": "medium"},
        },
        Takes.LEVELS: {"reasoningConfig": {"type": "enabled", "maxReasoningEffort": "medium"}},
        Takes.EFFORT: {"reasoning_effort": "medium"},
    }

    for takes, fields in words.items():
        made = said(CHAT, CONVERSE, takes, reasoning_effort="medium")
        assert made.body["additionalModelRequestFields"] == fields


def test_the_highest_level_takes_no_bound_beside_it() -> None:
    """A bound that the client gave stays, and the level is the next one, on record."""
    bound = said(CHAT, CONVERSE, Takes.LEVELS, reasoning_effort="high", max_tokens=900)
    free = said(CHAT, CONVERSE, Takes.LEVELS, reasoning_effort="high")

    config = {"type": "enabled", "maxReasoningEffort": "medium"}
    assert bound.body["additionalModelRequestFields"] == {"reasoningConfig": config}
    assert bound.left_out == ("reasoning_effort above medium",)
    assert free.left_out == ()


def test_what_models_that_think_refuse_is_left_out_beside_it() -> None:
    """Sampling is not steered, on record; a request that names no effort keeps it."""
    sampled = {"temperature": 0.5, "top_k": 5}

    made = said(CHAT, MESSAGES, Takes.BUDGET, reasoning_effort="low", **sampled)
    plain = said(CHAT, MESSAGES, Takes.BUDGET, **sampled)

    assert made.left_out == ("temperature beside thinking", "top_k beside thinking")
    assert not made.body.keys() & {"temperature", "top_p", "top_k"}
    assert plain.body["temperature"] == 0.5
    assert plain.left_out == ()


@pytest.mark.parametrize(
    "forbidding",
    [
        {"tools": [TOOL], "tool_choice": "required"},
        {"messages": [*CALLED[:1], {"role": "assistant", "content": "b"}]},
        {"messages": CALLED, "tools": [TOOL]},
        {"max_tokens": 1024},
    ],
    ids=["a call that must be made", "a beginning", "a call without its thought", "no room"],
)
def test_what_forbids_thinking_goes_first(forbidding: dict[str, Any]) -> None:
    """What is asked for counts more than how long is thought: the effort is left out."""
    made = said(CHAT, MESSAGES, Takes.BUDGET, reasoning_effort="low", **forbidding)

    assert made.left_out == ("reasoning_effort",)
    assert "thinking" not in made.body


def test_not_to_think_is_said_by_saying_nothing() -> None:
    """These models do not think unless they are told to."""
    for takes in (Takes.BUDGET, Takes.ADAPTIVE):
        made = said(CHAT, MESSAGES, takes, reasoning_effort="none")
        assert "thinking" not in made.body
        assert made.left_out == ()


@given(budget=st.integers(1024, 100_000))
def test_a_budget_goes_on_as_it_is(budget: int) -> None:
    """Between dialects that count tokens the number stays, in either direction."""
    thinking = {"type": "enabled", "budget_tokens": budget}
    asked = {"max_tokens": 2 * budget, "thinking": thinking}
    config = {"maxOutputTokens": 2 * budget, "thinkingConfig": {"thinkingBudget": budget}}

    there = said(MESSAGES, GEMINI, Takes.EFFORT, **asked)
    back = said(GEMINI, MESSAGES, Takes.BUDGET, generationConfig=config)
    converse = said(MESSAGES, CONVERSE, Takes.BUDGET, **asked)

    told = {"thinkingBudget": budget, "includeThoughts": True}
    assert there.body["generationConfig"]["thinkingConfig"] == told
    assert back.body["thinking"] == thinking
    assert converse.body["additionalModelRequestFields"] == {"thinking": thinking}


def test_thinking_becomes_an_effort_of_models_that_read_one() -> None:
    """Of others nothing is asked; a client that is told no thoughts asks for none."""
    thinking = {"type": "enabled", "budget_tokens": 8192}
    hidden = {**thinking, "display": "omitted"}

    chat = said(MESSAGES, CHAT, Takes.EFFORT, thinking=thinking)
    responses = said(MESSAGES, RESPONSES, Takes.EFFORT, thinking=thinking)
    unshown = said(MESSAGES, RESPONSES, Takes.EFFORT, thinking=hidden)
    unknown = said(MESSAGES, RESPONSES, thinking=thinking)

    assert chat.body["reasoning_effort"] == "medium"
    assert responses.body["reasoning"] == {"effort": "medium", "summary": "auto"}
    assert unshown.body["reasoning"] == {"effort": "medium"}
    assert "reasoning" not in unknown.body
    assert unknown.left_out == ("thinking",)


def test_an_effort_that_few_models_know_is_the_highest_that_all_do() -> None:
    """What is above `high` is each maker's own; models of the same maker are told it."""
    adaptive = {"thinking": {"type": "adaptive"}, "output_config": {"effort": "xhigh"}}

    chat = said(MESSAGES, CHAT, Takes.EFFORT, **adaptive)
    converse = said(MESSAGES, CONVERSE, Takes.ADAPTIVE, **adaptive)

    assert chat.body["reasoning_effort"] == "high"
    assert chat.left_out == ("thinking above high",)
    fields = converse.body["additionalModelRequestFields"]
    assert fields["output_config"] == {"effort": "xhigh"}


def test_a_level_of_gemini_is_an_effort() -> None:
    """`thinkingLevel` is what a model of Messages is told in its own words."""
    config = {"thinkingConfig": {"thinkingLevel": "LOW", "includeThoughts": True}}

    made = said(GEMINI, MESSAGES, Takes.ADAPTIVE, generationConfig=config, toolConfig={})

    assert made.body["output_config"] == {"effort": "low"}
    assert made.left_out == ()


@pytest.mark.parametrize(
    "odd",
    [
        {"thinking": 5},
        {"thinking": {"type": "enabled"}},
        {"thinking": {"type": "enabled", "budget_tokens": "many"}},
        {"output_config": {"effort": "utmost"}},
    ],
)
def test_what_the_dialect_does_not_know_is_refused(odd: dict[str, Any]) -> None:
    """A way of thinking that nobody means goes nowhere, and is not quoted."""
    with pytest.raises(Untranslatable) as refused:
        said(MESSAGES, CHAT, Takes.EFFORT, **odd)

    assert refused.value.member.startswith(("thinking", "output_config"))


def test_other_ways_of_thinking_are_left_out_on_record() -> None:
    """Not to think is what some models cannot; ways that only one maker has are its own."""
    for kind in ("disabled", "between_tools"):
        made = said(MESSAGES, CHAT, Takes.EFFORT, thinking={"type": kind})
        assert made.left_out == ("thinking",)
        assert "reasoning_effort" not in made.body


def test_the_request_is_one_that_is_read_again() -> None:
    """What is told a model of Messages comes to the same wish when it is read."""
    made = said(CHAT, MESSAGES, Takes.BUDGET, reasoning_effort="medium")

    back = translated({"model": "m", **made.body}, MESSAGES, CHAT, takes=frozenset({Takes.EFFORT}))

    assert back.body["reasoning_effort"] == "medium"
    assert json.dumps(back.body)
