"""Reasoning that is handed back to a provider of responses."""

import json
from typing import Any

import pytest

from guardrail_gw.dialects.foreign import foreign
from guardrail_gw.dialects.openai_responses.thoughts import own

OTHERS = {"type": "reasoning", "summary": [], "encrypted_content": foreign("", "")}
OWN = {"type": "reasoning", "summary": [], "encrypted_content": "c2Vh"}
SAID = {"role": "user", "content": foreign("", "")}


def kept(items: Any) -> Any:
    """The input that goes on."""
    return json.loads(own(json.dumps({"model": "m", "input": items}).encode()))["input"]


@pytest.mark.parametrize(
    ("items", "left"),
    [
        ([OTHERS, SAID, OTHERS, OTHERS, OWN, OTHERS], [SAID, OWN]),
        ([OTHERS, OTHERS], []),
        ([SAID, OWN], [SAID, OWN]),
        (foreign("", ""), foreign("", "")),
    ],
)
def test_reasoning_of_other_makers_does_not_go_on(items: Any, left: Any) -> None:
    """The provider would refuse its seal, or look for an item that it never kept."""
    assert kept(items) == left
