"""`guardrail-gw doctor`, as an operator runs it before a gateway starts."""

import asyncio
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from guardrail_gw.cli.demo_folder import prepare
from guardrail_gw.cli.doctor import show
from guardrail_gw.doctor.check import Check, Verdict
from guardrail_gw.standin.server import StandIn

CHECKS = [
    Check(name="disk.sync", verdict=Verdict.OK, said="fsync 1 ms"),
    Check(name="bench", verdict=Verdict.NOT_TESTED, said="not asked for"),
    Check(name="reach a-deployment", verdict=Verdict.WARN, said="far " * 30, advice="move " * 20),
    Check(name="keys", verdict=Verdict.FAIL, said="[red]gone", advice="see docs"),
]


@pytest.mark.parametrize("width", [40, 80, 200])
def test_the_table_fits_and_needs_no_colour(width: int) -> None:
    """Each verdict is a word as well; nothing is cut off, and brackets are no markup."""
    shown = io.StringIO()

    show(CHECKS, Console(file=shown, width=width))

    lines = shown.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    assert "\x1b" not in shown.getvalue()
    assert {line.split()[0] for line in lines if line.strip()} >= {"ok", "-", "warn", "FAIL"}
    assert shown.getvalue().count("far") == 30
    assert "[red]gone" in shown.getvalue().replace("\n", "")
    assert lines[-1] == "1 ok, 1 not tested, 1 warn, 1 fail"[: len(lines[-1])]


@pytest.mark.e2e
@pytest.mark.allow_blocking
async def test_it_says_no_by_its_exit_code(tmp_path: Path) -> None:
    """With real detectors: 0 where all is well, 1 where nobody is reached, 2 without a file."""
    async with StandIn() as eu:
        good = prepare(tmp_path / "good", us="http://127.0.0.1:9", eu=eu.base_url, port=0)
        well = await ran("--config", str(good), "--json")
        assert eu.received == []
    bad = await ran("--config", str(good))
    none = await ran("--config", str(tmp_path / "none.yaml"))

    told = json.loads(well.stdout)
    assert well.returncode == 0, well.stdout
    assert told["verdict"] in {"ok", "warn", "not tested"}
    assert {check["name"] for check in told["checks"]} >= {"disk.sync", "clock", "reach"}
    assert bad.returncode == 1
    assert "FAIL" in bad.stdout
    assert none.returncode == 2


async def ran(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command as a process, while the loop goes on."""
    command = [sys.executable, "-m", "guardrail_gw", "doctor", *arguments]
    return await asyncio.to_thread(
        lambda: subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    )
