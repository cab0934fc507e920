"""Thoughts that are handed back to a provider of Messages."""

import json
from typing import Any

from guardrail_gw.dialects.anthropic_messages.thoughts import own
from guardrail_gw.dialects.foreign import foreign

OTHERS = {"type": "thinking", "thinking": "hm", "signature": foreign("", "")}
HIDDEN = {"type": "redacted_thinking", "data": foreign("", "")}
OWN = {"type": "thinking", "thinking": "hm", "signature": "c2ln"}
TEXT = {"type": "text", "text": "b"}


def kept(*contents: Any) -> list[Any]:
    """The contents of the messages that go on."""
    messages = [{"role": "assistant", "content": content} for content in contents]
    raw = json.dumps({"model": "m", "messages": messages, "temperature": 0.10}).encode()
    body = json.loads(own(raw))
    return [message["content"] for message in body["messages"]]


def test_thoughts_of_other_makers_do_not_go_on() -> None:
    """The provider would refuse their seals; its own go back as they came."""
    assert kept([OTHERS, OWN, TEXT], "a", [OWN, HIDDEN]) == [[OWN, TEXT], "a", [OWN]]


def test_a_message_that_is_nothing_else_goes_as_a_whole() -> None:
    """The dialect refuses messages without content."""
    assert kept([TEXT], [OTHERS, HIDDEN], [TEXT]) == [[TEXT], [TEXT]]


def test_every_other_byte_stays() -> None:
    """Numbers keep their lexemes, and a body without such thoughts is the same object."""
    raw = b'{"messages":[{"content":[%b, {"n":1.50} ]}],"x":1e2}' % json.dumps(OTHERS).encode()
    plain = b'{"messages":[]}'

    assert own(raw) == b'{"messages":[{"content":[{"n":1.50} ]}],"x":1e2}'
    assert own(plain) is plain


def test_a_seal_that_is_quoted_elsewhere_stays() -> None:
    """Only a thought is one, whatever somebody writes about its seal."""
    quoted = {"type": "text", "text": foreign("", "")}

    assert kept([quoted], foreign("", "")) == [[quoted], foreign("", "")]
