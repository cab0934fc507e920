"""The log on disk: what survives, how it goes on after a crash, when it refuses to."""

import os
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

import pytest

from guardrail_gw.audit.down import LedgerDownError
from guardrail_gw.audit.frame import frames
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.review import show, verify_directory
from guardrail_gw.audit.segments import segment_firsts, segment_name
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.audit.writer import Bounds, Writer
from tests.support.audit_world import (
    SteadyClock,
    World,
    files,
    intent,
    judged,
    outcome,
    pair,
    world,
)


@pytest.fixture(scope="module")
def keyed(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One set of keys; every test has its own log."""
    return world(tmp_path_factory.mktemp("keys"))


def _ledger(keyed: World, log: Path, clock: SteadyClock, limits: Limits | None = None) -> Ledger:
    return Ledger(log, keyed.keys, clock, limits or Limits())


def _crash(ledger: Ledger) -> None:
    """Lose everything in memory: files are closed, nothing more is written."""
    ledger._close_files()  # noqa: SLF001 - a crash is not part of the interface
    ledger._now = None  # noqa: SLF001 - what a killed process leaves behind
    if ledger._lock is not None:  # noqa: SLF001 - what a killed process leaves behind
        ledger._lock.release()  # noqa: SLF001 - what a killed process leaves behind


def test_an_orderly_log_is_whole(keyed: World, tmp_path: Path) -> None:
    """Opened, written and closed, a log verifies, and all of it is signed."""
    clock = SteadyClock()
    ledger = _ledger(keyed, tmp_path / "log", clock)
    ledger.open()
    ledger.append([pair(1), pair(2)])
    ledger.close()

    report = judged(files(tmp_path / "log"), keyed.public, now_us=clock.now_us())

    assert report.verdict is Verdict.OK
    assert report.kinds == {"epoch": 1, "intent": 2, "outcome": 2, "shutdown": 1}
    assert report.signed == report.records == 6
    assert report.closed


def test_one_origin_across_restarts(keyed: World, tmp_path: Path) -> None:
    """Three process runs over one folder make one log of one origin."""
    clock = SteadyClock()
    for number in range(3):
        ledger = _ledger(keyed, tmp_path / "log", clock)
        ledger.open()
        ledger.append([pair(number)])
        ledger.close()

    report = judged(files(tmp_path / "log"), keyed.public)

    assert report.verdict is Verdict.OK
    assert report.records == 12
    assert (report.epochs, report.kinds["shutdown"]) == (3, 3)


def test_every_torn_tail_is_cut_and_told(keyed: World, tmp_path: Path) -> None:
    """Cut the last record at every byte: the log goes on, a gap record says how many bytes went."""
    clock, log = SteadyClock(), tmp_path / "log"
    ledger = _ledger(keyed, log, clock)
    ledger.open()
    ledger.append([[intent(1)]])
    first = (log / segment_name(0)).read_bytes()
    ledger.append([[outcome(of=1)]])
    data = (log / segment_name(0)).read_bytes()
    _crash(ledger)

    for end in range(len(first) + 1, len(data), 7):
        again = tmp_path / f"cut-{end}"
        again.mkdir()
        (again / segment_name(0)).write_bytes(data[:end])
        (again / "00000000000000000000.ckpt").touch()
        before = judged(files(again), keyed.public)
        ledger = _ledger(keyed, again, clock)
        ledger.open()
        ledger.close()
        after = judged(files(again), keyed.public)

        assert before.verdict is Verdict.INCOMPLETE
        assert after.kinds == {"epoch": 2, "gap": 1, "intent": 1, "shutdown": 1}
        assert [u.index for u in after.unpaired] == [1]
        assert {f.verdict for f in after.findings} == {Verdict.INCOMPLETE}
        assert f"{end - len(first)} bytes were cut before record 3 (torn)" in after.notes


def test_gap_explains_bytes_that_stay(keyed: World, tmp_path: Path) -> None:
    """If the cut itself was lost, the left-over bytes are accepted only as described."""
    clock, log = SteadyClock(), tmp_path / "log"
    ledger = _ledger(keyed, log, clock)
    ledger.open()
    ledger.append([pair(1)])
    _crash(ledger)
    segment = log / segment_name(0)
    whole, torn = segment.read_bytes(), segment.read_bytes()[:40]
    segment.write_bytes(whole + torn)
    ledger = _ledger(keyed, log, clock)
    ledger.open()
    ledger.close()
    assert segment.read_bytes() == whole

    left = files(log) | {segment.name: whole + torn}
    altered = files(log) | {segment.name: whole + torn[:-1] + b"\x00"}

    assert judged(left, keyed.public).verdict is Verdict.OK
    assert judged(altered, keyed.public).verdict is Verdict.TAMPERED


def _flip_middle(log: Path) -> None:
    path = log / segment_name(0)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def _cut_below_checkpoint(log: Path) -> None:
    path = log / segment_name(0)
    path.write_bytes(path.read_bytes()[:-300])


def _remove_segment(log: Path) -> None:
    (log / segment_name(0)).unlink()


def _alter_checkpoint(log: Path) -> None:
    """Another root."""
    path = log / "00000000000000000000.ckpt"
    origin, size, root, rest = path.read_bytes().split(b"\n", 3)
    other = (b"B" if root[:1] == b"A" else b"A") + root[1:]
    path.write_bytes(b"\n".join((origin, size, other, rest)))


def _rewrite_record(log: Path) -> None:
    """Another decision of the same length, with a right crc."""
    path = log / segment_name(0)
    data = bytearray(path.read_bytes())
    frame = list(frames(bytes(data)))[1]
    at = data.index(b'"dec":"allowed"', frame.at)
    data[at : at + 15] = b'"dec":"refused"'
    data[frame.at + 4 : frame.at + 8] = crc32(data[frame.at + 8 : frame.end]).to_bytes(4, "big")
    path.write_bytes(bytes(data))


def _forge_signature(log: Path) -> None:
    """The right size and root, but a signature that the origin key did not make."""
    path = log / "00000000000000000000.ckpt"
    data = bytearray(path.read_bytes())
    data[-20:-10] = b"A" * 10
    path.write_bytes(bytes(data))


@pytest.mark.parametrize(
    "damage",
    [_flip_middle, _cut_below_checkpoint, _alter_checkpoint, _rewrite_record, _forge_signature],
)
def test_damage_is_set_aside(keyed: World, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    """A log damaged before its end is not continued: it is moved away and a new origin names it."""
    clock, log = SteadyClock(), tmp_path / "log"
    ledger = _ledger(keyed, log, clock)
    ledger.open()
    ledger.append([pair(1), pair(2)])
    ledger.close()
    old = judged(files(log), keyed.public).origin
    damage(log)

    ledger = _ledger(keyed, log, clock)
    ledger.open()
    ledger.append([pair(3)])
    ledger.close()

    report = judged(files(log), keyed.public)
    quarantined = judged(files(log / "quarantine-0"), keyed.public)
    assert report.origin != old
    assert report.verdict is Verdict.INCOMPLETE
    assert [f.what for f in report.findings] == ["continues a log that was damaged and set aside"]
    assert quarantined.verdict is Verdict.TAMPERED


def test_a_deleted_log_is_begun_anew_and_found_missing(keyed: World, tmp_path: Path) -> None:
    """When the only segment is deleted, a checkpoint kept elsewhere tells."""
    clock, log = SteadyClock(), tmp_path / "log"
    ledger = _ledger(keyed, log, clock)
    ledger.open()
    ledger.append([pair(1)])
    ledger.close()
    kept = (log / "00000000000000000000.ckpt").read_bytes().rstrip(b"\n") + b"\n"
    _remove_segment(log)

    report = judged(files(log), keyed.public, kept=kept)

    assert report.verdict is Verdict.TAMPERED


def test_an_epoch_ends_by_count_and_by_time(keyed: World, tmp_path: Path) -> None:
    """A new epoch, with new keys in a new segment, begins after so many records or so long."""
    clock, log = SteadyClock(), tmp_path / "log"
    ledger = _ledger(keyed, log, clock, Limits(epoch_records=4, epoch_s=100))
    ledger.open()
    ledger.append([pair(1), pair(2)])
    ledger.tend()
    ledger.append([pair(3)])
    clock.pass_s(101)
    ledger.tend()
    ledger.close()

    report = judged(files(log), keyed.public)

    assert segment_firsts(log) == [0, 5, 9]
    assert (report.verdict, report.epochs) == (Verdict.OK, 3)
    assert len(list(show(log, [keyed.auditor]))) == report.records


def test_an_epoch_that_must_end_is_due_at_once(keyed: World, tmp_path: Path) -> None:
    """Records, bytes or time enough: the writer need not wait for a checkpoint to be told."""
    clock = SteadyClock()
    full = _ledger(keyed, tmp_path / "full", clock, Limits(epoch_records=2))
    large = _ledger(keyed, tmp_path / "large", clock, Limits(segment_bytes=1))
    old = _ledger(keyed, tmp_path / "old", clock, Limits(epoch_s=0.5))
    for ledger in (full, large, old):
        ledger.open()
        ledger.append([pair(1)])

    assert (full.due_s(), large.due_s(), old.due_s()) == (0.0, 0.0, 0.5)


def test_checkpoints_come_by_count_and_by_time(keyed: World, tmp_path: Path) -> None:
    """What is written is signed after so many records or one second; silence beats like a heart."""
    clock, log = SteadyClock(), tmp_path / "log"
    ledger = _ledger(keyed, log, clock, Limits(checkpoint_records=4, watch_s=3600))
    ledger.open()
    assert ledger.due_s() == 1.0
    ledger.append([pair(1), pair(2)])
    assert ledger.due_s() == 0.0
    ledger.tend()
    assert ledger.due_s() == 60.0
    ledger.append([pair(3)])
    clock.pass_s(1)
    ledger.tend()
    clock.pass_s(60)
    ledger.tend()
    _crash(ledger)

    report = judged(files(log), keyed.public)

    assert report.checkpoints == 2
    assert report.kinds["heartbeat"] == 1


def test_the_age_of_what_was_signed_last_is_known(keyed: World, tmp_path: Path) -> None:
    """None before the first checkpoint; then it grows with time, and each one begins it anew."""
    clock = SteadyClock()
    ledger = _ledger(keyed, tmp_path / "log", clock, Limits(watch_s=3600))
    writer = Writer(ledger, clock, Bounds())
    ledger.open()
    ages = [writer.signed_ago_s]
    for number in (1, 2):
        ledger.append([pair(number)])
        ledger.sign()
        clock.pass_s(90)
        ages.append(writer.signed_ago_s)
        clock.pass_s(30)
    ages.append(writer.signed_ago_s)
    ledger.close()

    assert ages == [None, 90, 90, 120]


def test_silence_needs_no_new_keys(keyed: World, tmp_path: Path) -> None:
    """A log that only beats stays in its epoch; the first record after ten minutes ends it."""
    clock, log = SteadyClock(), tmp_path / "log"
    ledger = _ledger(keyed, log, clock)
    ledger.open()
    for _ in range(12):
        clock.pass_s(61)
        ledger.tend()
    quiet = segment_firsts(log)
    ledger.append([pair(1)])
    ledger.tend()
    ledger.close()

    assert quiet == [0]
    assert segment_firsts(log) == [0, 15]
    assert judged(files(log), keyed.public).kinds["heartbeat"] == 12


@pytest.mark.parametrize("trick", ["unlink", "replace", "append"])
def test_a_touched_segment_is_poison(keyed: World, tmp_path: Path, trick: str) -> None:
    """A segment that was deleted, replaced or written by another is noticed before a write."""
    clock, log = SteadyClock(), tmp_path / "log"
    ledger = _ledger(keyed, log, clock)
    ledger.open()
    ledger.append([pair(1)])
    segment = log / segment_name(0)
    data = segment.read_bytes()
    if trick == "append":
        with segment.open("ab") as file:
            file.write(b"x")
    else:
        segment.unlink()
        if trick == "replace":
            segment.write_bytes(data)

    with pytest.raises(LedgerDownError):
        ledger.append([pair(2)])

    assert not ledger.is_open
    with pytest.raises(LedgerDownError):
        ledger.append([pair(3)])


@pytest.mark.parametrize("mended", [False, True])
def test_stored_bytes_are_read_back_before_signing(
    keyed: World, tmp_path: Path, *, mended: bool
) -> None:
    """A leaf that changed on disk after the write is never signed, not even with a right crc."""
    clock, log = SteadyClock(), tmp_path / "log"
    ledger = _ledger(keyed, log, clock)
    ledger.open()
    ledger.append([pair(1)])
    segment = log / segment_name(0)
    data = bytearray(segment.read_bytes())
    frame = list(frames(bytes(data)))[1]
    data[frame.at + 40] ^= 1
    if mended:
        data[frame.at + 4 : frame.at + 8] = crc32(data[frame.at + 8 : frame.end]).to_bytes(4, "big")
    with segment.open("r+b") as file:
        file.write(data)
    clock.pass_s(2)

    with pytest.raises(LedgerDownError):
        ledger.tend()

    assert (log / "00000000000000000000.ckpt").read_bytes() == b""


def test_two_processes_do_not_write_one_log(keyed: World, tmp_path: Path) -> None:
    """The second writer of a folder is refused, and gets its turn when the first is done."""
    clock, log = SteadyClock(), tmp_path / "log"
    one, two = _ledger(keyed, log, clock), _ledger(keyed, log, clock)
    one.open()

    with pytest.raises(LedgerDownError, match="another process"):
        two.open()
    one.close()
    two.open()
    two.close()

    assert judged(files(log), keyed.public).verdict is Verdict.OK


def test_a_folder_that_cannot_be_made(keyed: World, tmp_path: Path) -> None:
    """A path below a file is refused as a log folder, and can be opened once it is free."""
    (tmp_path / "log").write_text("in the way")
    ledger = _ledger(keyed, tmp_path / "log" / "deep", SteadyClock())

    with pytest.raises(LedgerDownError):
        ledger.open()
    (tmp_path / "log").unlink()
    ledger.open()
    ledger.close()

    assert judged(files(tmp_path / "log" / "deep"), keyed.public).verdict is Verdict.OK


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes to read-only folders")
def test_a_read_only_folder(keyed: World, tmp_path: Path) -> None:
    """A folder without write permission is refused."""
    log = tmp_path / "log"
    log.mkdir(mode=0o500)

    with pytest.raises(LedgerDownError):
        _ledger(keyed, log, SteadyClock()).open()


def test_what_a_failed_start_left_is_removed(keyed: World, tmp_path: Path) -> None:
    """A segment that never got its name is not part of the log and does not stop the next start."""
    clock, log = SteadyClock(), tmp_path / "log"
    log.mkdir()
    (log / "00000000000000000000.new").write_bytes(b"half")
    (log / "00000000000000000000.ckpt").write_bytes(b"")
    ledger = _ledger(keyed, log, clock)
    ledger.open()
    ledger.close()

    report = verify_directory(log, keyed.public_folder)

    assert report.verdict is Verdict.OK
    assert not list(log.glob("*.new"))
