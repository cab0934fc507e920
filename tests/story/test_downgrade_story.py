"""Cheaper models when a budget has no room, told by who is contacted and what is on record."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.errors import ConfigError
from tests.support.world import World, world

PERSONAL = "My name is Anna Schmidt, anna.schmidt@example.org."
WORDS = "one two three four five six seven eight nine ten"
MONTH: dict[str, Any] = {"id": "month", "usd": "0.0001", "on_exceed": "downgrade"}
"""The dear model reserves some 40 millionths of a dollar for these words, the cheap one a sixth."""


@asynccontextmanager
async def ladder(
    folder: Path, *rungs: str, fallbacks: tuple[str, ...] = (), **budget: Any
) -> AsyncIterator[World]:
    """`big` (0.6 a million, in France) above `small` (0.5, Germany) and `american` (0.1, US)."""
    models = [
        {
            "name": "big",
            "deployments": ["eu2-0"],
            "ladder": list(rungs),
            "fallbacks": [{"model": name} for name in fallbacks],
        },
        {"name": "small", "deployments": ["eu-0"]},
        {"name": "american", "deployments": ["us-0"]},
    ]
    async with world(folder, models=models, budgets=[MONTH | budget]) as here:
        yield here


def last(here: World, kind: str) -> dict[str, Any]:
    """What the newest record of a kind says."""
    return [r.meta for r in here.records() if r.kind == kind and r.meta][-1]


async def test_the_rest_of_a_budget_is_for_cheaper_models(tmp_path: Path) -> None:
    """From half of it on the dear model is not asked; the cheap one is until nothing is left."""
    async with ladder(tmp_path, "american", downgrade_at=50) as here:
        served: list[str] = []
        for _ in range(40):
            status, answer = await here.ask(WORDS, model="big", max_tokens=20)
            if status != 200:
                assert (status, answer["error"]["code"]) == (429, "budget.exceeded")
                break
            served.append(last(here, "outcome")["deployment"])

        assert served == sorted(served)
        assert served[0] == "eu2-0"
        assert 2 < len(served) < 40
        ended = [r.meta for r in here.records() if r.kind == "outcome" and r.meta]
        down = [each for each in ended if each["deployment"] == "us-0"]
        assert {(e["fallback"], *e["downgraded"]) for e in down} == {("american", "month")}
        assert not any("downgraded" in each for each in ended if each["deployment"] == "eu2-0")
        metrics = (await here.get("/metrics"))[1].decode()
        counted = f'guardrail_gw_budget_downgraded{{budget="month"}} {float(len(down) + 1)}'
        assert counted in metrics.splitlines()


async def test_a_rung_is_placed_as_lawfully_as_the_model(tmp_path: Path) -> None:
    """Personal data does not go to the US since that is cheap; the next rung takes it."""
    async with ladder(tmp_path, "american", "small", downgrade_at=1) as here:
        status, answer = await here.ask(PERSONAL, model="big", max_tokens=20)

        assert (status, answer["choices"][0]["message"]["content"]) == (200, PERSONAL)
        assert here.us.received == here.eu2.received == []
        assert last(here, "intent")["fallbacks"] == {"small": ["eu-0"]}
        assert last(here, "outcome")["downgraded"] == ["month"]


async def test_without_a_rung_that_fits_the_budget_refuses(tmp_path: Path) -> None:
    """Every price is reserved anew, and nobody is asked for what no budget has room for."""
    async with ladder(tmp_path, "small", "american", usd="0.000000001") as here:
        status, answer = await here.ask(WORDS, model="big")

        assert (status, answer["error"]["code"]) == (429, "budget.exceeded")
        assert "'month'" in answer["error"]["message"]
        assert here.sent == []


async def test_only_a_budget_leads_down_the_ladder(tmp_path: Path) -> None:
    """A failure leads to a fallback; that a model is on the ladder, too, changes nothing."""
    async with ladder(tmp_path, "american", fallbacks=("small",)) as here:
        here.eu2.script.extend(["status-500"] * 9)

        status, _ = await here.ask(WORDS, model="big", max_tokens=20)

        assert status == 200
        assert here.us.received == []
        ended = last(here, "outcome")
        assert (ended["fallback"], ended.get("downgraded")) == ("small", None)


async def test_without_a_ladder_all_of_the_budget_may_be_used(tmp_path: Path) -> None:
    """What is kept for cheaper models is kept where there are some."""
    async with ladder(tmp_path, "small", downgrade_at=1) as here:
        assert (await here.ask(WORDS, model="small", max_tokens=20))[0] == 200
        assert "downgraded" not in last(here, "outcome")


@pytest.mark.parametrize("rungs", [("big",), ("nobody",), ("small", "small")])
async def test_a_ladder_names_other_models_once(tmp_path: Path, rungs: tuple[str, ...]) -> None:
    """Not itself, not one that nobody serves, and none twice."""
    with pytest.raises(ConfigError, match="no other model"):
        async with ladder(tmp_path, *rungs):
            pytest.fail("it started")


async def test_a_threshold_needs_a_budget_that_downgrades(tmp_path: Path) -> None:
    """Or it would say nothing."""
    with pytest.raises(ConfigError, match="downgrade_at counts with"):
        async with ladder(tmp_path, "small", on_exceed="block", downgrade_at=80):
            pytest.fail("it started")
