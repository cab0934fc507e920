"""Spans and measurements of a whole gateway, as a real receiver over HTTP gets them."""

import asyncio
import json
import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from guardrail_gw.core.shipped import shipped
from guardrail_gw.errors import ConfigError
from guardrail_gw.observability.telemetry.told import ATTRIBUTES
from tests.story.test_silence_story import CANARY, MAIL, TEXT, provoke
from tests.support.otlp import Received, attributes, receiver
from tests.support.world import KEY, World, world

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def to(received: Received, **more: Any) -> dict[str, Any]:
    """The lines of gateway.yaml."""
    return {"telemetry": {"endpoint": received.url, "storage": ["DE"], "every_s": 1, **more}}


def tally_of(here: World) -> Mapping[str, int]:
    """Exchanges by what became of telling of them."""
    assert here.gateway.telemetry is not None
    return here.gateway.telemetry.tally


async def until(is_so: Callable[[], bool]) -> None:
    """Wait for what another thread does."""
    async with asyncio.timeout(30):
        while not is_so():  # noqa: ASYNC110 - seen from outside only
            await asyncio.sleep(0.02)


async def test_an_exchange_is_told_of_in_the_conventions_words(tmp_path: Path) -> None:
    """A root with its request, redaction, record and attempt, and measurements of both."""
    with receiver() as received:
        async with world(tmp_path, **to(received)) as here:
            status, _ = await here.ask("Write to anna.schmidt@example.org.")
            await until(lambda: len(received.spans) >= 4 and bool(received.points))
            request = here.records()[-1].meta or {}
        spans = {span.name: span for span in received.spans}
        root, attempt = spans["chat assistant"], spans["chat echo"]
        told, tried = attributes(root.attributes), attributes(attempt.attributes)

    assert status == 200
    assert root.trace_id.hex() == str(told["guardrail_gw.request.id"]).replace("-", "")
    assert request["request"] == told["guardrail_gw.request.id"]
    assert {"redaction", "audit commit"} <= spans.keys()
    assert told["guardrail_gw.redaction.findings"] == 1
    assert told["guardrail_gw.ending"] == "ok"
    assert told["gen_ai.usage.input_tokens"] > 0
    assert tried["guardrail_gw.deployment"] == "eu-0"
    assert (tried["server.address"], tried["server.port"]) == (
        "127.0.0.1",
        int(here.eu.base_url.split(":")[2].partition("/")[0]),
    )
    names = {name for name, _ in received.points}
    assert names == {
        "guardrail_gw.exchange.duration",
        "gen_ai.client.operation.duration",
        "gen_ai.client.token.usage",
    }


async def test_nothing_that_a_person_wrote_is_exported(tmp_path: Path) -> None:
    """Whatever goes right or wrong; and every attribute is on the list."""
    with receiver() as received:
        async with world(tmp_path, **to(received, traceparent="parent")) as here:
            await provoke(here)
            await here.post(
                {"model": "assistant", "messages": [{"role": "user", "content": TEXT}]},
                headers={"traceparent": MAIL, "tracestate": CANARY, "baggage": MAIL},
            )
            await until(lambda: tally_of(here)["exported"] >= 12)
        payloads = b"".join([*received.traces, *received.metrics])
        told = [attributes(span.attributes) for span in received.spans]
        told += [each for _, each in received.points]

    assert len(received.spans) > 20
    for text in (CANARY, MAIL, "ebulon", "uackenbush", KEY, "acme", "crm"):
        assert text.encode() not in payloads
    assert {name for each in told for name in each} <= ATTRIBUTES


async def test_a_receiver_that_is_not_lawful_is_a_fault_at_start(tmp_path: Path) -> None:
    """In the US, nowhere that is known, or a provider's: nothing is sent, nothing is served."""
    for name, where in (
        ("us", {"storage": ["US"]}),
        ("unknown", {"storage": ["Atlantis"]}),
        ("provider", {"endpoint": "https://api.openai.com"}),
    ):
        with receiver() as received:
            with pytest.raises(ConfigError, match="telemetry"):
                async with world(tmp_path / name, **to(received, **where)):
                    pass
            assert (received.traces, received.metrics) == ([], [])


