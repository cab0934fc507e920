"""The commands that make and change keys, as people use them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from guardrail_gw.cli.main import commands
from guardrail_gw.keys.recipients import Reach
from tests.support.governed import governed, governors


def _run(*arguments: object, passphrases: Path | None = None) -> Result:
    before = ["--passphrase-file", str(passphrases)] if passphrases else []
    return CliRunner().invoke(commands, [*before, *map(str, arguments)])


def test_no_passphrase_no_keys(tmp_path: Path) -> None:
    """Where nobody can be asked, `init` makes no key without a passphrase, unless told so."""
    refused = _run("keys", "init", tmp_path / "a")
    made = _run("keys", "init", tmp_path / "b", "--unprotected")

    assert "passphrase is needed" in str(refused.exception)
    assert not list((tmp_path / "a" / "auditors").glob("*"))
    assert made.exit_code == 0


def test_a_change_needs_two(tmp_path: Path) -> None:
    """`add` drafts, one signature is not enough, two are; `recipients` shows it at each step."""
    folders = governed(tmp_path / "keys")
    one, two = governors(folders)
    written_to = tmp_path / "escrow.key"
    phrases = tmp_path / "phrases"
    phrases.touch(mode=0o600)
    phrases.write_text("correct horse battery\n")

    drafted = _run(
        "keys", "add", folders.public, "escrow", "--out", written_to, passphrases=phrases
    )
    shown = _run("keys", "recipients", folders.public, "--draft", "--json")
    first = _run("keys", "sign", folders.public, "--key", one)
    second = _run("keys", "sign", folders.public, "--key", two)
    after = _run("keys", "recipients", folders.public, "--json")

    assert drafted.exit_code == 0, drafted.output
    assert b"ENCRYPTED" in written_to.read_bytes()
    assert (shown.exit_code, first.exit_code, second.exit_code) == (1, 1, 0)
    assert json.loads(shown.output)["missing"]
    said = {r["name"]: r for r in json.loads(after.output)["recipients"]}
    assert said["escrow"][Reach.FULL] == "with auditor or dpo"
    assert said["soc"][Reach.REDACTED] == "-"


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (("--recipient", "soc", "--out", "new.key"), "soc-2"),
        (("--governor", "governor-one", "--out", "new.key"), "governor-one-2"),
        (("--origin", "keys/gateway"), "log.example.2"),
        ((), "Version 2"),
        (("--remove", "soc"), "Keep the private key of soc"),
    ],
)
def test_each_kind_of_rotation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...], name: str
) -> None:
    """A recipient, a governor, the gateway's key, or the date alone: signed by two, it counts."""
    monkeypatch.chdir(tmp_path)
    folders = governed(tmp_path / "keys")
    phrases = tmp_path / "phrases"
    phrases.touch(mode=0o600)
    phrases.write_text("correct horse battery\n")
    signers = [option for path in governors(folders) for option in ("--sign", path)]
    if "--governor" in options:
        signers += ["--sign", "new.key"]

    told = _run("keys", "rotate", folders.public, *options, *signers, passphrases=phrases)
    shown = _run("keys", "recipients", folders.public)

    assert told.exit_code == 0, told.output
    assert name in told.output
    assert "Version 2" in shown.output


def test_one_thing_at_a_time(tmp_path: Path) -> None:
    """Two changes in one rotation are refused."""
    folders = governed(tmp_path / "keys")

    told = _run("keys", "rotate", folders.public, "--remove", "soc", "--suite", 2)

    assert told.exit_code == 2
    assert "at most one" in told.output


def test_a_drill_is_recorded(tmp_path: Path) -> None:
    """The record says what was tried and found, line by line, and the exit code says it again."""
    folders = governed(tmp_path / "keys")
    keys = [option for path in folders.auditors.iterdir() for option in ("--key", path)]
    record = tmp_path / "drills.jsonl"

    whole = _run("keys", "drill", folders.public, *keys, "--record", record)
    partly = _run("keys", "drill", folders.public, *keys[:2], "--record", record)

    lines = [json.loads(line) for line in record.read_text().splitlines()]
    assert (whole.exit_code, partly.exit_code) == (0, 2)
    assert [line["result"] for line in lines] == [0, 2]
    assert {t["fresh"] for t in lines[0]["tried"]} == {"opened"}
