"""What a review needs, from a folder or an archive."""

import shutil
import stat
import zipfile
from dataclasses import replace
from pathlib import Path

import click
import pytest

from guardrail_gw.audit.bundle import write_bundle
from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.cli.review_log import Reviewed, indexed, reviewed
from guardrail_gw.keys.audit_keys import load_audit_keys
from tests.support.audit_world import SteadyClock, World, pair, world
from tests.support.governed import NOW_US, governed
from tests.support.review_index import march


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The log of March, packed."""
    keyed = march(world(tmp_path_factory.mktemp("march")))
    write_bundle(keyed.log, keyed.public_folder, keyed.home / "log.zip")
    return keyed


def test_only_a_log_comes_out_of_an_archive(logged: World, tmp_path: Path) -> None:
    """Whatever else is in it, and wherever it says it belongs, stays there."""
    archive = tmp_path / "log.zip"
    archive.write_bytes((logged.home / "log.zip").read_bytes())
    with zipfile.ZipFile(archive, "a") as more:
        for name in ("../evil.seg", "log/notes.txt", "/etc/cron.d/x", "public/run.py"):
            more.writestr(name, b"x")
    key = logged.home / "keys" / "auditors" / "auditor.key"

    with reviewed(archive, (key,), public=None, index=tmp_path / "index", access=None) as of:
        folder = of.log.directory.parent
        mode = stat.S_IMODE(folder.stat().st_mode)
        names = {path.name for path in folder.rglob("*") if path.is_file()}

    assert mode == 0o700
    assert names == {p.name for p in logged.log.iterdir() if p.name != "lock"} | {
        "auditor.pub",
        "escrow.pub",
        "origin.vkey",
        "recipients-1.note",
    }
    assert not folder.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.zip"]


def test_an_archive_is_held_to_the_signed_recipients(tmp_path: Path) -> None:
    """A gateway that sealed to fewer than two governors signed is found from the archive, too."""
    folders = governed(tmp_path / "keys")
    keys = load_audit_keys(folders.gateway, folders.public, now_us=NOW_US)
    fewer = replace(keys, recipients=keys.recipients[:2])
    ledger = Ledger(tmp_path / "log", fewer, SteadyClock(), Limits())
    ledger.open()
    ledger.append([pair(1)])
    ledger.close()
    write_bundle(tmp_path / "log", folders.public, tmp_path / "log.zip")
    key = folders.auditors / "auditor.key"

    with reviewed(
        tmp_path / "log.zip", (key,), public=None, index=tmp_path / "index", access=None
    ) as of:
        file, report = indexed(of)
        file.close()

    assert [found.code for found in report.findings] == [Code.RECIPIENTS_OTHER]


def _with(logged: World, log: Path, place: Path) -> Reviewed:
    key = logged.home / "keys" / "auditors" / "auditor.key"
    with reviewed(log, (key,), public=None, index=place, access=None) as of:
        file, report = indexed(of)
        assert report.records == file.number("records") == 50
        file.close()
        return of


def test_folder_and_archive_are_one_log(logged: World, tmp_path: Path) -> None:
    """An index made from one goes with the other; looks are kept beside what was opened."""
    folder = _with(logged, logged.log, tmp_path / "index")
    archive = _with(logged, logged.home / "log.zip", tmp_path / "index")

    assert folder.access.path == logged.home / "log.access"
    assert archive.access.path == logged.home / "log.zip.access"


def _opened(logged: World, archive: Path) -> None:
    key = logged.home / "keys" / "auditors" / "auditor.key"
    with reviewed(archive, (key,), public=None, index=archive.with_suffix(".index"), access=None):
        pass


def test_a_damaged_archive_is_said_in_words(logged: World, tmp_path: Path) -> None:
    """Wherever its bytes were changed: it opens whole, or it is refused."""
    whole = (logged.home / "log.zip").read_bytes()
    archive, refused = tmp_path / "log.zip", 0
    for at in range(0, len(whole), len(whole) // 40):
        archive.write_bytes(
            whole[:at] + bytes(b ^ 0xFF for b in whole[at : at + 8]) + whole[at + 8 :]
        )
        try:
            _opened(logged, archive)
        except click.UsageError:
            refused += 1

    assert refused > 20


def test_an_archive_that_begins_before_its_file_is_damaged(logged: World, tmp_path: Path) -> None:
    """Its end says where the first member lies: a place that no file has."""
    whole = bytearray((logged.home / "log.zip").read_bytes())
    end = whole.rindex(b"PK\x05\x06")
    whole[end + 16 : end + 20] = (1 << 28).to_bytes(4, "little")
    archive = tmp_path / "log.zip"
    archive.write_bytes(whole)

    with pytest.raises(click.UsageError, match="damaged"):
        _opened(logged, archive)


def test_an_archive_of_two_logs_is_refused(logged: World, tmp_path: Path) -> None:
    """A second segment of one name would show this reader another log than an unzip shows."""
    archive = tmp_path / "log.zip"
    archive.write_bytes((logged.home / "log.zip").read_bytes())
    with zipfile.ZipFile(archive, "a") as more:
        more.writestr("other/00000000000000000000.seg", b"x")

    with pytest.raises(click.UsageError, match="twice"):
        _opened(logged, archive)


def test_an_archive_larger_than_the_disk_is_not_begun(
    logged: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it says that it unpacks to is compared with what is free."""
    full = shutil.disk_usage(tmp_path)._replace(free=1000)
    monkeypatch.setattr("guardrail_gw.cli.review_log.shutil.disk_usage", lambda _: full)

    with pytest.raises(click.UsageError, match="unpacks to"):
        _opened(logged, logged.home / "log.zip")
