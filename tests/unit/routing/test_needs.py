"""What requests need of whoever answers them."""

import json
from dataclasses import replace
from typing import Any, cast

import pytest

from guardrail_gw.core.ability import NOTHING, Ability, Asks
from guardrail_gw.core.exchange import (
    Attachment,
    Envelope,
    Head,
    Question,
    Redacted,
)
from guardrail_gw.core.kept import Kept
from guardrail_gw.core.ports import Spoken
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.routing.needs import needs_of
from tests.support.routing_world import recorded

CHAT = BY_NAME["openai_chat"]


def asked(text: str, *, escaped: bool = False, **more: Any) -> Redacted:
    """A chat request with this text, in which nothing was found."""
    body = {"model": "m", "messages": [{"role": "user", "content": text}], **more}
    raw = json.dumps(body, ensure_ascii=escaped).encode()
    return changed(CHAT.parse(raw), Envelope(before=b"", after=raw))


def changed(question: Question, envelope: Envelope | None = None) -> Redacted:
    """The same request with another question."""
    redacted = recorded([], stream=False).placed.redacted
    inbound = replace(redacted.inbound, question=question)
    return Redacted(
        **{
            name: getattr(redacted, name)
            for name in ("originals", "entities", "rules", "policy_digest")
        },
        inbound=inbound,
        envelope=envelope or redacted.envelope,
    )


def test_how_long_it_is_lies_between_two_numbers() -> None:
    """Of English a token has four letters: there are fewer than one for three of them."""
    needs = needs_of(asked("a word and another " * 200, max_tokens=70), CHAT)

    assert needs.read_least < 800 < needs.read_most
    assert needs.written == 70


def test_an_escaped_text_is_not_taken_for_a_longer_one() -> None:
    """Six bytes for a letter make no more tokens: what is certain stays so."""
    plain, escaped = (needs_of(asked("слово " * 400, escaped=e), CHAT) for e in (False, True))

    assert escaped.read_least <= plain.read_least * 1.1
    assert escaped.read_least < 800  # of such words a token has three or four letters


def test_what_is_no_text_counts_by_itself() -> None:
    """An image of a megabyte is some thousand tokens, and not its base64."""
    redacted = asked("what is this?", image="x" * 1_000_000)
    question = redacted.inbound.question
    image = Attachment(media="image", place="/x")

    needs = needs_of(changed(replace(question, attachments=(image,)), redacted.envelope), CHAT)

    assert Ability.IMAGE in needs.abilities
    assert needs.read_most < 5000


@pytest.mark.parametrize(
    "more",
    [
        {"head": Head(method="GET")},
        {"makes": Kept.FILE},
        {"makes": Kept.BATCH},
        {"lines": (1,)},
    ],
)
def test_what_no_model_answers_now_needs_nothing(more: dict[str, Any]) -> None:
    """What is read again, kept or filed goes to whoever has it."""
    question = replace(asked("hello", tools=[{"x": 1}]).inbound.question, **more)

    assert needs_of(changed(question), CHAT) == NOTHING


def test_what_was_found_out_before_is_not_read_again() -> None:
    """Of a request that was seen but for its last turns nobody reads the members."""

    class Unread:
        def operation(self, head: Head) -> str:
            return "/chat/completions"

        def members(self, question: Question) -> dict[str, Any]:
            raise AssertionError("the body is read")

    asks = Asks(abilities=frozenset({Ability.TOOLS}), written=9)
    question = replace(asked("hello").inbound.question, asks=asks)

    needs = needs_of(changed(question), cast("Spoken", Unread()))

    assert (set(needs.abilities), needs.written) == ({Ability.TOOLS}, 9)
