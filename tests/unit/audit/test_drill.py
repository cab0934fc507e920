"""A drill finds the key that is lost before it is needed."""

from dataclasses import replace
from pathlib import Path

import pytest

from guardrail_gw.audit.drill import Drill, Result, drill
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.errors import ConfigError
from guardrail_gw.keys import change
from guardrail_gw.keys.audit_keys import load_audit_keys, load_public
from guardrail_gw.keys.generate import Ceremony, KeyFolders, make_recipient
from guardrail_gw.keys.private import RecipientKey, load_recipient
from tests.support.audit_world import SteadyClock, pair
from tests.support.governed import NOW_US, added, governed, in_force, next_text


def _log(folders: KeyFolders, directory: Path) -> Path:
    keys = load_audit_keys(folders.gateway, folders.public, now_us=NOW_US)
    ledger = Ledger(directory, keys, SteadyClock(), Limits())
    ledger.open()
    ledger.append([pair(1)])
    ledger.close()
    return directory


def _keys(folders: KeyFolders) -> dict[str, RecipientKey]:
    return {path.stem: load_recipient(path) for path in folders.auditors.iterdir()}


def _found(drilled: Drill) -> dict[str, set[str]]:
    return {
        result: {f"{t.reader} {t.level}" for t in drilled.tried if t.result is result}
        for result in Result
    }


@pytest.mark.parametrize("suite", [1, 2])
def test_everyone_opens_everything_of_theirs(tmp_path: Path, suite: int) -> None:
    """With every key at hand all levels open, fresh and in the log, under either suite."""
    folders = governed(tmp_path / "keys", suite=suite)
    log = _log(folders, tmp_path / "log")

    drilled = drill(load_public(folders.public), _keys(folders).values(), log=log, at_us=1)

    assert drilled.exit_code == 0
    assert _found(drilled)[Result.OPENED] == {
        "auditor meta",
        "dpo meta",
        "soc meta",
        "auditor redacted",
        "dpo redacted",
        "auditor+dpo full",
    }
    assert len({t.proof for t in drilled.tried}) == 6


def test_an_absent_key_is_named(tmp_path: Path) -> None:
    """A reader whose key was not given is named, alone and in pairs; the exit code is 2."""
    folders = governed(tmp_path)
    keys = [key for name, key in _keys(folders).items() if name != "dpo"]

    drilled = drill(load_public(folders.public), keys, log=None, at_us=1)

    assert drilled.exit_code == 2
    assert _found(drilled)[Result.ABSENT] == {"dpo meta", "dpo redacted", "auditor+dpo full"}


def test_a_log_that_is_sealed_to_others_fails(tmp_path: Path) -> None:
    """Who became a recipient after the newest epoch does not open it; the exit code is 1."""
    folders = governed(tmp_path / "keys")
    log = _log(folders, tmp_path / "log")
    added(folders)

    drilled = drill(load_public(folders.public), _keys(folders).values(), log=log, at_us=1)

    assert drilled.exit_code == 1
    failed = [t for t in drilled.tried if t.result is Result.FAILED]
    assert {t.reader for t in failed} == {"escrow", "auditor+escrow", "dpo+escrow"}
    assert {t.fresh for t in failed} == {Result.OPENED}


def test_one_reader_checks_another(tmp_path: Path) -> None:
    """Every other reader of the level finds the same proof, and another for another time."""
    folders = governed(tmp_path / "keys")
    material, log = load_public(folders.public), _log(folders, tmp_path / "log")
    keys = _keys(folders)

    both = drill(material, keys.values(), log=log, at_us=1)
    alone = drill(material, [keys["dpo"]], log=log, at_us=1)
    later = drill(material, [keys["dpo"]], log=log, at_us=2)

    proofs = [
        next(t.proof for t in each.tried if (t.reader, t.level) == ("dpo", "meta"))
        for each in (both, alone, later)
    ]
    assert proofs[0] == proofs[1] != proofs[2]


def test_after_a_rotation_old_and_new_keys_open_their_part(tmp_path: Path) -> None:
    """The next key opens what is sealed now, the old one what was sealed before."""
    folders = governed(tmp_path / "keys", ("auditor", "escrow"), suite=1)
    old_log = _log(folders, tmp_path / "old")
    for name in ("auditor", "escrow"):
        new = make_recipient(
            f"{name}-2:{name}", folders.auditors / f"{name}-2.key", Ceremony(suite=2)
        )
        in_force(folders, change.with_recipient(next_text(folders), new, instead_of=name))
    in_force(folders, replace(next_text(folders), suite=2))
    new_log = _log(folders, tmp_path / "new")
    material, keys = load_public(folders.public), _keys(folders)

    now = drill(material, [keys["auditor-2"], keys["escrow-2"]], log=new_log, at_us=1)
    before = drill(material, [keys["auditor-2"], keys["escrow-2"]], log=old_log, at_us=1)

    assert (now.serial, now.exit_code, before.exit_code) == (4, 0, 1)


def test_nothing_to_try(tmp_path: Path) -> None:
    """A folder without a log, and keys that nobody governs, are refused in words."""
    folders = governed(tmp_path / "keys")
    material = load_public(folders.public)
    (tmp_path / "empty").mkdir()

    with pytest.raises(ConfigError, match="holds no log"):
        drill(material, [], log=tmp_path / "empty", at_us=1)
    with pytest.raises(ConfigError, match="no signed text"):
        drill(replace(material, versions=()), [], log=None, at_us=1)
