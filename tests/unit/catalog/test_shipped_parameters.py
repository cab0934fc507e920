"""What becomes of the members of a body at the providers that the catalog ships."""

import json
from typing import Any

import pytest

from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.catalog.parameters import of_model, taken
from guardrail_gw.core.parameters import AS_THE_DIALECT_SAYS, Parameters, Takes
from guardrail_gw.dialects.members import fitted

CATALOG = Catalog.load()
CHAT, COMPLETIONS, EMBEDDINGS = "openai_chat", "openai_completions", "openai_embeddings"
CONVERSE, CLAUDE = "bedrock_converse", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0"
BOUND = {"max_completion_tokens": 9}
HOT = ("metadata", "temperature above 2")
OTHERS = (
    *(
        "https://docs.rs/",
        "https://hexdocs.pm/",
        "https://glama.ai/",
        "https://java.agentscope.io/",
    ),
    *("https://github.com/BerriAI/", "https://github.com/vercel/", "https://community.openai.com/"),
    *("https://github.com/aws-samples/", "https://github.com/langchain-ai/", "https://portkey.ai/"),
)


def read(provider: str, model: str, dialect: str = CHAT) -> Parameters:
    """How a provider reads a body for a model."""
    facts = CATALOG.providers[provider].parameters
    return dict(of_model(facts, model)).get(dialect, AS_THE_DIALECT_SAYS)


@pytest.mark.parametrize(
    ("provider", "asked", "sent", "left_out"),
    [
        ("mistral", BOUND | {"seed": 1}, {"max_tokens": 9, "random_seed": 1}, ()),
        ("mistral", {"user": "u", "n": 2, "logit_bias": {}}, {"n": 2}, ("logit_bias", "user")),
        ("deepseek", BOUND | {"n": 1}, {"max_tokens": 9, "n": 1}, ()),
        ("dashscope", {"frequency_penalty": 1, "seed": 1}, {"seed": 1}, ("frequency_penalty",)),
        ("groq", {"metadata": {"a": "b"}, "temperature": 3}, {"temperature": 2}, HOT),
        ("cohere", BOUND | {"service_tier": "flex"}, {"max_tokens": 9}, ("service_tier",)),
        ("together", BOUND | {"logprobs": False}, {"max_tokens": 9}, ("logprobs",)),
        ("fireworks", BOUND | {"max_tokens": 8}, {"max_tokens": 8}, ("max_completion_tokens",)),
        ("fireworks", {"top_logprobs": 5}, {"top_logprobs": 5}, ()),
        ("nebius", BOUND, {"max_tokens": 9}, ()),
        ("scaleway", BOUND | {"user": "u"}, {"max_tokens": 9}, ("user",)),
        ("ollama", BOUND | {"logprobs": True}, {"max_tokens": 9, "logprobs": True}, ()),
        ("openrouter", BOUND | {"n": 2}, BOUND | {"n": 2}, ()),
        ("vllm", BOUND | {"n": 2}, BOUND | {"n": 2}, ()),
    ],
)
def test_a_body_becomes_what_the_provider_reads(
    provider: str, asked: dict[str, Any], sent: dict[str, Any], left_out: tuple[str, ...]
) -> None:
    """Bounds keep their meaning under another name; what is not known there is on record."""
    parameters = read(provider, "m")
    body = json.dumps({"model": "m", **asked}).encode()

    made = fitted(body, {"model": "m", **asked}, parameters)

    assert parameters.obstacle(asked) is None
    assert json.loads(made.body) == {"model": "m", **sent}
    assert made.left_out == left_out


@pytest.mark.parametrize(
    ("provider", "dialect", "asked", "obstacle"),
    [
        ("mistral", CHAT, {"logprobs": True}, "logprobs"),
        ("deepseek", CHAT, {"n": 2}, "n above 1"),
        ("groq", CHAT, {"n": 2}, "n above 1"),
        ("cohere", CHAT, {"n": 2}, "n above 1"),
        ("cohere", CHAT, {"top_logprobs": 2}, "top_logprobs"),
        ("together", CHAT, {"logprobs": True}, "logprobs"),
        ("fireworks", CHAT, {"top_logprobs": 6}, "top_logprobs above 5"),
        ("scaleway", CHAT, {"n": 2}, "n above 1"),
        ("scaleway", EMBEDDINGS, {"dimensions": 8}, "dimensions"),
        ("ollama", CHAT, {"n": 2}, "n above 1"),
        ("ollama", COMPLETIONS, {"echo": True}, "echo"),
        ("ollama", COMPLETIONS, {"best_of": 2}, "best_of above 1"),
    ],
)
def test_what_would_be_another_answer_passes_the_provider_over(
    provider: str, dialect: str, asked: dict[str, Any], obstacle: str
) -> None:
    """One choice in place of two, or none of the probabilities, is not what was asked for."""
    assert read(provider, "m", dialect).obstacle(asked) == obstacle


