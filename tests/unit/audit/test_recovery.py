"""What a log says of its keys before it is opened, so that none is rolled back."""

import os
from pathlib import Path

import pytest

from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.recovery import named_origin, named_recipients
from guardrail_gw.audit.segments import segment_name
from guardrail_gw.keys.audit_keys import NO_FLOOR, AuditKeys, load_audit_keys
from guardrail_gw.keys.generate import KeyFolders
from tests.support.audit_world import SteadyClock, pair
from tests.support.governed import NOW_US, added, governed


def _write(directory: Path, keys: AuditKeys) -> None:
    ledger = Ledger(directory, keys, SteadyClock(), Limits())
    ledger.open()
    ledger.append([pair(1)])
    ledger.close()


def _keys(folders: KeyFolders) -> AuditKeys:
    return load_audit_keys(folders.gateway, folders.public, now_us=NOW_US)


def test_no_log_names_nothing(tmp_path: Path) -> None:
    """A folder that is not there, or empty, says nothing."""
    assert named_recipients(tmp_path / "none") == named_recipients(tmp_path) == NO_FLOOR
    assert named_origin(tmp_path / "none") is named_origin(tmp_path) is None


def test_the_newest_epoch_counts(tmp_path: Path) -> None:
    """After a change of recipients the next start names it, whatever was named before."""
    folders = governed(tmp_path / "keys")
    _write(tmp_path / "log", _keys(folders))
    before = named_recipients(tmp_path / "log")
    added(folders)
    _write(tmp_path / "log", _keys(folders))

    after = named_recipients(tmp_path / "log")

    assert (before.serial, after.serial) == (1, 2)
    assert after.digest == _keys(folders).digest
    assert (named_origin(tmp_path / "log") or "").startswith("log.example/")


def test_a_damaged_log_still_counts(tmp_path: Path) -> None:
    """A log that was set aside, or whose newest segment cannot be read, says what it can."""
    folders, log = governed(tmp_path / "keys"), tmp_path / "log"
    added(folders)
    _write(log, _keys(folders))
    (log / "quarantine-0").mkdir()
    for path in list(log.glob("*.*")):
        path.rename(log / "quarantine-0" / path.name)
    (log / segment_name(0)).write_bytes(b"\0" * 40)

    assert named_recipients(log).serial == 2
    assert named_origin(log) is None


def test_what_a_killed_process_left_in_memory_is_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a start goes on with unsigned records they are on disk, or a power cut breaks it."""
    folders, log, synced = governed(tmp_path / "keys"), tmp_path / "log", list[int]()
    killed = Ledger(log, _keys(folders), SteadyClock(), Limits())
    killed.open()
    killed.append([pair(1)])
    killed._close_files()  # noqa: SLF001 - as the kernel would
    killed._unlock()  # noqa: SLF001 - ditto
    left = (log / segment_name(0)).stat().st_ino
    monkeypatch.setattr(
        "guardrail_gw.audit.segments.os.fdatasync",
        lambda handle: synced.append(os.fstat(handle).st_ino),
    )

    ledger = Ledger(log, _keys(folders), SteadyClock(), Limits())
    ledger.open()
    ledger.close()

    assert synced[0] == left
    assert synced.count(left) == 1
