"""Redis killed, paused, parted from the gateway and back: `on_state_failure`, told by clients."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.observability.log import configure
from tests.support.redis import Engine, redis
from tests.support.relay import Relay
from tests.support.world import World, world

RATE = {"id": "rpm", "requests_per_minute": 8, "per": ["key"], "match": {"model": ["assistant"]}}
CLOSED = {"id": "month", "usd": 1, "match": {"model": ["mirror"]}}


@dataclass
class Outage:
    """The store of a gateway, and ways to lose it."""

    engine: Engine
    relay: Relay

    async def begin(self, how: str) -> None:
        """From here on it does not answer."""
        ways: Mapping[str, Callable[[], None]] = {
            "killed": self.engine.kill,
            "paused": self.engine.pause,
            "parted": self.relay.part,
        }
        await asyncio.to_thread(ways[how]) if how == "killed" else ways[how]()

    async def end(self, how: str) -> None:
        """It is back, with what it knew."""
        ways: Mapping[str, Callable[[], None]] = {
            "killed": self.engine.restart,
            "paused": self.engine.go_on,
            "parted": self.relay.heal,
        }
        await asyncio.to_thread(ways[how]) if how == "killed" else ways[how]()


@asynccontextmanager
async def stored(folder: Path) -> AsyncIterator[tuple[Outage, dict[str, Any]]]:
    """A Redis behind a network of its own, and the configuration's words for it."""
    context = redis()
    engine = await asyncio.to_thread(context.__enter__)
    try:
        async with Relay(engine.port) as relay:
            (folder / "redis.url").write_text(f"redis://127.0.0.1:{relay.port}/0")
            yield Outage(engine, relay), {"store": "redis", "redis": {"url": {"file": "redis.url"}}}
    finally:
        await asyncio.to_thread(context.__exit__, None, None, None)


async def state_of(here: World) -> tuple[int, str]:
    """What a probe is told."""
    status, body = await here.get("/readyz")
    return status, json.loads(body)["state"]


async def ask(here: World, model: str = "assistant") -> tuple[int, str]:
    """One request: its status, and the code if it was refused."""
    status, answer = await here.ask("hello", model=model, max_tokens=1)
    return status, "" if status == 200 else answer["error"]["code"]


@pytest.mark.parametrize("how", ["killed", "paused", "parted"])
async def test_rates_go_on_in_each_process_and_money_does_not(tmp_path: Path, how: str) -> None:
    """A quarter of eight pass, loudly; a budget stays closed; then all is shared again."""
    lines = StringIO()
    async with stored(tmp_path) as (outage, state):
        state |= {"on_state_failure": "local"}
        async with world(tmp_path, state=state, rates=[RATE], budgets=[CLOSED]) as here:
            configure(lines)
            assert await ask(here) == (200, "")
            assert await state_of(here) == (200, "shared")
            await outage.begin(how)

            alone = [await ask(here) for _ in range(4)]
            money = await ask(here, "mirror")
            told = await state_of(here)
            metric = await here.metric("guardrail_gw_state_local")
            await outage.end(how)
            async with asyncio.timeout(20):
                while (await state_of(here))[1] != "shared":
                    await ask(here)
                    await asyncio.sleep(0.1)

            assert alone == [(200, "")] * 2 + [(429, "limits.requests")] * 2
            assert money == (503, "state.unavailable")
            assert (told, metric) == ((200, "local"), 1.0)
            assert await here.metric("guardrail_gw_state_local_granted") == 2.0
            assert (await ask(here, "mirror"))[0] == 200
            said = [json.loads(line)["event"] for line in lines.getvalue().splitlines()]
            assert said.count("state.local") == said.count("state.shared") == 1


async def test_closed_is_what_nobody_asked_otherwise(tmp_path: Path) -> None:
    """Without a word about it a store that is down refuses, and what no rate counts goes on."""
    async with (
        stored(tmp_path) as (outage, state),
        world(tmp_path, state=state, rates=[RATE]) as here,
    ):
        assert await ask(here) == (200, "")
        await outage.begin("killed")

        assert await ask(here) == (503, "state.unavailable")
        assert (await ask(here, "echo?bytes=5"))[0] == 200
        assert await state_of(here) == (200, "shared")


async def test_a_gateway_starts_without_its_store_and_finds_it_later(tmp_path: Path) -> None:
    """Alone from the beginning, with its share; shared as soon as the store is there."""
    async with stored(tmp_path) as (outage, state):
        await outage.begin("killed")
        state |= {"on_state_failure": "local"}
        async with world(tmp_path, state=state, rates=[RATE]) as here:
            first, told = await ask(here), await state_of(here)
            await outage.end("killed")
            async with asyncio.timeout(20):
                while (await state_of(here))[1] != "shared":
                    await ask(here)
                    await asyncio.sleep(0.1)

        assert (first, told) == ((200, ""), (200, "local"))