@pytest.mark.parametrize(
    ("model", "dropped", "refused"),
    [
        ("grok-4-0709", ("presence_penalty", "frequency_penalty"), ("stop",)),
        ("grok-code-fast-1", ("presence_penalty", "frequency_penalty"), ("stop",)),
        ("grok-4-fast-non-reasoning", (), ()),
        (
            "grok-4.20-0309-reasoning",
            ("presence_penalty", "frequency_penalty", "reasoning_effort"),
            ("stop",),
        ),
        ("grok-4.20-0309-non-reasoning", ("reasoning_effort",), ()),
        ("grok-3", (), ()),
    ],
)
def test_models_that_reason_take_no_penalties(
    model: str, dropped: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    """Names of one provider's models say which they are."""
    parameters = read("xai", model)

    assert (parameters.dropped, parameters.refused) == (dropped, refused)


def test_what_is_read_at_second_hand_is_named_as_such() -> None:
    """An entry whose source is not the provider's own says so."""
    entries = [each for one in CATALOG.providers.values() for each in one.parameters]

    foreign = [each for each in entries if each.source.startswith(OTHERS)]

    assert foreign
    assert all(each.second_hand for each in foreign)


@pytest.mark.parametrize(
    ("provider", "model", "dropped"),
    [
        ("anthropic", "claude-opus-4-7-20260416", ("temperature", "top_p", "top_k")),
        ("anthropic", "claude-opus-5", ("temperature", "top_p", "top_k")),
        ("anthropic", "claude-opus-4-6", ()),
        ("anthropic", "claude-sonnet-4-5", ()),
        ("vertex", "claude-opus-4-7@20260416", ("temperature", "top_p", "top_k")),
        ("bedrock", "eu.anthropic.claude-opus-4-8", ("temperature", "top_p", "top_k")),
        ("bedrock", "anthropic.claude-opus-4-7-v1:0", ("temperature", "top_p", "top_k")),
        ("bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", ()),
    ],
)
def test_models_without_sampling_parameters_are_told_none(
    provider: str, model: str, dropped: tuple[str, ...]
) -> None:
    """By any of the names that one model has at several providers."""
    assert read(provider, model, "anthropic_messages").dropped == dropped


@pytest.mark.parametrize(
    ("provider", "dialect", "model", "takes"),
    [
        ("anthropic", "anthropic_messages", "claude-haiku-4-5-20251001", {Takes.BUDGET}),
        ("anthropic", "anthropic_messages", "claude-opus-4-20250514", {Takes.BUDGET}),
        ("anthropic", "anthropic_messages", "claude-opus-4-6", {Takes.ADAPTIVE}),
        ("anthropic", "anthropic_messages", "claude-sonnet-5-5", {Takes.ADAPTIVE}),
        ("anthropic", "anthropic_messages", "claude-3-5-haiku-20241022", set[Takes]()),
        ("vertex", "anthropic_messages", "claude-opus-5@default", {Takes.ADAPTIVE}),
        ("vertex", "gemini_generate", "gemini-2.5-pro-preview-tts", set[Takes]()),
        ("gemini", "gemini_generate", "gemini-2.5-flash", {Takes.EFFORT}),
        ("openai", "openai_chat", "gpt-5.1", {Takes.EFFORT}),
        ("openai", "openai_responses", "o3-mini", {Takes.EFFORT}),
        ("openai", "openai_chat", "gpt-4o", set[Takes]()),
        ("openai", "openai_chat", "o1-mini", set[Takes]()),
        ("bedrock", CONVERSE, "amazon.nova-2-lite-v1:0", {Takes.LEVELS}),
        ("bedrock", CONVERSE, "amazon.nova-pro-v1:0", set[Takes]()),
        ("bedrock", CONVERSE, "openai.gpt-oss-20b-1:0", {Takes.EFFORT}),
        ("bedrock", CONVERSE, CLAUDE, {Takes.BUDGET, Takes.CACHE_MARKS}),
    ],
)
def test_a_model_is_told_to_think_in_words_that_it_takes(
    provider: str, dialect: str, model: str, takes: set[Takes]
) -> None:
    """Another way of saying it is a 400, so a model of which nothing is known takes none."""
    known = dict(taken(CATALOG.providers[provider].parameters, model))

    assert known.get(dialect, set[Takes]()) == takes


def test_converse_is_told_a_temperature_or_a_nucleus() -> None:
    """Where the model refuses both at once, and both where it takes them."""
    asked = {"inferenceConfig": {"temperature": 0.5, "topP": 0.9}}
    body = json.dumps(asked).encode()

    one = fitted(body, asked, read("bedrock", CLAUDE, CONVERSE))
    both = fitted(body, asked, read("bedrock", "amazon.nova-pro-v1:0", CONVERSE))
    none = fitted(body, asked, read("bedrock", "global.anthropic.claude-opus-5", CONVERSE))

    assert json.loads(one.body) == {"inferenceConfig": {"temperature": 0.5}}
    assert one.left_out == ("inferenceConfig.topP",)
    assert json.loads(both.body) == asked
    assert json.loads(none.body) == {"inferenceConfig": {}}
