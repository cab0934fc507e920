"""Two attempts at once, seen from outside."""

from pathlib import Path
from typing import Any

from tests.support.world import streamed_text, world

PERSONAL = "My name is Anna Schmidt."


async def test_a_slow_provider_is_overtaken(tmp_path: Path) -> None:
    """The lawful one that answers is read; both are on record, and both are reckoned."""
    model = {"name": "fast", "deployments": ["us-0", "eu-0", "eu2-0"], "hedge_after_s": 0.05}
    budgets: list[dict[str, Any]] = [{"id": "all", "usd": "1"}]
    async with world(tmp_path, models=[model], budgets=budgets) as here:
        here.eu.script.append("stall")

        status, answer = await here.ask(PERSONAL, model="fast", stream=True)

        assert status == 200
        assert streamed_text(answer) == PERSONAL
        assert here.us.received == []
        outcome = [r.meta for r in here.records() if r.kind == "outcome" and r.meta][-1]
        attempts = sorted(f"{a['deployment']} {a['result']}" for a in outcome["attempts"])
        assert attempts == ["eu-0 cancelled", "eu2-0 ok"]
        assert outcome["deployment"] == "eu2-0"
        assert float(outcome["estimated_usd"]) > 0
        assert float(outcome["cost_usd"]) > 0
