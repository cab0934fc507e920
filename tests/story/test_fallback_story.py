"""Another model instead of the one that was asked for, told by who is contacted."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from guardrail_gw.core.shipped import shipped
from guardrail_gw.errors import ConfigError
from tests.support.policies import policy_text
from tests.support.world import World, world

PERSONAL = "My name is Anna Schmidt, anna.schmidt@example.org."
WORDS = "one two three four five six seven eight nine ten"


@asynccontextmanager
async def falling(
    folder: Path, fallbacks: list[dict[str, Any]], **more: Any
) -> AsyncIterator[World]:
    """`big` is served by eu2 alone; what it falls back to is said by the test."""
    models = [
        {"name": "big", "deployments": ["eu2-0"], "fallbacks": fallbacks},
        {"name": "small", "deployments": ["eu-0"]},
        {"name": "american", "deployments": ["us-0"]},
    ]
    async with world(folder, models=models, **more) as here:
        yield here


def written(policies: Path, text: str) -> None:
    """The default policy, and another one beside it."""
    shutil.copytree(shipped("policies/default"), policies)
    (policies / "frontier.yaml").write_text(text, encoding="utf-8")


def last(here: World, kind: str) -> dict[str, Any]:
    """What the newest record of a kind says."""
    return [r.meta for r in here.records() if r.kind == kind and r.meta][-1]


async def test_another_model_answers_when_nobody_of_the_first_does(tmp_path: Path) -> None:
    """Its own attempts count, the restored answer is the client's, and both are on record."""
    async with falling(tmp_path, [{"model": "small"}]) as here:
        here.eu2.script.extend(["status-500"] * 9)
        here.eu.script.append("status-500")

        status, answer = await here.ask(PERSONAL, model="big")

        assert status == 200
        assert answer["choices"][0]["message"]["content"] == PERSONAL
        assert last(here, "intent")["fallbacks"] == {"small": ["eu-0"]}
        outcome = last(here, "outcome")
        assert (outcome["fallback"], outcome["deployment"]) == ("small", "eu-0")
        assert [a["deployment"] for a in outcome["attempts"]] == ["eu2-0"] * 3 + ["eu-0"] * 2


async def test_the_timeouts_in_force_are_on_record(tmp_path: Path) -> None:
    """As the operator wrote them, and for each attempt how long it was given by them."""
    routing = {"deadline_s": 30, "connect_timeout_s": 2.5, "first_token_timeout_s": 20}
    async with falling(tmp_path, [{"model": "small"}], routing=routing) as here:
        here.eu2.script.extend(["status-500"] * 9)

        assert (await here.ask(WORDS, model="big"))[0] == 200

        assert last(here, "intent")["plan"]["timeouts_ms"] == {
            "connect": 2500,
            "first_byte": 120_000,
            "first_token": 20_000,
            "idle": 60_000,
            "deadline": 30_000,
            "total": 3_600_000,
        }
        given = [a["patience_us"] for a in last(here, "outcome")["attempts"]]
        assert given == sorted(given, reverse=True)
        assert 25e6 < given[-1] < given[0] <= 30e6


async def test_a_fallback_is_placed_as_lawfully_as_the_model(tmp_path: Path) -> None:
    """Personal data does not go to the US because the EU has failed."""
    async with falling(tmp_path, [{"model": "american"}, {"model": "small"}]) as here:
        here.eu2.script.extend(["status-500"] * 99)

        status, _ = await here.ask(PERSONAL, model="big")
        assert last(here, "intent")["fallbacks"] == {"small": ["eu-0"]}
        free, _ = await here.ask(WORDS, model="big")

        assert (status, free) == (200, 200)
        assert len(here.eu.received) == 1
        assert len(here.us.received) == 1
        assert b"Anna" not in here.us.received[0].body


