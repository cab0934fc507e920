"""What was used of a budget is forgotten while the gateway runs, and that is on record."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from guardrail_gw.audit.review import show
from guardrail_gw.cli.main import commands
from guardrail_gw.keys.audit_keys import load_recipient
from tests.story.test_overspend_story import stored
from tests.support.world import World, world

WORDS = "one two three four five six seven eight nine ten"
MONTH: dict[str, Any] = {"id": "month", "usd": "0.000010", "per": ["team"]}
MINUTE: dict[str, Any] = {"id": "minute", "requests_per_minute": 2, "per": ["user"]}
TEAM = ("--of", "tenant=acme", "--of", "team=crm")


async def reset(here: World, *words: str) -> Result:
    """The command, as an operator gives it."""
    config = ("--config", str(here.folder / "gateway.yaml"))
    given = ("budget", "reset", *words, *config, "--reason", "ticket 7", "--by", "ops")
    return await asyncio.to_thread(CliRunner().invoke, commands, given)


async def used_up(here: World) -> int:
    """Requests that were answered until one was refused."""
    for count in range(9):
        if (await here.ask(WORDS, max_tokens=20))[0] == 429:
            return count
    return 9


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
async def test_a_budget_that_was_reset_has_room_again(tmp_path: Path, kind: str) -> None:
    """Of that team alone, on record with who did it and what was used; the log of acts verifies."""
    with stored(kind, tmp_path) as state:
        async with world(tmp_path, budgets=[MONTH], state=dict(state)) as here:
            first = await used_up(here)

            other = await reset(here, "month", "--of", "team=hr", "--of", "tenant=acme")
            refused = await used_up(here)
            done = await reset(here, "month", *TEAM, "--json")
            again = await used_up(here)

            acts = here.folder / "audit-acts"
            key = await asyncio.to_thread(load_recipient, here.folder / "keys/auditors/auditor.key")
            (act,) = await asyncio.to_thread(
                lambda: list(show(acts, [key], kinds=frozenset({"reset"})))
            )
            verified = await asyncio.to_thread(
                CliRunner().invoke, commands, ["audit", "verify", str(acts)]
            )

    assert first == again > 0
    assert refused == 0
    assert (other.exit_code, other.output) == (1, "nothing was used of it in this window\n")
    told = json.loads(done.output)
    assert (told["id"], told["of"]) == ("month", {"tenant": "acme", "team": "crm"})
    assert 0 < float(told["used"]) <= 0.00001
    assert act.meta is not None
    assert (act.meta["by"], act.meta["reason"]) == ("ops", "ticket 7")
    assert (act.meta["allowance"], act.meta["of"]["team"]) == ("month", "crm")
    assert act.meta["used"] == told["used"]
    assert "crm" not in json.dumps(act.leaf)
    assert verified.exit_code == 0, verified.output


async def test_a_rate_that_was_reset_lets_through_at_once(tmp_path: Path) -> None:
    """Whoever used their minute up has a new one."""
    async with world(tmp_path, rates=[MINUTE]) as here:
        assert await used_up(here) == 2

        done = await reset(here, "minute", "--of", "tenant=acme", "--of", "user=ci")

        assert done.output == "minute: its minute begins anew\n"
        assert await used_up(here) == 2


async def test_what_cannot_be_meant_is_not_done(tmp_path: Path) -> None:
    """No such budget, not enough said of whose, and a store where nobody else gets at it."""
    async with world(tmp_path, budgets=[MONTH]) as here:
        nobody = await reset(here, "year")
        whose = await reset(here, "month", "--of", "team=crm")
        there = (here.folder / "audit-acts").exists()
    aside = tmp_path / "memory"
    aside.mkdir()
    async with world(aside, budgets=[MONTH], state={"store": "memory"}) as here:
        memory = await reset(here, "month", *TEAM)

    assert "no budget and no rate is called 'year'" in str(nobody.exception)
    assert whose.exit_code == 2
    assert "--of tenant=… --of team=…" in whose.output
    assert not there
    assert "counts within each process" in str(memory.exception)
