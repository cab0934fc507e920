"""What the demo says at its end."""

import sys
from pathlib import Path

import pytest
from rich.console import Console

from guardrail_gw.cli.demo_story import tell_audit
from tests.support.audit_world import SteadyClock, pair, world


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A demo's folder, with a long name."""
    home = tmp_path / ("d" * 60)
    made = world(home)
    ledger = made.ledger(SteadyClock())
    ledger.open()
    ledger.append([pair(1)])
    ledger.close()
    made.log.rename(home / "audit")
    return home


def _told(folder: Path) -> list[str]:
    console = Console(width=80)
    with console.capture() as captured:
        tell_audit(console, folder, ["r1"])
    return [line.strip() for line in captured.get().splitlines()]


def test_each_command_is_one_line_to_copy(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in a narrow window, and named so that it is found where nothing is on the path."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(sys, "argv", [".venv/bin/guardrail-gw", "demo"])
    key = f"{folder}/keys/auditors/auditor.key"

    lines = _told(folder)

    assert f".venv/bin/guardrail-gw review {folder}/audit --key {key}" in lines
    assert f".venv/bin/guardrail-gw audit show {folder}/audit --key {key}" in lines


def test_a_command_on_the_path_is_named_as_in_the_guides(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever installed it types its name; a module that was run is run again as one."""
    installed = tmp_path / "bin" / "guardrail-gw"
    installed.parent.mkdir()
    installed.write_text("#!/bin/sh\n")
    installed.chmod(0o700)
    monkeypatch.setattr(sys, "argv", ["guardrail_gw/__main__.py", "demo"])

    monkeypatch.setenv("PATH", str(installed.parent))
    named = _told(folder)
    monkeypatch.setenv("PATH", "")
    run = _told(folder)

    assert f"guardrail-gw audit verify {folder}/audit" in named
    assert f"{sys.executable} -m guardrail_gw audit verify {folder}/audit" in run
