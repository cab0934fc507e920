"""Policies change while requests are under way."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from guardrail_gw.audit.verify import Verdict
from guardrail_gw.core.shipped import shipped
from tests.support.world import World, world

TEXT = "Write to anna.schmidt@example.org, and then to {}@example.org."
LINE = "EMAIL_ADDRESS: {{action: {}}}"


async def _swap(here: World, action: str) -> None:
    """Another policy for addresses, in force from here on."""

    def write() -> None:
        path = here.gateway.policies.directory / "policy.yaml"
        lines = path.read_text(encoding="utf-8").splitlines()
        indent = " " * 6
        changed = [
            indent + LINE.format(action) if "EMAIL_ADDRESS:" in line else line for line in lines
        ]
        path.write_text("\n".join(changed) + "\n", encoding="utf-8")

    await asyncio.to_thread(write)
    await here.gateway.reload()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """The default policy in a folder of its own."""
    return shutil.copytree(shipped("policies/default"), tmp_path / "policies")


@pytest.fixture
async def here(tmp_path: Path, own: Path) -> AsyncIterator[World]:
    """A gateway that obeys it."""
    async with world(tmp_path / "world", policies=own) as started:
        yield started


async def test_every_request_obeys_one_set_of_policies(here: World) -> None:
    """With reloads falling anywhere, what was done with a request is what its digest says."""
    actions = {}
    for action in ("token", "block", "redact"):
        await _swap(here, action)
        actions[here.gateway.policies.current.digest] = action

    async def ask(number: int) -> tuple[int, str]:
        await asyncio.sleep(number * 37 % 24 / 120)  # in another order than they are numbered
        status, answer = await here.ask(TEXT.format(f"ben{number}"), stream=bool(number % 2))
        return status, str(answer)

    async def swap() -> None:
        for number in range(12):
            await asyncio.sleep(number % 4 / 100)
            await _swap(here, ("token", "block", "redact")[number * 5 % 3])

    answers, _ = await asyncio.gather(asyncio.gather(*map(ask, range(24))), swap())

    decided = {
        r.meta["request"]: (actions[r.meta["policy"]], r.meta["decision"])
        for r in here.records()
        if r.kind == "intent" and r.meta
    }
    assert len(decided) == 24
    assert set(decided.values()) <= {
        ("token", "allowed"),
        ("block", "blocked"),
        ("redact", "allowed"),
    }
    assert not any(b"@example.org" in body for body in here.sent)
    refused = sum(decision == "blocked" for _, decision in decided.values())
    assert sum(status == 403 for status, _ in answers) == refused
    assert here.verified().verdict in (Verdict.OK, Verdict.INCOMPLETE)


async def test_every_activation_is_on_record(here: World) -> None:
    """The log says which policies came into force, in order, requests or not."""
    first = here.gateway.policies.current.digest
    await _swap(here, "block")
    second = here.gateway.policies.current.digest

    said = [r.meta for r in here.records() if r.kind == "policy"]

    assert [m["digest"] for m in said if m] == [first, second]
    assert all(m["activated"] for m in said if m)
