"""A whole examination of real configurations, with the engine in the test's process."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from guardrail_gw.cli.demo_folder import prepare
from guardrail_gw.core.text import Finding, Segment
from guardrail_gw.doctor.check import Check, Verdict
from guardrail_gw.doctor.examination import Examination
from guardrail_gw.observability.clock import SystemClock
from guardrail_gw.settings import Settings
from guardrail_gw.standin.server import StandIn
from tests.support.world import InlineDetectors

pytestmark = pytest.mark.allow_blocking


class Blind(InlineDetectors):
    """Detectors that find nothing, and say nothing of it."""

    async def detect(
        self, segments: Sequence[Segment], *, countries: frozenset[str] = frozenset()
    ) -> list[tuple[Finding, ...]]:
        return [() for _ in segments]


async def examined(
    path: Path, detectors: InlineDetectors | None = None, **more: Any
) -> dict[str, Check]:
    """Check -> what it says, of the configuration with other lines."""
    config = yaml.safe_load(path.read_text()) | more
    path.write_text(yaml.safe_dump(config))
    examination = Examination(
        settings=Settings.load(path), detectors=detectors or InlineDetectors(), clock=SystemClock()
    )
    return {check.name: check async for check in examination.checks()}


async def test_a_good_configuration_passes(tmp_path: Path) -> None:
    """Nothing fails, the lawful host was connected to, the other one was not contacted."""
    async with StandIn() as us, StandIn() as eu:
        path = prepare(tmp_path, us=us.base_url, eu=eu.base_url, port=0)
        found = await examined(path)

    assert [c for c in found.values() if c.verdict is Verdict.FAIL] == []
    assert found["reach steady-eu"].verdict is Verdict.OK
    assert found["reach cheap-us"].said.startswith("not contacted")
    assert found["detection.languages"].verdict is Verdict.OK
    assert found["detection.kinds"].verdict is Verdict.OK
    assert (us.received, eu.received) == ([], [])


@pytest.mark.mcp_row(16)
async def test_detectors_that_find_nothing_are_found_out(tmp_path: Path) -> None:
    """They answer, are ready and say that they are: only a canary tells."""
    path = prepare(tmp_path, us="http://127.0.0.1:9", eu="http://127.0.0.1:9", port=0)

    found = await examined(path, Blind())

    assert found["detection"].verdict is Verdict.OK
    assert found["detection.languages"].verdict is Verdict.FAIL
    assert found["detection.kinds"].verdict is Verdict.FAIL


async def test_policies_that_do_not_load_reach_nobody(tmp_path: Path) -> None:
    """Without a policy nobody is lawful, and no host is contacted."""
    async with StandIn() as eu:
        path = prepare(tmp_path, us="http://127.0.0.1:9", eu=eu.base_url, port=0)
        (tmp_path / "policies" / "policy.yaml").write_text("nonsense: true\n")
        found = await examined(path)

    assert found["policies"].verdict is Verdict.FAIL
    assert found["reach"].verdict is Verdict.FAIL
    assert found["reach steady-eu"].verdict is Verdict.NOT_TESTED


async def test_a_missing_credential_and_key_are_told(tmp_path: Path) -> None:
    """By their places; the checks behind them are made all the same."""
    path = prepare(tmp_path, us="http://127.0.0.1:9", eu="http://127.0.0.1:9", port=0)
    (tmp_path / "keys" / "gateway" / "redaction.key").unlink()

    found = await examined(path, credentials={"azure": {"file": "nowhere"}})

    assert (found["credentials"].verdict, found["keys"].verdict) == (Verdict.FAIL, Verdict.FAIL)
    assert "nowhere" in found["credentials"].said
    assert "redaction.key" in found["keys"].said
    assert found["disk.sync"].verdict is not Verdict.NOT_TESTED


async def test_nothing_that_is_found_is_shown(tmp_path: Path) -> None:
    """Not even what is made up: whoever reads the output learns kinds and languages."""
    path = prepare(tmp_path, us="http://127.0.0.1:9", eu="http://127.0.0.1:9", port=0)

    told = json.dumps([str(check) for check in (await examined(path, Blind())).values()])

    assert "Anna" not in told
    assert "canary.doctor" not in told
