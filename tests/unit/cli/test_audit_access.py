"""`guardrail-gw audit access`: every command that opens records leaves a look behind."""

import json
import re
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from guardrail_gw.audit.access import AccessLog, access_path, accesses
from guardrail_gw.audit.bundle import write_bundle
from guardrail_gw.cli import audit, cost
from guardrail_gw.errors import ConfigError
from tests.support.audit_world import SteadyClock, World, pair, world


@pytest.fixture
def logged(tmp_path: Path) -> World:
    """A closed log of two exchanges."""
    made = world(tmp_path)
    ledger = made.ledger(SteadyClock())
    ledger.open()
    ledger.append([pair(1), pair(2)])
    ledger.close()
    return made


def _run(group: click.Group, *arguments: object) -> Result:
    return CliRunner().invoke(group, [str(argument) for argument in arguments])


def _key(logged: World, name: str = "auditor") -> Path:
    return logged.home / "keys" / "auditors" / f"{name}.key"


@pytest.mark.parametrize(
    ("group", "name"),
    [(audit.command, "show"), (audit.command, "export"), (cost.command, "report")],
)
def test_opening_is_on_record(logged: World, group: click.Group, name: str) -> None:
    """First that somebody looks and why, afterwards which records were opened."""
    told = _run(group, name, logged.log, "--key", _key(logged), "--reason", "case 7")

    begun, ended = accesses(access_path(logged.log))
    assert told.exit_code == 0
    assert ended.act == f"{begun.act}.ended"
    assert (begun.reason, begun.records) == ("case 7", ())
    assert ended.records[0][1] in {4, 5}
    assert begun.intact
    assert ended.intact


def test_what_was_asked_is_on_record(logged: World) -> None:
    """A look for one request says so."""
    _run(audit.command, "show", logged.log, "--key", _key(logged), "--request", "r2")

    begun, ended = accesses(access_path(logged.log))
    assert begun.asked == {"request": "r2"}
    assert ended.records == ((3, 4),)


def test_without_a_record_nothing_is_shown(logged: World, tmp_path: Path) -> None:
    """Where the look cannot be written, no record is printed."""
    nowhere = tmp_path / "none" / "log.access"
    key = _key(logged)

    told = _run(audit.command, "show", logged.log, "--key", key, "--access", nowhere, "--json")

    assert isinstance(told.exception, ConfigError)
    assert told.stdout == ""


def test_looks_are_listed(logged: World) -> None:
    """A person sees when, which act, whose key, which records and why; machines get the same."""
    _run(audit.command, "show", logged.log, "--key", _key(logged), "--reason", "case 7")
    _run(audit.command, "show", logged.log, "--key", _key(logged, "escrow"))

    table = _run(audit.command, "access", logged.log, "--key", _key(logged))
    listed = json.loads(_run(audit.command, "access", logged.log, "--json").stdout)

    assert table.exit_code == 3
    assert table.stdout.count("you") == 2
    assert "case 7" in table.stdout
    assert listed["head"] in table.stdout.replace("\n", "")
    assert [look["act"] for look in listed["looks"]] == ["show", "show.ended"] * 2


def test_looks_into_an_archive_are_listed(logged: World) -> None:
    """As the guide for auditors says, the file beside the archive is checked without its reader."""
    archive = logged.home / "audit-bundle.zip"
    write_bundle(logged.log, logged.public_folder, archive)
    AccessLog(access_path(archive), logged.auditor, SteadyClock()).record("search", [3])

    table = _run(audit.command, "access", archive, "--key", _key(logged))

    assert table.exit_code == 0
    assert "search" in table.stdout


def test_a_time_and_a_hash_are_not_cut(logged: World) -> None:
    """In 80 columns both can be read and copied."""
    _run(audit.command, "show", logged.log, "--key", _key(logged), "--reason", "case 7 " * 20)
    looked = json.loads(_run(audit.command, "access", logged.log, "--json").stdout)

    lines = _run(audit.command, "access", logged.log).stdout.splitlines()

    assert any(line.endswith(looked["head"]) for line in lines)
    assert any(re.match(r" *\d{4}-\d\d-\d\d \d\d:\d\d:\d\d +show ", line) for line in lines)


def test_removed_looks_end_with_1(logged: World) -> None:
    """Looks taken out of the middle, or missing behind a kept one, are tampering."""
    for _ in range(2):
        _run(audit.command, "show", logged.log, "--key", _key(logged))
    path = access_path(logged.log)
    kept = json.loads(_run(audit.command, "access", logged.log, "--json").stdout)["head"]
    lines = path.read_bytes().splitlines(keepends=True)

    path.write_bytes(b"".join([*lines[:1], *lines[2:]]))
    middle = _run(audit.command, "access", logged.log)
    path.write_bytes(b"".join(lines[:2]))
    end = _run(audit.command, "access", logged.log, "--kept", kept)

    assert (middle.exit_code, end.exit_code) == (1, 1)
    assert "tampered" in middle.stdout


def test_a_reader_nobody_named_ends_with_3(logged: World) -> None:
    """A look by a key that nobody is named for is told: anybody can sign with one."""
    _run(audit.command, "show", logged.log, "--key", _key(logged))
    looked = json.loads(_run(audit.command, "access", logged.log, "--json").stdout)
    reader = looked["looks"][0]["reader"]

    known = _run(audit.command, "access", logged.log, "--reader", f"anna={reader}")
    other = _run(audit.command, "access", logged.log, "--reader", f"anna={'00' * 32}")
    wrong = _run(audit.command, "access", logged.log, "--reader", "anna")

    nobody = _run(audit.command, "access", logged.log)
    mine = _run(audit.command, "access", logged.log, "--key", _key(logged))

    assert (known.exit_code, other.exit_code, wrong.exit_code) == (0, 3, 2)
    assert (nobody.exit_code, mine.exit_code) == (3, 0)
    assert "who may look?" in nobody.stdout
    assert "anna" in known.stdout


def test_nobody_has_looked(logged: World) -> None:
    """No file is no look, and that is said."""
    told = _run(audit.command, "access", logged.log)

    assert told.exit_code == 0
    assert "no look" in " ".join(told.stdout.split())


def test_what_a_reader_wrote_does_nothing_to_a_terminal(logged: World) -> None:
    """A reason with control characters is shown as signs."""
    reason = "\x1b[2Jgone"
    _run(audit.command, "show", logged.log, "--key", _key(logged), "--reason", reason)

    told = _run(audit.command, "access", logged.log)

    assert "\x1b[2J" not in told.stdout
    assert "␛" in told.stdout
