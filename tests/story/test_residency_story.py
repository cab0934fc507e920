"""Where requests go, told by who was contacted."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.core.shipped import shipped
from tests.support.world import World, world

PERSONAL = "My name is Anna Schmidt, anna.schmidt@example.org."


async def test_the_cheapest_deployment_serves_what_is_not_personal(here: World) -> None:
    """Without personal data the US deployment, being cheapest, answers."""
    status, _ = await here.ask("Name three good habits.")

    assert status == 200
    assert (len(here.us.received), len(here.eu.received)) == (1, 0)


async def test_personal_data_goes_to_the_eu_though_it_costs_more(here: World) -> None:
    """With personal data the US deployment is not contacted."""
    status, _ = await here.ask(PERSONAL)

    assert status == 200
    assert (len(here.us.received), len(here.eu.received)) == (0, 1)


async def test_failover_stays_within_the_allowed_regions(here: World) -> None:
    """When both EU providers fail, the US one is still not tried."""
    here.eu.script.extend(["status-500"] * 9)
    here.eu2.script.extend(["status-500"] * 9)

    status, answer = await here.ask(PERSONAL)

    assert (status, answer["error"]["code"]) == (502, "upstream.failed")
    assert here.eu.received
    assert here.eu2.received
    assert here.us.received == []


async def test_the_second_eu_provider_takes_over(here: World) -> None:
    """When the first EU provider fails, the second answers and the reply is restored."""
    here.eu.script.extend(["status-500"] * 9)

    status, answer = await here.ask(PERSONAL)

    assert status == 200
    assert answer["choices"][0]["message"]["content"] == PERSONAL
    assert here.us.received == []


async def test_no_lawful_deployment_means_451_and_silence(here: World) -> None:
    """A model that only the US serves is refused for personal data, and the record says why."""
    status, answer = await here.ask(PERSONAL, model="american")

    assert (status, answer["error"]["code"]) == (451, "residency.no_lawful_upstream")
    assert here.sent == []
    rejected = next(r.meta for r in here.records() if r.kind == "intent" and r.meta)
    assert rejected["decision"] == "blocked"
    assert rejected["facts"]["rejected"][0]["deployment"] == "us-0"


async def test_content_that_nothing_looks_into_counts_as_personal(tmp_path: Path) -> None:
    """With images allowed, a request that has one stays in the EU though no text is personal."""
    policies = tmp_path / "policies"
    policies.mkdir()
    shipped_one = await asyncio.to_thread(shipped, "policies/default/policy.yaml")
    text = shipped_one.read_text()
    (policies / "policy.yaml").write_text(text.replace("attachments: block", "attachments: allow"))
    part = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    async with world(tmp_path, policies=policies) as here:
        status, _ = await here.post(
            {"model": "assistant", "messages": [{"role": "user", "content": [part]}]}
        )

        assert status == 200
        assert (len(here.us.received), len(here.eu.received)) == (0, 1)


STEERING: dict[str, Any] = {
    "store": True,
    "provider": {"order": ["elsewhere"]},
    "models": ["elsewhere/model"],
    "route": "fallback",
    "plugins": [{"id": "web"}],
    "web_search_options": {"user_location": {"type": "approximate"}},
    "tools": [{"type": "mcp", "server_url": "https://elsewhere.example"}],
}


@pytest.mark.parametrize("name", STEERING)
async def test_a_field_that_takes_personal_data_elsewhere_is_refused(
    here: World, name: str
) -> None:
    """With personal data nobody is contacted; without, the provider gets the field."""
    steered = {name: STEERING[name]}

    status, answer = await here.ask(PERSONAL, **steered)
    before = list(here.sent)
    plain, _ = await here.ask("Name three good habits.", **steered)

    assert (status, answer["error"]["code"]) == (403, "policy.provider_feature")
    assert before == []
    assert plain == 200
    assert f'"{name}"'.encode() in here.sent[0]


async def test_a_feature_that_the_policy_names_passes(tmp_path: Path) -> None:
    """With `storage` named, a request with personal data may be stored, where it is lawful."""
    policies = tmp_path / "policies"
    policies.mkdir()
    shipped_one = await asyncio.to_thread(shipped, "policies/default/policy.yaml")
    text = shipped_one.read_text() + "  provider_features: [storage]\n"
    (policies / "policy.yaml").write_text(text)
    async with world(tmp_path, policies=policies) as here:
        stored, _ = await here.ask(PERSONAL, store=True)
        routed, _ = await here.ask(PERSONAL, store=True, models=["elsewhere/model"])

        assert (stored, routed) == (200, 403)
        assert (len(here.us.received), len(here.eu.received)) == (0, 1)
        assert b'"store": true' in here.eu.received[0].body


async def test_a_contract_that_has_ended_stops_the_requests(tmp_path: Path) -> None:
    """Where an agreement has ended nothing is sent, personal or not, and the record says why."""
    ended = {"reference": "DPA 1", "signed": "2020-01-01", "expires": "2021-01-01"}
    contract = {"processor": "Provider Ltd", "purpose": "Answers", "dpa": ended}

    async with world(tmp_path, contracts={"us-0": contract}) as here:
        status, answer = await here.ask("Name three good habits.", model="american")
        elsewhere, _ = await here.ask("Name three good habits.")
        said = [record.meta for record in here.records() if record.kind == "intent"]

    assert (status, answer["error"]["code"]) == (451, "residency.no_lawful_upstream")
    assert elsewhere == 200
    assert here.us.received == []
    refused, placed = (meta or {} for meta in said)
    assert refused["facts"]["rejected"] == placed["rejected"]
    assert placed["rejected"][0]["reason"] == "residency.contract_lapsed"
