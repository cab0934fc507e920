"""What requests ask of a model, in each dialect."""

import json
from typing import Any

import pytest

from guardrail_gw.core.ability import Ability
from guardrail_gw.core.exchange import Attachment
from guardrail_gw.dialects.asks import asks_of
from guardrail_gw.dialects.every import BY_NAME

SCHEMA = {"type": "object"}
TOOLS, SCHEMED = Ability.TOOLS, Ability.STRUCTURED_OUTPUT


@pytest.mark.parametrize(
    ("dialect", "members", "abilities", "written"),
    [
        ("openai_chat", {}, set(), None),
        ("openai_chat", {"tools": [{"type": "function"}], "max_tokens": 7}, {TOOLS}, 7),
        ("openai_chat", {"functions": [{"name": "f"}]}, {TOOLS}, None),
        ("openai_chat", {"tools": [], "response_format": {"type": "json_object"}}, set(), None),
        ("openai_chat", {"response_format": {"type": "json_schema"}}, {SCHEMED}, None),
        ("openai_completions", {"max_tokens": 5}, set(), 5),
        ("openai_responses", {"text": {"format": {"type": "json_schema"}}}, {SCHEMED}, None),
        ("openai_responses", {"text": {"format": {"type": "text"}}}, set(), None),
        ("anthropic_messages", {"output_format": {"type": "json_schema"}}, {SCHEMED}, None),
        (
            "anthropic_messages",
            {"output_config": {"format": {"type": "json_schema"}}, "max_tokens": 9},
            {SCHEMED},
            9,
        ),
        ("gemini_generate", {"tools": [{"functionDeclarations": []}]}, {TOOLS}, None),
        ("gemini_generate", {"generationConfig": {"responseSchema": SCHEMA}}, {SCHEMED}, None),
        (
            "gemini_generate",
            {"generation_config": {"response_json_schema": SCHEMA}},
            {SCHEMED},
            None,
        ),
        ("cohere_chat", {"response_format": {"type": "json_object"}, "tools": [{}]}, {TOOLS}, None),
        (
            "cohere_chat",
            {"response_format": {"json_schema": SCHEMA}, "max_tokens": 7},
            {SCHEMED},
            7,
        ),
        ("cohere_chat_v1", {"response_format": {"schema": SCHEMA}}, {SCHEMED}, None),
    ],
)
def test_members_say_what_is_asked(
    dialect: str, members: dict[str, Any], abilities: set[Ability], written: int | None
) -> None:
    """Tools, a schema and the longest answer are where the dialect has them."""
    asks = asks_of(dialect, "/x", members)

    assert asks is not None
    assert (set(asks.abilities), asks.written) == (abilities, written)


def test_what_is_no_text_and_comes_in_pieces() -> None:
    """Images and audio are asked to be taken; other attachments are the provider's matter."""
    media = [Attachment(media=each, place="/x") for each in ("image", "audio", "file", "base64")]

    asks = asks_of("openai_chat", "/chat/completions", {}, media, stream=True)

    assert asks is not None
    assert asks.abilities == {Ability.IMAGE, Ability.AUDIO, Ability.STREAMING}


@pytest.mark.parametrize(
    ("dialect", "operation"),
    [
        ("openai_embeddings", "/embeddings"),
        ("openai_images", "/images/generations"),
        ("anthropic_messages", "/messages/count_tokens"),
        ("gemini_generate", "models/x:batchEmbedContents"),
    ],
)
def test_where_no_model_answers_nothing_is_asked(dialect: str, operation: str) -> None:
    """Embeddings and counts have no answer that a model writes."""
    assert asks_of(dialect, operation, {"tools": [1]}) is None


def test_a_question_without_its_words_still_says_what_it_asks() -> None:
    """What is kept of a question, for requests that differ in turns alone, needs no body for it."""
    dialect = BY_NAME["openai_chat"]
    tool = {"type": "function", "function": {"name": "f", "parameters": {}}}
    body = {"model": "m", "messages": [{"role": "user", "content": "hi"}], "tools": [tool]}

    bare = dialect.bare(dialect.parse(json.dumps({**body, "max_tokens": 3}).encode()))

    assert bare.asks is not None
    assert (set(bare.asks.abilities), bare.asks.written) == ({Ability.TOOLS}, 3)
