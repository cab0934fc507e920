"""Gateway processes that share one budget, and one of them killed in the middle."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from guardrail_gw.core.identity import Principal
from guardrail_gw.keys.generate import init
from guardrail_gw.server.access import digest
from guardrail_gw.standin.server import StandIn
from tests.support.books import metered_usd, spent_usd
from tests.support.fleet import Worker, by_rules, fleet
from tests.support.redis import redis

pytestmark = [pytest.mark.e2e, pytest.mark.allow_blocking]

PRICE = Decimal("0.5")
"""US dollars per million tokens, read or written."""
BODY = {
    "model": "assistant",
    "max_tokens": 20,
    "messages": [{"role": "user", "content": "one two three four five six seven"}],
}
AT_ONCE = 200
ROOM = 50
EACH = Decimal("0.0000285")
"""What one of them reserves: 37 tokens to read and 20 to write; the first one proves it."""
WHO = {name: Principal(tenant="acme", team="crm", user="ci", key_id=name) for name in "pab"}
"""`p` asks once, to see what one request reserves; `a` and `b` have a budget for fifty each."""


@dataclass(slots=True, kw_only=True)
class Scene:
    """Two gateways before one provider."""

    provider: StandIn
    workers: list[Worker]
    folder: Path
    client: aiohttp.ClientSession

    async def ask(self, worker: Worker, who: str) -> int | None:
        """One request; its status, or None when its gateway died."""
        url = f"{worker.base_url}/v1/chat/completions"
        headers = {"Authorization": f"Bearer ggw-key-of-{who}"}
        try:
            async with self.client.post(url, json=BODY, headers=headers) as response:
                answer = await response.json()
        except aiohttp.ClientError:
            return None
        if response.status == 429:
            assert answer["error"]["code"] == "budget.exceeded"
        return response.status

    async def fifty_of_200(self, who: str) -> "list[set[asyncio.Task[int | None]]]":
        """200 ask at once and the provider holds back; those that were sent, by their gateway."""
        before = len(self.provider.received)
        self.provider.going.clear()
        asked = [set[asyncio.Task[int | None]]() for _ in self.workers]
        for _ in range(AT_ONCE // 2):
            for worker, each in zip(self.workers, asked, strict=True):
                each.add(asyncio.ensure_future(self.ask(worker, who)))
        waiting = asked[0] | asked[1]
        async with asyncio.timeout(40):
            while len(waiting) > ROOM:
                done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                assert {task.result() for task in done} == {429}
            while len(self.provider.received) - before < ROOM:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.01)
        await asyncio.wait(waiting, timeout=0.2)
        assert len(self.provider.received) - before == ROOM
        return [each & waiting for each in asked]

    @property
    def metered(self) -> Decimal:
        """What the provider asks to be paid for, in US dollars."""
        return metered_usd(self.provider.meter, PRICE)

    async def spent(self, who: str) -> Decimal:
        """What of somebody's budget is used, in US dollars."""
        return await spent_usd(self.folder / "gateway-1.yaml", WHO[who], f"of-{who}")

    async def settled(self, who: str, wanted: Decimal) -> None:
        """Wait until so much is used and no more, which it is soon after the last answer."""
        seen = list[Decimal]()
        for _ in range(100):
            seen.append(await self.spent(who))
            if seen[-1] == wanted:
                return
            await asyncio.sleep(0.05)
        pytest.fail(f"{wanted} was to be used; it was {sorted(set(seen))}")


@contextmanager
def stored(kind: str, folder: Path) -> Iterator[dict[str, Any]]:
    """Where the gateways count together."""
    if kind == "sqlite":
        yield {"path": str(folder / "shared.sqlite3")}
        return
    with redis() as engine:
        (folder / "redis.url").write_text(engine.url)
        yield {"store": "redis", "redis": {"url": {"file": "redis.url"}, "timeout_s": 5}}


