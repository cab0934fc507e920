"""Where requests say how long their answers may be."""

from typing import Any

import pytest

from guardrail_gw.dialects.bounds import is_free, most_written, shows


@pytest.mark.parametrize(
    ("dialect", "members", "tokens"),
    [
        ("openai_chat", {}, 100),
        ("openai_chat", {"max_tokens": 7}, 7),
        ("openai_chat", {"max_tokens": 7, "max_completion_tokens": 5, "n": 3}, 15),
        ("openai_chat", {"max_tokens": None, "n": 2}, 200),
        ("openai_chat", {"max_tokens": "7", "n": True}, 100),
        ("openai_completions", {"max_tokens": 7, "n": 2, "best_of": 4}, 28),
        ("cohere_chat", {"max_tokens": 7, "n": 2}, 7),
        ("cohere_chat_v1", {"max_tokens": 7}, 7),
        ("openai_responses", {"max_output_tokens": 9}, 9),
        ("anthropic_messages", {"max_tokens": 0}, 0),
        ("gemini_generate", {"generationConfig": {"maxOutputTokens": 4, "candidateCount": 2}}, 8),
        ("gemini_generate", {"generationConfig": []}, 100),
        ("bedrock_converse", {"inferenceConfig": {"maxTokens": 3}}, 3),
        ("openai_embeddings", {"max_tokens": 7}, 0),
        ("another", {"max_tokens": 7}, 100),
    ],
)
def test_each_dialect_has_its_own_place(dialect: str, members: Any, tokens: int) -> None:
    """Of several answers each may be as long; who does not say may write the most."""
    assert most_written(dialect, "answers", members, 100) == tokens


def test_some_operations_write_nothing_and_some_cost_nothing() -> None:
    """Embedding writes no tokens; counting them costs nothing anywhere."""
    assert most_written("gemini_generate", "embedContent?alt=json", {}, 100) == 0
    assert is_free("v1/messages/count_tokens?beta=true")
    assert is_free("countTokens")
    assert not is_free("generateContent")


@pytest.mark.parametrize(
    ("dialect", "members", "expected"),
    [
        ("openai_chat", {}, False),
        ("openai_chat", {"modalities": ["text"]}, False),
        ("openai_chat", {"modalities": ["text", "audio"]}, True),
        ("gemini_generate", {"generationConfig": {"responseModalities": ["IMAGE"]}}, True),
        ("gemini_generate", {"generationConfig": {"responseModalities": "IMAGE"}}, False),
        ("anthropic_messages", {"modalities": ["audio"]}, False),
    ],
)
def test_speech_and_images_are_asked_for(dialect: str, members: Any, *, expected: bool) -> None:
    """They are counted at prices of their own."""
    assert shows(dialect, members) is expected
