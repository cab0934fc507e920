"""What a provider asks by its own account is on record beside what the request costs here."""

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.support.world import World, world

WORDS = "one two three four five six seven eight nine ten"
TICKS = """
provider: ticks
name: Counts a thousand tokens as a dollar
dialects: [openai_chat]
self_hosted: true
bill: {member: total_tokens, per_usd: "1000", source: https://t.example, verified_on: "2026-11-01"}
regions: {}
"""
MODELS = [{"name": "assistant", "deployments": ["eu-0"]}]
KNOWN = {"eu-0": {"provider": "ticks"}}


def own(folder: Path) -> None:
    """The operator's catalog beside gateway.yaml."""
    path = folder / "own" / "providers" / "ticks.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(TICKS, encoding="utf-8")


def last(here: World) -> dict[str, Any]:
    """The newest outcome."""
    return [r.meta for r in here.records() if r.kind == "outcome" and r.meta][-1]


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("surface", ["chat", "messages"])
async def test_what_is_asked_stands_beside_what_it_costs(
    tmp_path: Path, surface: str, *, stream: bool
) -> None:
    """Whole or streamed, in the provider's words or translated; the cost is ours as before."""
    await asyncio.to_thread(own, tmp_path)
    more: dict[str, Any] = {"models": MODELS, "catalog": ["own"], "known": KNOWN}
    async with world(tmp_path, **more) as here:
        turn = {"role": "user", "content": WORDS}
        body = {"model": "assistant", "messages": [turn], "max_tokens": 50, "stream": stream}
        post = here.post if surface == "chat" else here.post_messages
        status, _ = await post(body)

        outcome = last(here)

    assert status == 200
    tokens = outcome["usage"]["input"] + outcome["usage"]["output"]
    assert Decimal(outcome["billed_usd"]) == Decimal(tokens) / 1000
    assert Decimal(outcome["cost_usd"]) == Decimal(tokens) / 2_000_000


async def test_who_does_not_say_is_not_compared(tmp_path: Path) -> None:
    """As with most providers."""
    async with world(tmp_path, models=MODELS) as here:
        assert (await here.ask(WORDS))[0] == 200

        assert "billed_usd" not in last(here)
