"""`guardrail-gw audit prove` and `check`, as an auditor runs them."""

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from guardrail_gw.audit.frame import framed, frames
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
    """A record that no checkpoint covers ends with 2 and says so."""
    told = _run("prove", logged.log, 99)

    assert told.exit_code == 2
    assert "no signed checkpoint covers a record 99" in " ".join(told.output.split())


def test_an_altered_proof(logged: World, tmp_path: Path) -> None:
    """A proof with another index shows nothing and ends with 1."""
    file = tmp_path / "intent.tlog-proof"
    _run("prove", logged.log, 1, "--out", file)
    file.write_bytes(file.read_bytes().replace(b"index 1", b"index 2"))

    told = _run("check", file, "--public", logged.public_folder)

    assert told.exit_code == 1
    assert "not shown" in told.output


def test_an_altered_log(logged: World, tmp_path: Path) -> None:
    """Of a log whose records are not those that were signed, nothing is proved: 1."""
    copy = tmp_path / "log"
    shutil.copytree(logged.log, copy)
    segment = next(copy.glob("*.seg"))
    first, *others = frames(segment.read_bytes())
    parts = [framed(f.leaf, f.meta, f.content, f.wrap) for f in others]
    segment.write_bytes(framed(first.leaf + b" ", wrap=first.wrap) + b"".join(parts))

    assert _run("prove", copy, 1).exit_code == 1


def test_what_cannot_be_told(logged: World, tmp_path: Path) -> None:
    """What is no proof, and a proof of another gateway's log, end with 3."""
    file = tmp_path / "intent.tlog-proof"
    _run("prove", logged.log, 1, "--out", file)
    other = world(tmp_path / "other", name="other.example")

    foreign = _run("check", file, "--public", other.public_folder)
    file.write_text("hello")
    nothing = _run("check", file, "--public", logged.public_folder)

    assert (foreign.exit_code, nothing.exit_code) == (3, 3)


def test_no_public_keys(tmp_path: Path) -> None:
    """Without the public keys anywhere near, the command says what is missing."""
    file = tmp_path / "some.tlog-proof"
    file.touch()

    told = _run("check", file)

    assert told.exit_code == 2
    assert "give --public" in told.output
