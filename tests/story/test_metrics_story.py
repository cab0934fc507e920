"""What metrics say of requests: kinds and rules, and nothing that a person wrote."""

import os

from tests.support.world import World


async def lines(here: World, name: str) -> dict[str, float]:
    """Labels as they are written -> value, of one counter."""
    text = (await here.get("/metrics"))[1].decode()
    found = (line.rpartition(" ") for line in text.splitlines() if line.startswith(name))
    return {labels.removeprefix(name): float(value) for labels, _, value in found}


async def test_what_was_found_and_what_refused_are_counted(here: World) -> None:
    """By kind, and by the rule that asked for it; a refusal counts what it was for."""
    address, key = "anna.schmidt@example.org", "-----BEGIN PRIVATE KEY-----"
    for text in (f"Write to {address}.", f"To {address} and bert@example.org.", f"Use {key}"):
        await here.ask(text)

    found = await lines(here, "guardrail_gw_detections_total")
    refused = await lines(here, "guardrail_gw_refusals_total")
    age_s = await here.metric("guardrail_gw_audit_checkpoint_age_seconds")
    memory = await lines(here, "guardrail_gw_memory_bytes")

    assert found['{entity="EMAIL_ADDRESS"}'] == 3
    assert found['{entity="PRIVATE_KEY"}'] == 1
    assert refused == {'{code="policy.blocked",rule="default/pii.PRIVATE_KEY"}': 1}
    assert 0 <= age_s < 60
    assert memory['{kind="pss",number="0",role="gateway"}'] > 1e6
    shown = (await here.get("/metrics"))[1]
    assert not any(text.encode() in shown for text in (address, key, "bert"))


async def test_what_waits_and_whose_memory_it_is_are_told(here: World) -> None:
    """As the detectors say it, of each process, and of the parent that they have."""
    here.detectors.waiting, here.detectors.pids = 7, (os.getpid(),)

    waiting = await here.metric("guardrail_gw_detection_waiting")
    memory = await lines(here, "guardrail_gw_memory_bytes")

    assert waiting == 7
    for role, number in (("gateway", "0"), ("detector", "0.0"), ("host", "0")):
        assert memory[f'{{kind="rss",number="{number}",role="{role}"}}'] > 1e6
