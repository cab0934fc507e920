"""Requests go to models that can do what they ask, told by who is contacted."""

from pathlib import Path
from typing import Any

from tests.support.world import World, world

TOOL = {"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}
WORDS = "one two three four five"


def routes(*names: str, **more: Any) -> list[dict[str, Any]]:
    """One model, served by these."""
    return [{"name": "assistant", "deployments": list(names), **more}]


async def test_who_cannot_is_not_asked_and_the_error_says_what_nobody_can(tmp_path: Path) -> None:
    """With tools the dearer one answers; of what none can do the client learns, and nobody else."""
    known = {
        "us-0": {"cannot": ["tools", "structured_output"]},
        "eu-0": {"cannot": ["structured_output"]},
    }
    async with world(tmp_path, models=routes("us-0", "eu-0"), known=known) as here:
        plain, _ = await here.ask(WORDS)
        tools, _ = await here.ask(WORDS, tools=[TOOL])
        form = {"type": "json_schema", "json_schema": {"name": "n", "schema": {}}}
        status, answer = await here.ask(WORDS, response_format=form)

        assert (plain, tools, status) == (200, 200, 400)
        assert answer["error"]["code"] == "routing.unfit"
        assert "no deployment of this model answers by a JSON schema" in answer["error"]["message"]
        assert (len(here.us.received), len(here.eu.received)) == (1, 1)
        outcome = _last(here)
        assert outcome["code"] == "routing.unfit"
        plans = [r.meta["plan"] for r in here.records() if r.kind == "intent" and r.meta]
        assert all(plan.pop("timeouts_ms")["connect"] == 5000 for plan in plans)
        assert plans == [
            {"objective": "cost", "order": [["us-0", "0.2"], ["eu-0", "1"]]},
            {
                "objective": "cost",
                "order": [["eu-0", "1"]],
                "out": [["us-0", "routing.tools"]],
            },
            {
                "objective": "cost",
                "order": [],
                "out": [
                    ["us-0", "routing.structured_output"],
                    ["eu-0", "routing.structured_output"],
                ],
            },
        ]


async def test_what_is_too_long_goes_where_it_can_be_read(tmp_path: Path) -> None:
    """A long request passes by the short context; longer than all, it is refused with its code."""
    known = {"us-0": {"context": 100}, "eu-0": {"context": 2000}}
    async with world(tmp_path, models=routes("us-0", "eu-0"), known=known) as here:
        assert (await here.ask("a word " * 200))[0] == 200
        status, answer = await here.ask("a word " * 3000)

        assert (len(here.us.received), len(here.eu.received)) == (0, 1)
        assert (status, answer["error"]["code"]) == (400, "routing.context")


async def test_another_model_is_asked_for_what_this_one_cannot(tmp_path: Path) -> None:
    """`unfit` is a cause of its own."""
    models = [
        {
            "name": "assistant",
            "deployments": ["us-0"],
            "fallbacks": [{"model": "able", "on": ["unfit"]}],
        },
        {"name": "able", "deployments": ["eu-0"]},
    ]
    known = {"us-0": {"cannot": ["tools"]}}
    async with world(tmp_path, models=models, known=known) as here:
        assert (await here.ask(WORDS, tools=[TOOL]))[0] == 200

        assert (len(here.us.received), len(here.eu.received)) == (0, 1)
        assert _last(here)["fallback"] == "able"


def _last(here: World) -> dict[str, Any]:
    return [r.meta for r in here.records() if r.kind == "outcome" and r.meta][-1]
