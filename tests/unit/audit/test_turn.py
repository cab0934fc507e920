"""One epoch ends and the next begins while the disk is still being asked."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from guardrail_gw.audit import ledger as ledger_module
from guardrail_gw.audit.down import LedgerDownError
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.segments import AppendFile, segment_firsts
from guardrail_gw.audit.verify import Report, Verdict
from tests.support.audit_world import SteadyClock, World, files, judged, pair, world


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One set of keys; every test has its own log."""
    return world(tmp_path_factory.mktemp("keys"))


@pytest.fixture
def full(keyed: World, tmp_path: Path) -> tuple[Ledger, SteadyClock]:
    """A log whose epoch is over with what is written, but has not ended yet."""
    clock = SteadyClock()
    ledger = Ledger(tmp_path / "log", keyed.keys, clock, Limits(epoch_records=2))
    ledger.open()
    ledger.append([pair(1)])
    return ledger, clock


def _failing(*_: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


def _judged(keyed: World, log: Path, clock: SteadyClock) -> Report:
    return judged(files(log), keyed.public, now_us=clock.now_us())


def test_a_name_that_the_disk_refuses_stops_the_next_records(
    keyed: World,
    full: tuple[Ledger, SteadyClock],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """What comes behind a name that was not confirmed is refused; the log then goes on."""
    ledger, clock = full
    with monkeypatch.context() as broken:
        broken.setattr(ledger_module, "sync_directory", _failing)
        ledger.tend()

        with pytest.raises(LedgerDownError):
            ledger.append([pair(2)])
    ledger.open()
    ledger.append([pair(3)])
    ledger.close()

    report = _judged(keyed, tmp_path / "log", clock)
    assert report.verdict is Verdict.OK
    assert report.kinds == {"epoch": 3, "intent": 2, "outcome": 2, "gap": 1, "shutdown": 1}


def test_nothing_is_signed_behind_a_name_that_the_disk_refuses(
    full: tuple[Ledger, SteadyClock], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The epoch's own record is not signed either; before, its checkpoint file is empty."""
    ledger, clock = full
    with monkeypatch.context() as broken:
        broken.setattr(ledger_module, "sync_directory", _failing)
        ledger.tend()
        clock.pass_s(2)

        with pytest.raises(LedgerDownError):
            ledger.tend()

    last = segment_firsts(tmp_path / "log")[-1]
    assert (tmp_path / "log" / f"{last:020d}.ckpt").read_bytes() == b""
    assert not ledger.is_open
    ledger.close()


def test_an_epoch_gets_no_name_before_the_one_before_it_is_signed_for_good(
    keyed: World,
    full: tuple[Ledger, SteadyClock],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Checkpoints that the disk does not take leave the next segment without its name."""
    ledger, clock = full
    with monkeypatch.context() as broken:
        broken.setattr(AppendFile, "sync", _failing)

        with pytest.raises(LedgerDownError):
            ledger.tend()

    assert segment_firsts(tmp_path / "log") == [0]
    assert not ledger.is_open
    ledger.open()
    ledger.close()
    report = _judged(keyed, tmp_path / "log", clock)
    assert report.verdict is Verdict.OK
    assert report.kinds["gap"] == 1


def test_the_disk_is_asked_in_order(
    full: tuple[Ledger, SteadyClock], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Checkpoints and first records are on disk before the name is given, the name before more."""
    ledger, _ = full
    asked: list[str] = []

    def noted(name: str, real: Callable[[int], None]) -> Callable[[int], None]:
        def ask(handle: int) -> None:
            real(handle)
            asked.append(f"{name} {Path(f'/proc/self/fd/{handle}').readlink().suffix}".strip())

        return ask

    real_rename = AppendFile.rename

    def rename(file: AppendFile, path: Path) -> None:
        asked.append("rename")
        real_rename(file, path)

    monkeypatch.setattr(AppendFile, "rename", rename)
    monkeypatch.setattr("guardrail_gw.audit.segments.os.fdatasync", noted("data", os.fdatasync))
    monkeypatch.setattr("guardrail_gw.audit.segments.os.fsync", noted("folder", os.fsync))

    ledger.tend()
    ledger.append([pair(2)])
    ledger.close()

    assert sorted(asked[:2]) == ["data .ckpt", "data .new"]
    assert asked[2:5] == ["rename", "folder", "data .seg"]
