"""A candidate is judged beside the policies in force, and nobody obeys it."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from guardrail_gw.cli.policy import command
from guardrail_gw.core.shipped import shipped
from tests.support.world import World, world

PERSONAL = "Write to anna.schmidt@example.org, IBAN DE89 3704 0044 0532 0130 00."


@pytest.fixture
def candidate(tmp_path: Path) -> Path:
    """Addresses blocked, IBANs in clear."""
    folder = shutil.copytree(shipped("policies/default"), tmp_path / "candidate")
    path = folder / "policy.yaml"
    text = path.read_text(encoding="utf-8")
    text = text.replace("EMAIL_ADDRESS: {action: token}", "EMAIL_ADDRESS: {action: block}")
    path.write_text(text.replace("IBAN_CODE: {action: token}", "IBAN_CODE: {action: allow}"))
    return folder


@pytest.fixture
async def shadowed(tmp_path: Path, candidate: Path) -> AsyncIterator[World]:
    """A gateway with that candidate."""
    async with world(tmp_path / "world", shadow_policies=str(candidate)) as started:
        yield started


async def test_what_it_would_decide_is_counted_and_recorded(shadowed: World) -> None:
    """Subject, before and after are in the metric and in the record; the request is as ever."""
    status, _ = await shadowed.ask(PERSONAL)
    await shadowed.ask("hello")
    _, metrics = await shadowed.get("/metrics")

    told = [r.meta["shadow"] for r in shadowed.records() if r.kind == "intent" and r.meta]
    changes = {c["subject"]: (c["before"], c["after"], c["way"]) for c in told[0]["changes"]}
    assert status == 200
    assert changes == {
        "outcome": ("allow", "policy.blocked", "narrows"),
        "EMAIL_ADDRESS": ("token", "block", "narrows"),
        "IBAN_CODE": ("token", "allow", "widens"),
    }
    assert told[1]["changes"] == []
    assert b'shadow_requests_total{result="both"} 1.0' in metrics
    assert b'shadow_requests_total{result="same"} 1.0' in metrics
    line = (
        b'shadow_changes_total{after="block",before="token",subject="EMAIL_ADDRESS",way="narrows"}'
    )
    assert line + b" 1.0" in metrics
    assert "anna" not in json.dumps(told)


async def test_a_request_is_the_same_with_and_without_it(shadowed: World, tmp_path: Path) -> None:
    """The provider gets the same bytes whether a candidate is judged or not, but for its tokens."""
    await shadowed.ask(PERSONAL)
    async with world(tmp_path / "plain") as plain:
        await plain.ask(PERSONAL)
        expected = plain.sent[0]

    sent = shadowed.sent[0]

    assert len(sent) == len(expected)
    assert b"anna.schmidt" not in sent
    assert b"3704" not in sent


async def test_one_that_cannot_judge_stops_nobody(shadowed: World) -> None:
    """A defect while judging is counted as `error`, and the request goes on."""
    shadow = shadowed.gateway.shadow
    assert shadow is not None
    shadow.routes = None  # type: ignore[assignment]  # the defect

    status, _ = await shadowed.ask(PERSONAL)
    _, metrics = await shadowed.get("/metrics")

    assert status == 200
    assert b'shadow_requests_total{result="error"} 1.0' in metrics
    assert all("shadow" not in (r.meta or {}) for r in shadowed.records())


async def test_one_that_is_not_valid_is_none(shadowed: World, candidate: Path) -> None:
    """A candidate with a fault is not judged; mended, it is again."""
    path = candidate / "policy.yaml"
    good = await asyncio.to_thread(path.read_text, encoding="utf-8")
    await asyncio.to_thread(path.write_text, "nonsense", encoding="utf-8")
    await shadowed.gateway.reload()
    await shadowed.ask(PERSONAL)
    without = [r.meta for r in shadowed.records() if r.kind == "intent"]
    await asyncio.to_thread(path.write_text, good, encoding="utf-8")
    await shadowed.gateway.reload()
    await shadowed.ask(PERSONAL)

    both = [r.meta for r in shadowed.records() if r.kind == "intent"]

    assert ["shadow" in (m or {}) for m in without] == [False]
    assert ["shadow" in (m or {}) for m in both] == [False, True]


async def test_the_command_shows_the_counts(shadowed: World, here: World) -> None:
    """`policy shadow` reads them from the running gateway; one without a candidate says so."""
    await shadowed.ask(PERSONAL)

    def asked(world: World) -> tuple[int, str, str]:
        arguments = ["shadow", "--url", world.base_url, "--json"]
        result = CliRunner().invoke(command, arguments)
        return result.exit_code, result.output, str(result.exception)

    code, output, _ = await asyncio.to_thread(asked, shadowed)
    _, _, none = await asyncio.to_thread(asked, here)

    told = json.loads(output)
    assert code == 1
    assert told["requests"] == {"both": 1}
    assert {c["subject"] for c in told["changes"]} == {"outcome", "EMAIL_ADDRESS", "IBAN_CODE"}
    assert "judges no candidate" in none
