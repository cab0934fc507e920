"""The logs of several workers in one folder."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.shares import gateway_folder, logs_of
from guardrail_gw.cli.audit import command
from tests.support.audit_world import SteadyClock, World, pair, world


def logged(made: World, folder: Path, clock: SteadyClock, count: int) -> None:
    """A log in a folder, with so many exchanges."""
    ledger = Ledger(folder, made.keys, clock, Limits())
    ledger.open()
    for number in range(count):
        clock.pass_s(1)
        ledger.append([pair(number)])
    ledger.close()


@pytest.fixture
def made(tmp_path: Path) -> World:
    """A gateway that had one process, then eleven, of which three wrote a log."""
    clock = SteadyClock()
    made = world(tmp_path)
    for name, count in ((".", 1), ("w0", 2), ("w2", 1), ("w10", 1)):
        logged(made, made.log / name, clock, count)
    (made.log / "w7").mkdir()
    (made.log / "words").mkdir()
    return made


def run(*arguments: object) -> Result:
    """An auditor's command."""
    return CliRunner().invoke(command, [*map(str, arguments)])


def test_every_log_is_found_in_the_order_of_workers(made: World) -> None:
    """The folder's own first; what holds no segment, or has another name, is none."""
    found = [path.relative_to(made.log).as_posix() for path in logs_of(made.log)]

    assert found == [".", "w0", "w2", "w10"]
    assert gateway_folder(made.log / "w10") == gateway_folder(made.log) == made.log


def test_a_folder_of_one_log_is_that_log(made: World) -> None:
    """A worker's folder, and one that is empty: whoever reads it says so."""
    assert logs_of(made.log / "w0") == (made.log / "w0",)
    assert logs_of(made.log / "w7") == (made.log / "w7",)


def test_all_are_verified_and_the_gravest_verdict_counts(made: World) -> None:
    """Each by itself; a bit that somebody turned in one of them fails the whole."""
    well = run("verify", made.log, "--json")
    segment = next((made.log / "w2").glob("*.seg"))
    data = bytearray(segment.read_bytes())
    data[len(data) // 2] ^= 1
    segment.write_bytes(data)

    broken = run("verify", made.log, "--json")

    assert well.exit_code == 0, well.output
    assert [Path(each["folder"]).name for each in json.loads(well.stdout)][1:] == [
        "w0",
        "w2",
        "w10",
    ]
    assert len({each["origin"] for each in json.loads(well.stdout)}) == 4
    assert broken.exit_code == 1
    assert run("verify", made.log / "w0").exit_code == 0


def test_they_merge_into_one_timeline(made: World) -> None:
    """A gateway's folder stands for all of them."""
    told = run("merge", made.log, "--json")

    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert [line["verdict"] for line in lines[:4]] == ["ok"] * 4
    assert sum(line.get("kind") == "intent" for line in lines) == 5


def test_a_checkpoint_is_of_one_log(made: World) -> None:
    """For several it has to be said whose it is."""
    point = next((made.log / "w0").glob("*.ckpt"))

    told = run("verify", made.log, "--checkpoint", point)

    assert told.exit_code == 2
    assert "that worker's folder" in told.output
