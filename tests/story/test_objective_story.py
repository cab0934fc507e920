"""By what the deployments of a model are ranked, told by who is contacted."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.errors import ConfigError
from tests.support.world import World, world

WORDS = "one two three four five"


def ranked(objective: str, **more: Any) -> list[dict[str, Any]]:
    """One model on two providers, of which the first is cheaper."""
    return [
        {
            "name": "assistant",
            "deployments": ["us-0", "eu-0"],
            "objective": objective,
            **more,
        }
    ]


async def _asked(here: World) -> None:
    """Wait until somebody was asked."""
    async with asyncio.timeout(20):
        while sum(counts(here)) < 1:  # noqa: ASYNC110 - a stand-in tells nobody
            await asyncio.sleep(0.005)


def counts(here: World) -> tuple[int, int]:
    """How many requests each of the two got."""
    return len(here.us.received), len(here.eu.received)


async def test_the_slower_one_is_left_once_it_was_measured(tmp_path: Path) -> None:
    """Each is asked once, then the fast one alone, though it costs more."""
    async with world(tmp_path, models=ranked("latency")) as here:
        here.us.script.append("echo?delay_ms=1000")
        for _ in range(5):
            assert (await here.ask(WORDS))[0] == 200

        assert counts(here) == (1, 4)


async def test_while_one_is_busy_the_other_is_asked(tmp_path: Path) -> None:
    """A request that is under way counts until it is over."""
    async with world(tmp_path, models=ranked("least_busy")) as here:
        here.us.script.append("echo?delay_ms=900")
        here.eu.script.append("echo?delay_ms=900")
        async with asyncio.TaskGroup() as tasks:
            begun = tasks.create_task(here.ask(WORDS))
            await _asked(here)
            first = counts(here)
            here.us.script.clear()
            here.eu.script.clear()
            for _ in range(4):
                assert (await here.ask(WORDS))[0] == 200
            begun.cancel()

        expected = {(1, 0): (1, 4), (0, 1): (4, 1)}
        assert counts(here) == expected[first]


async def test_weights_and_classes_go_before_the_price(tmp_path: Path) -> None:
    """All of the weight, or the stronger class, and the cheaper one is not asked."""
    for objective, more, known in (
        ("weighted", {"weights": {"us-0": 0, "eu-0": 1}}, {}),
        ("quality", {}, {"us-0": {"quality": 2}, "eu-0": {"quality": 7}}),
    ):
        folder = tmp_path / objective
        folder.mkdir()
        async with world(folder, models=ranked(objective, **more), known=known) as here:
            for _ in range(3):
                assert (await here.ask(WORDS))[0] == 200

            assert counts(here) == (0, 3)


async def test_a_model_that_is_asked_instead_is_ranked_by_its_own(tmp_path: Path) -> None:
    """Its strongest class answers, though the client's model is ranked by cost."""
    models = [
        {"name": "assistant", "deployments": ["us-0"], "fallbacks": [{"model": "strong"}]},
        {"name": "strong", "deployments": ["eu-0", "eu2-0"], "objective": "quality"},
    ]
    known = {"eu-0": {"quality": 1}, "eu2-0": {"quality": 9}}
    async with world(tmp_path, models=models, known=known) as here:
        here.us.script.append("status-401")

        assert (await here.ask(WORDS))[0] == 200

        assert [len(each.received) for each in (here.us, here.eu, here.eu2)] == [1, 0, 1]


async def test_a_conversation_stays_where_it_is(tmp_path: Path) -> None:
    """Its turns go to one provider, other conversations to either, and elsewhere if that is out."""
    async with world(tmp_path, models=ranked("sticky")) as here:
        where = []
        for number in range(12):
            turns = [{"role": "user", "content": f"question number {number}"}]
            before = counts(here)
            for _ in range(3):
                status, _ = await here.post({"model": "assistant", "messages": turns})
                assert status == 200
                turns += [
                    {"role": "assistant", "content": "yes"},
                    {"role": "user", "content": "go on"},
                ]
            after = counts(here)
            where.append((after[0] - before[0], after[1] - before[1]))

        assert set(where) == {(3, 0), (0, 3)}

        here.us.script.extend(["status-401"] * 9)
        for _ in range(4):
            assert (await here.ask(WORDS))[0] == 200


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ({"objective": "cost", "weights": {"us-0": 1}}, "weights count with"),
        ({"objective": "weighted", "weights": {"eu2-0": 1}}, "do not serve this model"),
        ({"objective": "weighted", "weights": {"us-0": 0, "eu-0": 0}}, "must be above 0"),
        ({"objective": "fastest"}, "objective"),
    ],
)
async def test_what_cannot_be_meant_is_refused_at_start(
    tmp_path: Path, more: dict[str, Any], what: str
) -> None:
    """Weights without their objective, of others, or of nobody; an objective nobody knows."""
    models = [{"name": "assistant", "deployments": ["us-0", "eu-0"], **more}]

    with pytest.raises(ConfigError, match=what):
        async with world(tmp_path, models=models):
            pass


async def test_who_has_no_room_left_is_asked_last(tmp_path: Path) -> None:
    """The cheap one says that its rates are used up: the other is asked until they are full."""
    async with world(tmp_path, models=ranked("cost")) as here:
        here.us.script.append("echo?left_tokens=0&reset_ms=1500")
        for _ in range(3):
            assert (await here.ask(WORDS))[0] == 200
        assert counts(here) == (1, 2)
        plan = next(r.meta for r in here.records()[::-1] if r.kind == "intent" and r.meta)["plan"]

        async with asyncio.timeout(20):
            while counts(here)[0] < 2:
                assert (await here.ask(WORDS))[0] == 200
                await asyncio.sleep(0.1)

    assert "headroom" in json.dumps(plan)
