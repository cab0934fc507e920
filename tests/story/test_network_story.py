"""How deployments are reached, by a whole gateway: warm connections, nearness, stale ones."""

import json
from pathlib import Path
from typing import Any

from tests.support.listening import Listening
from tests.support.world import World, world

EQUAL = [{"name": "assistant", "deployments": ["us-0", "eu-0", "eu2-0"]}]
SAME: dict[str, Any] = {"price": {"input": "1", "output": "1"}}
KNOWN: dict[str, dict[str, Any]] = {
    "us-0": SAME,
    "eu-0": {**SAME, "zone": "a"},
    "eu2-0": {**SAME, "zone": "b"},
}


async def look(here: World) -> Any:
    """What operators see."""
    admin = here.gateway.admin
    assert admin is not None
    async with here.client.get(f"http://127.0.0.1:{admin.port}/admin/routing") as response:
        return json.loads(await response.read())


async def test_of_equals_the_near_one_is_asked_and_the_record_says_so(tmp_path: Path) -> None:
    """With personal data the zone of an unlawful deployment counts for nothing."""
    known = {**KNOWN, "us-0": {**SAME, "zone": "b"}}
    async with world(tmp_path, models=EQUAL, known=known, zone="b", admin={"port": 0}) as here:
        assert (await here.ask("Hello"))[0] == 200
        assert (await here.ask("I am Anna Schmidt, anna.schmidt@example.org."))[0] == 200
        told = await look(here)
        metric = await here.metric('guardrail_gw_connections_made{deployment="eu2-0"}')

    free, bound = (r.meta["plan"] for r in here.records() if r.kind == "intent" and r.meta)
    assert [each[0] for each in free["order"]] == ["us-0", "eu2-0", "eu-0"]
    assert free["near"] == ["us-0", "eu2-0"]
    assert [each[0] for each in bound["order"]] == ["eu2-0", "eu-0"]
    assert bound["near"] == ["eu2-0"]
    assert (told["zone"], told["connections"]["eu-0"]) == ("b", {"zone": "a", "connect_s": None})
    assert told["connections"]["eu2-0"]["made"] == metric == 1


async def test_warm_connections_ask_nobody_anything(tmp_path: Path) -> None:
    """They are there before the first request, which uses one; nothing was sent over the others."""
    async with world(
        tmp_path,
        models=EQUAL,
        known={"us-0": {"connections": {"warm": 1}}, "eu-0": {"connections": {"warm": 2}}},
    ) as here:
        await here.until(
            'guardrail_gw_connections{deployment="eu-0",state="idle"}', lambda n: n == 2
        )
        sent = list(here.sent)
        assert (await here.ask("I am Anna Schmidt, anna.schmidt@example.org."))[0] == 200
        made = await here.metric('guardrail_gw_connections_made{deployment="eu-0"}')
        took_s = await here.metric('guardrail_gw_connect_seconds{deployment="eu-0"}')

    assert sent == []
    assert (made, here.us.received) == (2, [])
    assert took_s > 0.0


async def test_a_stale_connection_costs_its_request_nothing(tmp_path: Path) -> None:
    """Both attempts are on record, the client sees an answer, and the next request too."""
    async with Listening() as shaky:
        known = {"eu-0": {"base_url": shaky.url}}
        models = [{"name": "assistant", "deployments": ["eu-0", "eu2-0"]}]
        said = {"index": 0, "message": {"role": "assistant", "content": "Hi"}}
        async with world(tmp_path, models=models, known=known) as here:
            shaky.says = json.dumps({"object": "chat.completion", "choices": [said]}).encode()
            first = await here.ask("Hello")
            shaky.hangs_up_next = True
            second = await here.ask("Hello")
            stale = await here.metric('guardrail_gw_connections_stale{deployment="eu-0"}')

    assert (first[0], second[0]) == (200, 200)
    results = [
        [attempt["result"] for attempt in r.meta["attempts"]]
        for r in here.records()
        if r.kind == "outcome" and r.meta
    ]
    assert results == [["ok"], ["stale", "ok"]]
    assert (shaky.requests, stale) == ([0, 0, 1], 1)
