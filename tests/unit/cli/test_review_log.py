"""What a review needs, from a folder or an archive."""

import stat
import zipfile
from pathlib import Path

import pytest

from guardrail_gw.audit.bundle import write_bundle
from guardrail_gw.cli.review_log import Reviewed, indexed, reviewed
from tests.support.audit_world import World, world
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
    }
    assert not folder.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.zip"]


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