async def test_a_policy_for_a_model_is_not_evaded_by_another(tmp_path: Path) -> None:
    """A condition was judged for the model that was asked for, so that nobody else is asked."""
    where = {"allow_jurisdictions": ["EU"], "when": "always"}
    rule = {"when": "model == 'american'", "residency": where}
    policies = tmp_path / "policies"
    await asyncio.to_thread(written, policies, policy_text("frontier", yaml.safe_dump(rule)))
    fallbacks = [{"model": "american"}]
    async with falling(tmp_path / "world", fallbacks, policies=policies) as here:
        here.eu2.script.extend(["status-500"] * 9)

        asked, _ = await here.ask(WORDS, model="american")
        led, _ = await here.ask(WORDS, model="big")

        assert (asked, led) == (451, 502)
        assert here.us.received == []


async def test_only_the_causes_that_are_named_lead_on(tmp_path: Path) -> None:
    """A failure is no reason for whom a budget alone would be one."""
    async with falling(tmp_path, [{"model": "small", "on": ["budget"]}]) as here:
        here.eu2.script.extend(["status-500"] * 9)

        status, answer = await here.ask(WORDS, model="big")

        assert (status, answer["error"]["code"]) == (502, "upstream.failed")
        assert here.eu.received == []


TOO_LONG = "status-400"
"""Of the stand-in's: its code is `context_length_exceeded`."""


@pytest.mark.parametrize(
    ("on", "fault", "answers"),
    [
        (["unfit"], TOO_LONG, True),
        (None, TOO_LONG, True),
        (["error", "content_policy"], TOO_LONG, False),
        (["unfit"], "status-404", False),
    ],
)
async def test_what_is_too_long_for_a_model_leads_on(
    tmp_path: Path, on: list[str] | None, fault: str, *, answers: bool
) -> None:
    """A provider's refusal for its length is a cause, any other is the client's to mend."""
    other = {"model": "small"} if on is None else {"model": "small", "on": on}
    async with falling(tmp_path, [other]) as here:
        here.eu2.script.extend([fault] * 3)

        status, answer = await here.ask(PERSONAL, model="big")

        assert len(here.eu2.received) == 1
        assert len(here.eu.received) == answers
        assert status == (200 if answers else int(fault[-3:]))
        outcome = last(here, "outcome")
        assert outcome.get("fallback") == ("small" if answers else None)
        assert outcome["attempts"][0]["result"] == f"http_{fault[-3:]}"
        if not answers:
            assert answer["error"]["code"] == "upstream.refused"


async def test_where_the_other_model_fails_too_the_refusal_is_told(tmp_path: Path) -> None:
    """It is what the client can do something about."""
    async with falling(tmp_path, [{"model": "small"}]) as here:
        here.eu2.script.append(TOO_LONG)
        here.eu.script.extend(["status-500"] * 3)

        status, answer = await here.ask(PERSONAL, model="big")

        assert (status, answer["error"]["code"]) == (400, "upstream.refused")
        assert len(here.eu.received) == 3


async def test_a_spent_budget_leads_down_to_a_cheaper_model(tmp_path: Path) -> None:
    """The budget of the dear model does not count the cheap one."""
    budget = {"id": "dear", "usd": "0.000070", "match": {"model": ["big"]}}
    async with falling(tmp_path, [{"model": "small", "on": ["budget"]}], budgets=[budget]) as here:
        served = []
        for _ in range(4):
            status, _ = await here.ask(WORDS, model="big", max_tokens=20)
            assert status == 200
            served.append(last(here, "outcome")["deployment"])

        assert served[0] == "eu2-0"
        assert served[-1] == "eu-0"
        assert sorted(served, reverse=True) == served


async def test_without_any_room_the_budget_is_named(tmp_path: Path) -> None:
    """Both models are too dear."""
    budget = {"id": "all", "usd": "0.000000001"}
    async with falling(tmp_path, [{"model": "small"}], budgets=[budget]) as here:
        status, answer = await here.ask(WORDS, model="big")

        assert (status, answer["error"]["code"]) == (429, "budget.exceeded")
        assert here.sent == []


@pytest.mark.parametrize("other", ["big", "nobody"])
async def test_a_fallback_names_another_model(tmp_path: Path, other: str) -> None:
    """Not itself, and not one that nobody serves."""
    with pytest.raises(ConfigError, match=f"no other model '{other}'"):
        async with falling(tmp_path, [{"model": other}]):
            pytest.fail("it started")
