"""Where a conversation begins: what all its requests have in common."""

import json
from typing import Any

import pytest

from guardrail_gw.dialects.begun import first_turns

SYSTEM = {"role": "system", "content": "be kind"}
HELLO = {"role": "user", "content": 'say "hi", [please]'}
YES = {"role": "assistant", "content": "hi"}
MORE = {"role": "user", "content": "more"}
GEMINI = {"role": "user", "parts": [{"text": "hi"}]}


def body(member: str, turns: Any) -> bytes:
    """A request that says other things, too."""
    return json.dumps({"temperature": 1, member: turns, "model": "m"}).encode()


@pytest.mark.parametrize(
    ("dialect", "member", "first", "later"),
    [
        ("openai_chat", "messages", [SYSTEM, HELLO], [SYSTEM, HELLO, YES, MORE]),
        ("openai_chat", "messages", [HELLO], [HELLO, YES, MORE]),
        ("cohere_chat", "messages", [SYSTEM, HELLO], [SYSTEM, HELLO, YES, MORE]),
        ("anthropic_messages", "messages", [HELLO], [HELLO, YES, MORE]),
        ("openai_responses", "input", [HELLO], [HELLO, YES, MORE]),
        ("gemini_generate", "contents", [GEMINI], [GEMINI, YES, GEMINI]),
    ],
)
def test_every_request_of_a_conversation_begins_alike(
    dialect: str, member: str, first: list[Any], later: list[Any]
) -> None:
    """What was said later changes nothing; another first question does."""
    begun = first_turns(dialect, body(member, first))

    assert begun
    assert begun == first_turns(dialect, body(member, later))
    assert begun != first_turns(dialect, body(member, [*first[:-1], MORE]))


@pytest.mark.parametrize(
    ("dialect", "raw"),
    [
        ("openai_embeddings", b'{"input":["x"]}'),
        ("openai_chat", b"{}"),
        ("openai_chat", b'{"messages":[]}'),
    ],
)
def test_where_nothing_was_said_there_is_no_beginning(dialect: str, raw: bytes) -> None:
    """Neither is it an error."""
    assert first_turns(dialect, raw) == b""


def test_a_question_as_a_text_and_a_very_long_one() -> None:
    """A plain string is a beginning; of what is longer than is looked at its front is."""
    assert first_turns("openai_responses", b'{"input": "how are you", "x": 1}') == b'"how are you"'
    long = {"role": "user", "content": "x" * 100_000}
    assert first_turns("openai_chat", body("messages", [long])).startswith(b'{"role": "user"')
