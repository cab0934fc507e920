"""Many gateways, one budget: whoever asks at once, no more is spent than there is."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml

from guardrail_gw.app import Gateway
from guardrail_gw.core.allowance import Asked
from guardrail_gw.core.amounts import NANO
from guardrail_gw.core.identity import Principal
from guardrail_gw.settings import Settings
from tests.support.once_loaded import KnownSettings
from tests.support.redis import redis
from tests.support.world import KEY, World, world

BODY = {
    "model": "assistant",
    "max_tokens": 20,
    "messages": [{"role": "user", "content": "one two three four five six seven"}],
}
AT_ONCE = 200
ROOM = 50


@contextmanager
def stored(kind: str, folder: Path) -> Iterator[Mapping[str, Any]]:
    """Where two gateways count together."""
    if kind == "sqlite":
        yield {"path": str(folder / "shared.sqlite3")}
        return
    with redis() as engine:
        address = folder / "redis.url"
        address.write_text(engine.url)
        yield {"store": "redis", "redis": {"url": {"file": str(address)}, "timeout_s": 5}}


@asynccontextmanager
async def second(here: World) -> AsyncIterator[str]:
    """Another gateway with the same keys and a log of its own; yields where it listens."""

    def written() -> Settings:
        config = yaml.safe_load((here.folder / "gateway.yaml").read_text(encoding="utf-8"))
        config["audit"]["directory"] = "audit-2"
        path = here.folder / "gateway-2.yaml"
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        return KnownSettings.load(path)

    settings = await asyncio.to_thread(written)
    async with Gateway(settings, detectors=here.detectors) as gateway:
        yield f"http://127.0.0.1:{gateway.port}"


async def ask(client: aiohttp.ClientSession, base_url: str) -> Any:
    """One request; the answer, or None when there was no room for it."""
    headers = {"Authorization": f"Bearer {KEY}"}
    url = f"{base_url}/v1/chat/completions"
    async with client.post(url, json=BODY, headers=headers) as response:
        answer = await response.json()
        if response.status == 429:
            assert answer["error"]["code"] == "budget.exceeded"
            return None
        assert response.status == 200
        return answer


async def reserved(folder: Path) -> Decimal:
    """What one request may cost, by the record of one."""
    async with world(folder, budgets=[{"id": "b", "usd": 1000}]) as here:
        async with aiohttp.ClientSession() as client:
            await ask(client, here.base_url)
        outcome = next(r.meta for r in here.records() if r.kind == "outcome")
        assert outcome is not None
        return Decimal(outcome["reserved_usd"])


async def spent(here: World) -> Decimal:
    """What of the budget is used, in US dollars, as the store has it."""
    accounts = here.gateway.accounts
    assert accounts is not None
    who = Principal(tenant="acme", team="crm", user="ci", key_id="k1")
    used = await accounts.used(Asked(principal=who, endpoint="openai_chat", model="assistant"))
    return Decimal(used["b"]) / NANO


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
async def test_two_gateways_spend_one_budget_once(tmp_path: Path, kind: str) -> None:
    """200 ask at once for a fiftieth each, and nobody answers: 50 are sent, and not one more."""
    each = await reserved(tmp_path / "one")
    context = stored(kind, tmp_path)
    state = await asyncio.to_thread(context.__enter__)
    more: dict[str, Any] = {
        "budgets": [{"id": "b", "usd": str(each * ROOM)}],
        "limits": {"drain_s": 0.1},
    }
    try:
        async with (
            world(tmp_path / "two", state=state, **more) as here,
            second(here) as other,
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client,
        ):
            here.us.script.extend(["stall"] * AT_ONCE)
            gateways = (here.base_url, other)
            async with asyncio.timeout(100):
                waiting = await refused(client, gateways)

            assert (len(waiting), len(here.sent)) == (ROOM, ROOM)
            assert await spent(here) == each * ROOM
            for task in waiting:
                task.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)
    finally:
        await asyncio.to_thread(context.__exit__, None, None, None)


async def refused(
    client: aiohttp.ClientSession, gateways: tuple[str, str]
) -> "set[asyncio.Future[Any]]":
    """Those that still wait once all others were refused, and a moment has passed."""
    waiting: set[asyncio.Future[Any]] = {
        asyncio.ensure_future(ask(client, gateways[i % 2])) for i in range(AT_ONCE)
    }
    while len(waiting) > ROOM:
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        assert [task.result() for task in done] == [None] * len(done)
    _, waiting = await asyncio.wait(waiting, timeout=0.5)
    return waiting
