"""Budgets and rates, told by what clients get, what providers see and what is on record."""

import asyncio
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp

from guardrail_gw.core.allowance import Asked
from guardrail_gw.core.amounts import NANO
from guardrail_gw.core.identity import Principal
from tests.support.world import KEY, World, world

PERSONAL = "My name is Anna Schmidt, anna.schmidt@example.org."
WORDS = "one two three four five six seven eight nine ten"
MONTH: dict[str, Any] = {"id": "month", "usd": "0.000010", "per": ["team"]}
"""Ten millionths of a dollar: 100 tokens at the cheapest deployment, at 0.1 per million."""


def outcomes(here: World) -> list[dict[str, Any]]:
    """What is on record of how exchanges ended."""
    return [r.meta for r in here.records() if r.kind == "outcome" and r.meta]


async def used(here: World) -> Decimal:
    """What is used of the budget, in US dollars."""
    accounts = here.gateway.accounts
    assert accounts is not None
    who = Principal(tenant="acme", team="crm", user="ci", key_id="k1")
    counted = await accounts.used(Asked(principal=who, endpoint="openai_chat", model="assistant"))
    return Decimal(counted["month"]) / NANO


async def test_what_a_request_may_cost_must_fit(tmp_path: Path) -> None:
    """One that may write too much is refused before anybody is asked; a shorter one passes."""
    async with world(tmp_path, budgets=[MONTH]) as here:
        status, answer = await here.ask(WORDS, max_tokens=500)
        assert (status, answer["error"]["code"]) == (429, "budget.exceeded")
        assert answer["error"]["type"] == "insufficient_quota"
        assert "'month'" in answer["error"]["message"]
        assert here.sent == []

        status, _ = await here.ask(WORDS, max_tokens=20)
        assert status == 200

        refused, passed = outcomes(here)[-2:]
        assert (refused["ending"], refused["code"]) == ("blocked", "budget.exceeded")
        assert Decimal(passed["reserved_usd"]) > Decimal(passed["cost_usd"]) > 0


async def test_the_books_are_what_providers_counted(tmp_path: Path) -> None:
    """However much was reserved: after settlement there is room for as many as were paid for."""
    generous = {**MONTH, "usd": "0.0001"}
    async with world(tmp_path, budgets=[generous]) as here:
        for number in range(12):
            stream = bool(number % 2)
            status, _ = await here.ask(WORDS, max_tokens=30, stream=stream)
            assert status == 200

        spent = sum(Decimal(each["cost_usd"] or 0) for each in outcomes(here))
        assert await used(here) == spent


async def test_of_many_at_once_only_what_fits_is_let_through(tmp_path: Path) -> None:
    """Each reserves before it is sent, so none finds room that another one took."""
    async with world(tmp_path, budgets=[{**MONTH, "usd": "0.000030"}]) as here:
        answers = await asyncio.gather(*(here.ask(WORDS, max_tokens=20) for _ in range(30)))

        accepted = [answer for status, answer in answers if status == 200]
        spent = sum(Decimal(each["cost_usd"] or 0) for each in outcomes(here))
        assert 0 < len(accepted) < 30
        assert len(here.sent) == len(accepted)
        assert spent <= Decimal("0.000030")


async def test_a_client_that_leaves_has_spent_what_it_saw(tmp_path: Path) -> None:
    """Nobody counted it, so it is an estimate, and marked as one."""
    async with world(tmp_path, budgets=[MONTH], rates=[{"id": "few", "concurrent": 1}]) as here:
        body = {
            "model": "stall?after=2",
            "stream": True,
            "max_tokens": 20,
            "messages": [{"role": "user", "content": WORDS}],
        }
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        url = f"{here.base_url}/v1/chat/completions"
        async with here.client.post(url, data=json.dumps(body), headers=headers) as response:
            await response.content.readany()
            response.close()
        status = 429
        for _ in range(100):  # its place is free as soon as the gateway has noticed
            status, _ = await here.ask("again", max_tokens=1)
            if status == 200:
                break
            await asyncio.sleep(0.05)

        left = next(each for each in outcomes(here) if each["ending"] == "client_cancel")
        assert status == 200
        assert left["cost_usd"] is None
        assert Decimal(left["estimated_usd"]) > 0


async def test_a_stream_that_is_cut_has_spent_what_was_seen(tmp_path: Path) -> None:
    """Also one that never came; the budget has what is on record, known and estimated."""
    late: dict[str, Any] = {"routing": {"first_byte_timeout_s": 0.3, "max_attempts": 1}}
    async with world(tmp_path, budgets=[{**MONTH, "usd": "0.01"}], **late) as here:
        await here.ask(WORDS, model="cut?after=2", stream=True, max_tokens=20)
        here.us.script.append("stall")
        await here.ask(WORDS, max_tokens=20)
        await here.ask(WORDS, max_tokens=20)

        cut, silent, whole = outcomes(here)
        assert [each["ending"] for each in (cut, silent, whole)] == ["truncated", "timeout", "ok"]
        assert cut["cost_usd"] is silent["cost_usd"] is None
        assert Decimal(cut["estimated_usd"]) > Decimal(silent["estimated_usd"]) > 0
        assert "estimated_usd" not in whole
        assert await used(here) == sum(_cost(each) for each in (cut, silent, whole))


