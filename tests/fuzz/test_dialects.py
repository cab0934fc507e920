"""The fuzzer itself, with few examples: `make fuzz-dialects` runs many."""

import asyncio

import pytest

from guardrail_gw.dialects.every import BY_NAME, PROVIDERS
from guardrail_gw.dialects.translation.translate import SPOKES
from tests.fuzz import corpus
from tests.fuzz.dialects import Found, example

_EXAMPLES = 150


@pytest.fixture(autouse=True)
def _loaded() -> None:
    corpus.load()


async def test_few_examples_are_clean_and_of_every_kind() -> None:
    """Some requests pass, some answers are heard, and everything that is told comes back."""
    found = Found(seed=1)
    for number in range(_EXAMPLES):
        await example(found, number)
        await asyncio.sleep(0)

    came = {what.partition(":")[0] for what in found.came}

    assert found.faults == {}
    assert came == {"ask", "hear", "tell"}
    assert found.came["ask: passed on"] > 0
    assert found.came["hear: answered"] > 0


def test_every_pair_that_is_translated_takes_part() -> None:
    """Nobody has to name a new pair here."""
    pairs = {(p, c) for p in PROVIDERS for c in corpus.clients(p)}

    assert {("openai_chat", "anthropic_messages"), ("anthropic_messages", "openai_chat")} <= pairs
    assert {(name, name) for name in BY_NAME} <= pairs
    assert set(corpus.told_pairs()) <= pairs
    assert {("bedrock_converse", client) for client in SPOKES} <= {*corpus.told_pairs()}
    assert all("bedrock_converse" in corpus.providers(client) for client in SPOKES)
    assert {each.stream for each in corpus.answers("bedrock_converse")} == {False, True}
