"""A team that spends its month is told of by a webhook, once, and nothing else is said."""

import json
from pathlib import Path
from typing import Any

from tests.support.receiver import SECRET, Receiver
from tests.support.world import world

BUDGET: dict[str, Any] = {"id": "team-month", "usd": "0.0002", "per": ["team"]}
WORDS = "My name is Anna Schmidt, one two three four five six seven eight nine ten"


async def test_each_percent_is_told_once_and_says_who_and_how_much(tmp_path: Path) -> None:
    """Signed; with names of the configuration and numbers, and nothing that anybody wrote."""
    async with Receiver() as receiver:
        secret = tmp_path / "webhook.key"
        secret.write_text(SECRET)
        webhook = {"url": receiver.url, "secret": {"file": str(secret)}}
        budget = {**BUDGET, "notify_at": [10, 20]}
        async with world(tmp_path / "w", budgets=[budget], webhook=webhook) as here:
            receiver.answers.append(503)
            for _ in range(5):
                status, _ = await here.ask(WORDS, max_tokens=20)
                assert status == 200
            heard = [await receiver.next() for _ in range(3)]
            await here.until(
                'guardrail_gw_webhook_messages_total{result="delivered"}', lambda n: n == 2
            )

        assert receiver.heard.empty()
    for each in heard:
        each.verify()
        assert b"Anna" not in each.body
        assert b"seven" not in each.body
    again, first, second = (each.said["data"] for each in heard)
    assert again == first
    assert [first["percent"], second["percent"]] == [10, 20]
    assert first["of"] == {"tenant": "acme", "team": "crm"}
    assert first["budget"] == "team-month"
    assert 0.1 <= float(first["used"]) / float(first["limit"]) < 1
    assert set(first) == {
        *("budget", "percent", "used", "limit", "unit", "every"),
        *("window_ends", "on_exceed", "of"),
    }


async def test_requests_do_not_wait_for_a_receiver_that_is_not_there(tmp_path: Path) -> None:
    """They are answered, and the gateway says that nobody was told."""
    secret = tmp_path / "webhook.key"
    secret.write_text(SECRET)
    webhook = {"url": "http://127.0.0.1:1/hooks", "secret": {"file": str(secret)}}
    budget = {**BUDGET, "usd": "0.0001", "notify_at": [1]}
    async with world(tmp_path / "w", budgets=[budget], webhook=webhook) as here:
        statuses = [(await here.ask(WORDS, max_tokens=20))[0] for _ in range(3)]
        metrics = (await here.get("/metrics"))[1].decode()

    assert statuses == [200] * 3
    assert 'guardrail_gw_budget_reached_total{budget="team-month",percent="1"} 1.0' in metrics
    assert json.dumps(here.answers[0].decode()).count("hooks") == 0