async def test_nobody_spends_where_no_price_is_known(tmp_path: Path) -> None:
    """A budget of money cannot count what nobody prices; without one the model is served."""
    async with world(tmp_path, budgets=[{**MONTH, "match": {"model": ["gemini"]}}]) as here:
        status, answer = await here.ask("hello", model="gemini")

        assert (status, answer["error"]["code"]) == (502, "upstream.failed")
        assert "price" in answer["error"]["message"]
        assert here.sent == []


TIERS = {"priority": {"input": "5", "output": "5"}, "flex": {"input": "0.25", "output": "0.25"}}
PRICED = {"eu-0": {"price": {"input": "0.5", "output": "0.5", "tiers": TIERS}}}


async def test_a_tier_is_reserved_and_settled_at_its_own_price(tmp_path: Path) -> None:
    """Streamed or whole; one that nobody knows the price of counts the highest, and says so."""
    more: dict[str, Any] = {"known": PRICED, "budgets": [{**MONTH, "usd": "0.01"}]}
    async with world(tmp_path, **more) as here:
        asked = [None, "flex", "priority", "scale"]
        for stream in (False, True):
            for tier in asked:
                said = {"service_tier": tier} if tier else {}
                status, _ = await here.ask(PERSONAL, max_tokens=9, stream=stream, **said)
                assert status == 200

        ended = outcomes(here)
        assert {each["deployment"] for each in ended} == {"eu-0"}
        assert [each.get("tier") for each in ended] == [None, "flex", "priority", "other"] * 2
        usual, flex, priority, other = (_cost(each) for each in ended[:4])
        assert (flex * 2, priority, other) == (usual, usual * 10, usual * 10)
        assert [_cost(each) for each in ended[4:]] == [usual, flex, priority, other]
        reserved = [Decimal(each["reserved_usd"]) for each in ended]
        assert [each > 9 * reserved[0] for each in reserved] == [False, False, True, True] * 2
        assert [each["cost_usd"] is None for each in ended] == [False, False, False, True] * 2
        assert [each.get("cost_unknown") for each in ended] == [None, None, None, "price"] * 2
        assert await used(here) == sum(_cost(each) for each in ended)


def _cost(outcome: dict[str, Any]) -> Decimal:
    """What is on record of it, known or estimated."""
    return Decimal(outcome["cost_usd"] or outcome["estimated_usd"])


async def test_a_rate_refuses_with_the_time_to_wait(tmp_path: Path) -> None:
    """In the words of the client's dialect, with a Retry-After, and counted."""
    rate = {"id": "rpm", "requests_per_minute": 1, "per": ["key"]}
    async with world(tmp_path, rates=[rate]) as here:
        first, _ = await here.ask("hello")
        url = f"{here.base_url}/v1/chat/completions"
        body = json.dumps({"model": "assistant", "messages": [{"role": "user", "content": "hi"}]})
        async with (
            aiohttp.ClientSession() as client,
            client.post(
                url,
                data=body,
                headers={"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"},
            ) as response,
        ):
            answer = await response.json()
            waits = int(response.headers["Retry-After"])
        _, metrics = await here.get("/metrics")

        assert first == 200
        assert (response.status, answer["error"]["code"]) == (429, "limits.requests")
        assert 50 <= waits <= 60
        assert b'guardrail_gw_allowance_refused{allowance="rpm"} 1.0' in metrics
        assert len(here.sent) == 1


async def test_another_deployment_is_asked_where_one_is_at_its_rate(tmp_path: Path) -> None:
    """The cheapest takes its share, the next the rest."""
    rate = {"id": "us", "requests_per_minute": 2, "match": {"deployment": ["us-*"]}}
    async with world(tmp_path, rates=[rate]) as here:
        for _ in range(5):
            status, _ = await here.ask("hello")
            assert status == 200

        assert (len(here.us.received), len(here.eu.received)) == (2, 3)


async def test_everybody_at_a_rate_says_when_there_is_room(tmp_path: Path) -> None:
    """The time is that of the deployment that has room first, and not a guess."""
    rate = {"id": "each", "requests_per_minute": 1, "per": ["deployment"]}
    async with world(tmp_path, rates=[rate]) as here:
        for _ in range(3):
            status, _ = await here.ask("hello")
            assert status == 200
        body = json.dumps({"model": "assistant", "messages": [{"role": "user", "content": "hi"}]})
        headers = {"Authorization": f"Bearer {KEY}", "Content-Type": "application/json"}
        url = f"{here.base_url}/v1/chat/completions"
        async with here.client.post(url, data=body, headers=headers) as response:
            answer = await response.json()
            waits = int(response.headers["Retry-After"])

        assert (response.status, answer["error"]["code"]) == (429, "limits.requests")
        assert 40 <= waits <= 60
        assert len(here.sent) == 3
