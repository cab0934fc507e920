"""`guardrail-gw audit prove` and `check`, as an auditor runs them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from guardrail_gw.cli.audit import command
from tests.support.audit_world import SteadyClock, World, pair, world


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A closed log of one exchange."""
    made = world(tmp_path_factory.mktemp("logged"))
    ledger = made.ledger(SteadyClock())
    ledger.open()
    ledger.append([pair(1)])
    ledger.close()
    return made


def _run(*arguments: object) -> Result:
    return CliRunner().invoke(command, [str(argument) for argument in arguments])


def test_a_proof_checks_without_the_log(logged: World, tmp_path: Path) -> None:
    """What `prove` writes, `check` shows for a person and for a machine."""
    file = tmp_path / "intent.tlog-proof"
    _run("prove", logged.log, 1, "--out", file)

    person = _run("check", file, "--public", logged.public_folder)
    machine = _run("check", file, "--public", logged.public_folder, "--json")

    assert (person.exit_code, machine.exit_code) == (0, 0)
    assert "in the log" in person.output
    assert json.loads(machine.output)["kind"] == "intent"


def test_a_proof_goes_to_standard_output(logged: World, tmp_path: Path) -> None:
    """Without a file the proof itself is the output, byte for byte."""
    file = tmp_path / "intent.tlog-proof"
    _run("prove", logged.log, 1, "--out", file)

    told = _run("prove", logged.log, 1)

    assert told.stdout_bytes == file.read_bytes()


def test_what_cannot_be_proved(logged: World) -> None:
    """A record that is not there ends with 1 and says so."""
    told = _run("prove", logged.log, 99)

    assert told.exit_code == 1
    assert "no signed checkpoint covers a record 99" in " ".join(told.output.split())


def test_an_altered_proof(logged: World, tmp_path: Path) -> None:
    """A proof with another index shows nothing and ends with 1."""
    file = tmp_path / "intent.tlog-proof"
    _run("prove", logged.log, 1, "--out", file)
    file.write_bytes(file.read_bytes().replace(b"index 1", b"index 2"))

    told = _run("check", file, "--public", logged.public_folder)

    assert told.exit_code == 1
    assert "not shown" in told.output


def test_no_public_keys(tmp_path: Path) -> None:
    """Without the public keys anywhere near, the command says what is missing."""
    file = tmp_path / "some.tlog-proof"
    file.touch()

    told = _run("check", file)

    assert told.exit_code == 2
    assert "give --public" in told.output
