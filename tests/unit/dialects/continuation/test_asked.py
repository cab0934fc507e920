"""Which answers can be gone on with, by what is asked for."""

from dataclasses import replace
from typing import Any

import pytest

from guardrail_gw.core.exchange import Head, Redacted
from guardrail_gw.core.kept import Kept, Recall
from guardrail_gw.dialects.continuation.asked import obstacle
from tests.support.answered import CLIENTS
from tests.support.routing_world import deployment, recorded

STREAM = Head(path=":streamGenerateContent?alt=sse")


def redacted(dialect: str, **more: Any) -> Redacted:
    """A stream that is asked for in a dialect."""
    made = recorded([deployment("a")], stream=True).placed.redacted
    head = STREAM if dialect == "gemini_generate" else Head()
    question = replace(made.inbound.question, **{"dialect": dialect, "head": head, **more})
    return replace(made, inbound=replace(made.inbound, question=question))


@pytest.mark.parametrize("dialect", CLIENTS)
def test_a_text_can_be_gone_on_with(dialect: str) -> None:
    """Also one that is said to be a text."""
    assert obstacle(redacted(dialect), {}) is None


@pytest.mark.parametrize(
    ("dialect", "members"),
    [
        ("openai_chat", {"n": 2}),
        ("openai_chat", {"logprobs": True}),
        ("openai_chat", {"response_format": {"type": "json_object"}}),
        ("openai_chat", {"response_format": {"type": "json_schema", "json_schema": {}}}),
        ("anthropic_messages", {"output_config": {"format": {"type": "json_schema"}}}),
        ("anthropic_messages", {"output_format": {"type": "json_schema"}}),
        ("openai_responses", {"text": {"format": {"type": "json_schema"}}}),
        ("openai_responses", {"top_logprobs": 3}),
        ("openai_responses", {"include": ["message.output_text.logprobs"]}),
        ("openai_responses", {"background": True}),
        ("gemini_generate", {"generationConfig": {"candidateCount": 2}}),
        ("gemini_generate", {"generationConfig": {"responseLogprobs": True}}),
        ("gemini_generate", {"generationConfig": {"responseMimeType": "application/json"}}),
        ("gemini_generate", {"generation_config": {"response_schema": {"type": "OBJECT"}}}),
    ],
)
def test_what_has_a_structure_can_not(dialect: str, members: dict[str, Any]) -> None:
    """Half of it, and another half, are no whole."""
    assert obstacle(redacted(dialect), members) is not None


@pytest.mark.parametrize("dialect", CLIENTS)
def test_what_a_provider_keeps_can_not(dialect: str) -> None:
    """Nobody else has it, and it would be kept in two halves."""
    recall = Recall(kind=Kept.RESPONSE, id="r", place="/previous_response_id")
    kept = redacted(dialect)

    assert obstacle(replace(kept, stored=True), {}) is not None
    assert obstacle(redacted(dialect, recall=recall), {}) is not None
    assert obstacle(redacted(dialect, once=True), {}) is not None


def test_what_is_no_answer_can_not() -> None:
    """Counts, embeddings, files, and answers that come as a whole."""
    count = Head(path="/messages/count_tokens")

    assert obstacle(redacted("openai_embeddings"), {}) is not None
    assert obstacle(redacted("openai_chat", stream=False), {}) is not None
    assert obstacle(redacted("anthropic_messages", head=count), {}) is not None
