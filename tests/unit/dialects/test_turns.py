import json

import pytest

from guardrail_gw.core.exchange import BARE
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.dialects.turns import Members, turn_of_each
from tests.support.growing import HEADS, body, called, said


@pytest.mark.parametrize(
    "dialect",
    ["openai_chat", "anthropic_messages", "openai_responses", "gemini_generate", "cohere_chat"],
)
def test_each_text_is_in_its_turn(dialect: str) -> None:
    """Texts within JSON in a string are in the turn that holds it; others are in none."""
    turns = [said(dialect, 0, "one"), called(dialect, 1, "key", "two"), said(dialect, 2, "three")]
    raw = body(dialect, turns, tail={"unknown": "four"})
    question = BY_NAME[dialect].parse(raw, HEADS.get(dialect, BARE))
    source = question.source

    found = turn_of_each(source.layers, source.targets, BY_NAME[dialect].turns)

    of = dict(zip((segment.text for segment in question.segments), found, strict=True))
    assert (of["one"], of["key"], of["two"], of["three"]) == (0, 1, 1, 2)
    assert of["four"] == of["unknown"] == -1


def test_members_are_read_when_somebody_asks() -> None:
    """They are those of the body, in its order, and nothing of them is in the repr."""
    raw = json.dumps({"model": "m", "user": "Anna"}).encode()

    members = Members(raw)

    assert "Anna" not in repr(members)
    assert dict(members) == json.loads(raw)
    assert list(members) == ["model", "user"]
    assert len(members) == 2
