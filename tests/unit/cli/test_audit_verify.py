"""`guardrail-gw audit verify`, for people and for machines, with its exit codes."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from guardrail_gw.cli.audit import command
from tests.support.audit_world import SteadyClock, World, intent, pair, world


@pytest.fixture
def logged(tmp_path: Path) -> World:
    """A closed log of two exchanges."""
    made = world(tmp_path)
    ledger = made.ledger(SteadyClock())
    ledger.open()
    ledger.append([pair(1), pair(2)])
    ledger.close()
    return made


def _run(log: Path, *arguments: object) -> Result:
    return CliRunner().invoke(command, ["verify", str(log), *map(str, arguments)])


def test_a_whole_log(logged: World) -> None:
    """Exit 0; machines get the counts by kind, people a panel."""
    person, machine = _run(logged.log), _run(logged.log, "--json")

    said = json.loads(machine.stdout)
    assert (person.exit_code, machine.exit_code) == (0, 0)
    assert "2 intent" in person.stdout
    assert said["kinds"] == {"epoch": 1, "intent": 2, "outcome": 2, "shutdown": 1}
    assert (said["verdict"], said["findings"]) == (0, [])


def test_a_finding_has_its_code(logged: World) -> None:
    """Exit 1 with code, sentence and place, for both."""
    segment = next(logged.log.glob("*.seg"))
    segment.write_bytes(segment.read_bytes()[:-1])

    person, machine = _run(logged.log), _run(logged.log, "--json")

    (finding, *_) = json.loads(machine.stdout)["findings"]
    assert (person.exit_code, machine.exit_code) == (1, 1)
    assert finding["code"] == "log.truncated"
    assert finding["file"] == segment.name
    assert "log.truncated" in person.stdout


def test_a_request_without_an_end(tmp_path: Path) -> None:
    """Exit 2, and which intent it is."""
    made = world(tmp_path)
    ledger = made.ledger(SteadyClock())
    ledger.open()
    ledger.append([[intent(1)]])
    ledger.close()

    told = _run(made.log, "--json")

    said = json.loads(told.stdout)
    assert told.exit_code == 2
    assert [unpaired["index"] for unpaired in said["unpaired"]] == [1]
    assert said["findings"][0]["code"] == "intent.unanswered"


def test_another_gateways_key(logged: World, tmp_path: Path) -> None:
    """Exit 3: nothing can be told."""
    other = world(tmp_path / "other", name="other.example")

    told = _run(logged.log, "--public", other.public_folder)

    assert told.exit_code == 3
    assert "log.other_key" in told.stdout