@asynccontextmanager
async def scene(folder: Path, kind: str, room_usd: Decimal) -> AsyncIterator[Scene]:
    """Start everything."""
    init(folder / "keys", name="guardrail-gw/test")
    with stored(kind, folder) as state:
        async with (
            StandIn() as provider,
            fleet(folder, configuration(folder, provider, state, room_usd), 2) as workers,
            aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as client,
        ):
            yield Scene(provider=provider, workers=workers, folder=folder, client=client)


def configuration(
    folder: Path, provider: StandIn, state: dict[str, Any], room_usd: Decimal
) -> dict[str, Any]:
    """One deployment, and three keys with a budget each."""
    whose = {"tenant": "acme", "team": "crm", "user": "ci"}
    return {
        **by_rules(folder),
        "access": {
            "keys": [{"id": id_, "sha256": digest(f"ggw-key-of-{id_}"), **whose} for id_ in WHO]
        },
        "limits": {"drain_s": 0.2},
        "state": state,
        "models": [{"name": "assistant", "deployments": ["one"]}],
        "deployments": [
            {
                "id": "one",
                "provider": "openai-compatible",
                "model": "echo",
                "base_url": provider.base_url,
                "inference": ["DE"],
                "storage": ["DE"],
                "price": {"input": str(PRICE), "output": str(PRICE)},
            }
        ],
        "budgets": [
            {"id": f"of-{id_}", "match": {"key": [id_]}, "usd": str(room_usd)} for id_ in WHO
        ],
    }


@pytest.mark.parametrize("kind", ["sqlite", "redis"])
async def test_two_processes_spend_one_budget_once_though_one_is_killed(
    tmp_path: Path, kind: str
) -> None:
    """200 ask at once for a fiftieth each: 50 are sent, and the books are the provider's meter.

    After kill -9 of one gateway what it had reserved counts as spent, to the cent, and what the
    provider did for it meanwhile is no more than that.
    """
    async with scene(tmp_path, kind, EACH * ROOM) as here:
        one_usd = await one_alone(here)
        await all_are_answered(here)
        await one_gateway_is_killed(here, one_usd)


async def one_alone(here: Scene) -> Decimal:
    """It reserves as much as this file says; what it came to in the end."""
    here.provider.going.clear()
    asking = asyncio.ensure_future(here.ask(here.workers[0], "p"))
    await here.settled("p", EACH)
    here.provider.going.set()
    assert await asking == 200
    one_usd = here.metered
    assert 0 < one_usd < EACH
    await here.settled("p", one_usd)
    return one_usd


async def all_are_answered(here: Scene) -> None:
    """The fifty have used what the meter says; there is room again for what they did not use."""
    before_usd = here.metered
    sent = await here.fifty_of_200("a")
    assert await here.spent("a") == EACH * ROOM

    here.provider.going.set()

    assert await asyncio.gather(*sent[0], *sent[1]) == [200] * ROOM
    await here.settled("a", here.metered - before_usd)


async def one_gateway_is_killed(here: Scene, one_usd: Decimal) -> None:
    """What it had reserved stays, and the other one gives out what is left and no more."""
    before_usd = here.metered
    shares = await here.fifty_of_200("b")
    other = 1 if shares[1] else 0  # one of the two may have been quicker with all of them
    sent, lost, survivor = shares[1 - other], shares[other], here.workers[1 - other]
    await here.workers[other].kill()

    here.provider.going.set()

    assert await asyncio.gather(*sent) == [200] * len(sent)
    assert await asyncio.gather(*lost) == [None] * len(lost)
    used = one_usd * len(sent) + EACH * len(lost)
    await here.settled("b", used)
    assert used >= here.metered - before_usd >= one_usd * len(sent)

    left = int((EACH * ROOM - used) / EACH)
    here.provider.going.clear()
    more = {asyncio.ensure_future(here.ask(survivor, "b")) for _ in range(ROOM)}
    while len(more) > left:
        done, more = await asyncio.wait(more, return_when=asyncio.FIRST_COMPLETED)
        assert {task.result() for task in done} == {429}
    here.provider.going.set()
    assert await asyncio.gather(*more) == [200] * left