@pytest.fixture
def policies(tmp_path: Path) -> Path:
    """The shipped policies, to be changed."""
    return Path(shutil.copytree(shipped("policies/default"), tmp_path / "policies"))


async def test_a_policy_that_comes_into_force_stops_what_it_forbids(
    tmp_path: Path, policies: Path
) -> None:
    """From then on nothing leaves; requests go on."""
    with receiver() as received:
        async with world(tmp_path, policies=policies, **to(received)) as here:
            await here.ask("one")
            await until(lambda: bool(received.spans))
            _only_in(policies, ["FR"])
            await here.gateway.reload()
            before = len(received.traces), len(received.metrics)
            status, _ = await here.ask("two")
            tally = tally_of(here)
            await until(lambda: tally["unlawful"] == 1)
            await asyncio.sleep(1.5)  # measurements had their turn

            assert status == 200
            assert (len(received.traces), len(received.metrics)) == before
            exposed = (await here.get("/metrics"))[1].decode()
            assert 'telemetry_exchanges{result="unlawful"} 1.0' in exposed


def _only_in(policies: Path, countries: list[str]) -> None:
    path = policies / "policy.yaml"
    policy = yaml.safe_load(path.read_text())
    policy["spec"]["residency"] = {
        "allow_jurisdictions": countries,
        "when": "always",
        "on_violation": "reroute",
    }
    path.write_text(json.dumps(policy))


async def test_a_redirect_is_not_followed(tmp_path: Path) -> None:
    """Nobody is led to a place that was not checked."""
    with receiver() as received, receiver() as elsewhere:
        received.status, received.location = 307, f"{elsewhere.url}/v1/traces"
        async with world(tmp_path, **to(received)) as here:
            await here.ask("hello")
            await until(lambda: tally_of(here)["failed"] == 1)

    assert received.traces
    assert elsewhere.traces == []


async def test_a_receiver_that_hangs_holds_no_request_up(tmp_path: Path) -> None:
    """Requests are answered while it says nothing, and the gateway stops."""
    with receiver() as received:
        received.stalls.set()
        async with world(tmp_path, **to(received, timeout_s=1)) as here:
            for _ in range(5):
                async with asyncio.timeout(20):
                    assert (await here.ask("hello"))[0] == 200
            await until(lambda: bool(received.traces))


@pytest.mark.parametrize("how", ["link", "parent"])
async def test_a_clients_trace_is_pointed_at(tmp_path: Path, how: str) -> None:
    """Where it is asked for; providers are told nothing of it."""
    with receiver() as received:
        async with world(tmp_path, **to(received, traceparent=how)) as here:
            await here.post(
                {"model": "assistant", "messages": [{"role": "user", "content": "hello"}]},
                headers={"traceparent": PARENT},
            )
            await until(lambda: bool(received.spans))
            [root] = [span for span in received.spans if span.name == "chat assistant"]
            heads = [r.headers for p in (here.us, here.eu, here.eu2) for r in p.received]

    theirs = bytes.fromhex(PARENT[3:35])
    assert (root.trace_id == theirs) is (how == "parent")
    assert [link.trace_id for link in root.links] == ([theirs] if how == "link" else [])
    assert heads
    assert all("traceparent" not in head for head in heads)


async def test_secrets_of_the_receiver_are_sent_to_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what the environment says of telemetry does not count."""
    monkeypatch.setenv("RECEIVER_KEY", "s3cret")
    with receiver() as received, receiver() as elsewhere:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", elsewhere.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", elsewhere.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-other=of-another-receiver")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/authority.pem")
        monkeypatch.setenv("HTTP_PROXY", elsewhere.url)
        headers = {"x-api-key": {"env": "RECEIVER_KEY"}}
        async with world(tmp_path, **to(received, headers=headers)) as here:
            await here.ask("hello")
            await until(lambda: bool(received.heads))

    assert received.heads[0]["x-api-key"] == "s3cret"
    assert "x-other" not in received.heads[0]
    assert os.environ["OTEL_EXPORTER_OTLP_HEADERS"] == "x-other=of-another-receiver"
    assert elsewhere.heads == []
