"""How the command line ends: by the error's own exit code, with a word and no traceback."""

import sys
from pathlib import Path

import pytest

from guardrail_gw.cli.main import main
from tests.support.audit_world import SteadyClock, World, pair, world


@pytest.fixture
def logged(tmp_path: Path) -> World:
    """A closed log of one exchange."""
    made = world(tmp_path)
    ledger = made.ledger(SteadyClock())
    ledger.open()
    ledger.append([pair(1)])
    ledger.close()
    return made


def _ends(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> object:
    monkeypatch.setattr(sys, "argv", ["guardrail-gw", *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


def test_show_ends_like_verify(
    logged: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """0 opened, 3 nobody's key, 1 altered: the codes of every command about a log."""
    stranger = world(tmp_path / "other").home / "keys" / "auditors" / "auditor.key"
    key = logged.home / "keys" / "auditors" / "auditor.key"

    good = _ends(monkeypatch, "audit", "show", logged.log, "--key", key)
    nobody = _ends(monkeypatch, "audit", "show", logged.log, "--key", stranger)
    segment = next(logged.log.glob("*.seg"))
    segment.write_bytes(segment.read_bytes().replace(b'"intent"', b'"intend"', 1))
    altered = _ends(monkeypatch, "audit", "show", logged.log, "--key", key)

    assert (good, nobody, altered) == (0, 3, 1)
    assert "none of these keys" in capsys.readouterr().err


def test_a_file_that_cannot_be_read(
    logged: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """2, with its name and why."""
    segment = next(logged.log.glob("*.seg"))
    segment.unlink()
    segment.mkdir()
    key = logged.home / "keys" / "auditors" / "auditor.key"

    ended = _ends(monkeypatch, "audit", "show", logged.log, "--key", key)

    said = capsys.readouterr().err.replace("\n", "")
    assert ended == 2
    assert segment.name in said
    assert "Traceback" not in said
