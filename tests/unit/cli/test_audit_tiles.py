"""`guardrail-gw audit tiles`, as an auditor runs it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from guardrail_gw.audit.segments import segment_name
from guardrail_gw.cli.audit import command
from tests.support.audit_world import SteadyClock, World, pair, world
from tests.support.tile_reader import TileReader


@pytest.fixture
def logged(tmp_path: Path) -> World:
    """A closed log of one exchange."""
    made = world(tmp_path)
    ledger = made.ledger(SteadyClock())
    ledger.open()
    ledger.append([pair(1)])
    ledger.close()
    return made


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_what_is_printed_is_all_a_reader_needs(logged: World, tmp_path: Path) -> None:
    """With the printed verifier key another implementation verifies the written folder."""
    out = tmp_path / "tiles"

    told = _run("tiles", logged.log, "--public", logged.public_folder, "--out", out)

    vkey = told.output.split("verifier key: ")[1].strip()
    read = TileReader(lambda name: (out / name).read_bytes(), vkey)
    assert told.exit_code == 0
    assert [entry[:1] for entry in read.entries()] == [b"{"] * 4


def test_a_damaged_log_is_not_written(logged: World, tmp_path: Path) -> None:
    """A log whose records do not read ends with 1 and says so."""
    path = logged.log / segment_name(0)
    path.write_bytes(path.read_bytes()[:-1])

    told = _run("tiles", logged.log, "--public", logged.public_folder, "--out", tmp_path / "out")

    assert told.exit_code == 1
    assert "not written" in told.output
