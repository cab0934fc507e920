"""Files of a running log that somebody deletes, replaces or changes."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from guardrail_gw.audit.down import LedgerDownError, LedgerReplacedError
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.audit.writer import Bounds, Writer
from guardrail_gw.errors import AuditReplaced
from guardrail_gw.observability.clock import SystemClock
from tests.support.audit_world import SteadyClock, World, files, intent, judged, pair


def _gone(path: Path) -> None:
    path.unlink()


def _replaced(path: Path) -> None:
    copy = path.with_suffix(".copy")
    copy.write_bytes(path.read_bytes())
    copy.rename(path)


def _longer(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"x")


def _shorter(path: Path) -> None:
    os.truncate(path, path.stat().st_size - 1)


@pytest.mark.parametrize("name", ["*.seg", "*.ckpt", "lock"])
@pytest.mark.parametrize("change", [_gone, _replaced])
def test_another_file_is_noticed_while_nothing_is_written(
    keyed: World, tmp_path: Path, name: str, change: Callable[[Path], None]
) -> None:
    """Within a second, without a request, the log is down for a reason of its own."""
    clock = SteadyClock()
    ledger = Ledger(tmp_path, keyed.keys, clock, Limits())
    ledger.open()
    ledger.append([pair(1)])
    clock.pass_s(1)
    ledger.tend()  # nothing is left to sign
    change(next(tmp_path.glob(name)))
    clock.pass_s(1)
    due = ledger.due_s()

    with pytest.raises(LedgerReplacedError):
        ledger.tend()

    assert due <= 0
    assert not ledger.is_open


@pytest.mark.parametrize("change", [_longer, _shorter])
def test_a_changed_length_is_noticed(
    keyed: World, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    """A segment that grew or shrank without the writer is not written to any more."""
    clock = SteadyClock()
    ledger = Ledger(tmp_path, keyed.keys, clock, Limits())
    ledger.open()
    change(next(tmp_path.glob("*.seg")))
    clock.pass_s(1)

    with pytest.raises(LedgerReplacedError, match="by someone else"):
        ledger.tend()


def test_a_lock_that_another_took_is_respected(keyed: World, tmp_path: Path) -> None:
    """Behind a replaced lock another process writes: this one does not begin again."""
    clock = SteadyClock()
    ledger = Ledger(tmp_path, keyed.keys, clock, Limits())
    ledger.open()
    (tmp_path / "lock").unlink()
    clock.pass_s(1)
    with pytest.raises(LedgerReplacedError):
        ledger.tend()
    other = Ledger(tmp_path, keyed.keys, clock, Limits())
    other.open()

    with pytest.raises(LedgerDownError, match="another process"):
        ledger.open()
    other.close()

    assert judged(files(tmp_path), keyed.public).verdict is Verdict.OK


async def test_a_new_intent_is_refused_at_once(keyed: World, tmp_path: Path) -> None:
    """The first request after the deletion is refused with the code for it."""
    clock = SystemClock()
    writer = Writer(Ledger(tmp_path, keyed.keys, clock, Limits(watch_s=60)), clock, Bounds())
    writer.start()
    (stored,) = await writer.settled(writer.submit([intent(1)], begins=True))
    stored.path.unlink()

    with pytest.raises(AuditReplaced) as refused:
        await writer.settled(writer.submit([intent(2)], begins=True))
    await writer.close()

    assert refused.value.code == "audit.replaced"


async def test_an_idle_log_comes_back_by_itself(keyed: World, tmp_path: Path) -> None:
    """Nobody asks for anything, and yet the log is noticed, set aside, and begun anew."""
    clock, bounds = SystemClock(), Bounds(reopen_s=0.05)
    writer = Writer(Ledger(tmp_path, keyed.keys, clock, Limits(watch_s=0.05)), clock, bounds)
    writer.start()
    (stored,) = await writer.settled(writer.submit([intent(1)]))
    stored.path.unlink()

    for _ in range(2000):
        if list(tmp_path.glob("quarantine-*/*.ckpt")) and writer.tally.problem is None:
            break
        await asyncio.sleep(0.01)
    await writer.close()

    report = judged(files(tmp_path), keyed.public)
    assert report.verdict is Verdict.INCOMPLETE
    assert "damaged" in report.findings[0].what


def test_checkpoints_are_synced_once_a_second_and_at_each_end(
    keyed: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not for each checkpoint; but none waits longer than a second, or for the next epoch."""
    synced: list[str] = []
    real = os.fdatasync

    def fdatasync(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink().suffix)
        real(handle)

    monkeypatch.setattr("guardrail_gw.audit.segments.os.fdatasync", fdatasync)
    clock = SteadyClock()
    ledger = Ledger(tmp_path, keyed.keys, clock, Limits(checkpoint_records=1, epoch_records=8))
    ledger.open()
    counts: list[int] = []
    for pairs in (3, 0, 1, 0):  # within a second, a second later, a full epoch, the end
        for number in range(pairs):
            ledger.append([pair(number)])
            ledger.tend()
        if not pairs and counts == [0]:
            clock.pass_s(1)
            ledger.tend()
        elif not pairs:
            ledger.close()
        counts.append(synced.count(".ckpt"))

    assert counts == [0, 1, 2, 3]
