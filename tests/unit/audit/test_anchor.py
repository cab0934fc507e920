"""A log that is put back, forked, or taken away, while its last checkpoint is kept elsewhere."""

import shutil
from pathlib import Path

import pytest

from guardrail_gw.audit.down import LedgerDownError
from guardrail_gw.audit.findings import Code, Verdict
from guardrail_gw.audit.keepers import Keepers
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.registry import ORIGINS
from guardrail_gw.audit.report import Report
from guardrail_gw.audit.review import Elsewhere, verify_directory
from guardrail_gw.audit.segments import segment_firsts
from guardrail_gw.audit.standing import origin_of, read_listing, standing
from tests.support.audit_world import SteadyClock, World, pair, world


@pytest.fixture
def made(tmp_path: Path) -> World:
    """Keys and a place of their own."""
    return world(tmp_path)


def begun(made: World, pairs: int = 20, limits: Limits | None = None) -> Ledger:
    """A ledger with a registry that holds some pairs, each signed."""
    keepers = Keepers(registry=made.registry())
    ledger = made.ledger(SteadyClock(), limits or Limits(checkpoint_records=1), keepers)
    ledger.open()
    for number in range(pairs):
        ledger.append([pair(number)])
        ledger.tend()
    return ledger


def crashed(ledger: Ledger) -> None:
    """What the end of its process does, without a word to the log."""
    ledger._close_files()  # noqa: SLF001 - a crash
    ledger._unlock()  # noqa: SLF001 - ditto


def judged_beside(made: World, folder: Path | None = None) -> Report:
    """What `verify` says with the registry."""
    return verify_directory(
        folder or made.log, made.public_folder, elsewhere=Elsewhere(registry=made.registry_folder)
    )


def test_a_log_goes_on_where_the_registry_saw_it(made: World) -> None:
    """After an orderly end and after a crash the log keeps its origin, and verifies beside it."""
    begun(made).close()
    crashed(begun(made))
    begun(made, limits=Limits(epoch_records=8, checkpoint_records=3)).close()

    report = judged_beside(made)
    assert (report.verdict, report.findings) == (Verdict.OK, ())
    assert not list(made.log.glob("quarantine-*"))


def test_a_crash_between_both_checkpoints(made: World) -> None:
    """The registry is ahead by the checkpoint that the log did not write: the log goes on."""
    ledger = begun(made)
    point = next(made.log.glob("*.ckpt"))
    notes = point.read_bytes()
    crashed(ledger)
    point.write_bytes(_without_last(notes))

    begun(made).close()

    assert len(segment_firsts(made.log)) == 2
    assert not list(made.log.glob("quarantine-*"))


def _without_last(notes: bytes) -> bytes:
    """A checkpoint file as it was before its last note of seven lines."""
    return b"".join(notes.splitlines(keepends=True)[:-7])


@pytest.mark.parametrize("closed", [True, False])
def test_a_log_put_back_is_set_aside(made: World, tmp_path: Path, *, closed: bool) -> None:
    """The whole folder as it was earlier: a new log begins and names what is missing."""
    ledger = begun(made)
    ledger.close() if closed else crashed(ledger)
    shutil.copytree(made.log, tmp_path / "earlier")
    begun(made).close()
    shutil.rmtree(made.log)
    shutil.copytree(tmp_path / "earlier", made.log)
    seen = judged_beside(made)

    begun(made).close()

    after = judged_beside(made)
    assert seen.verdict is Verdict.TAMPERED
    assert seen.findings[0].code is Code.KEPT_ROLLED_BACK
    assert (after.verdict, after.findings[0].code) == (Verdict.INCOMPLETE, Code.LOG_CONTINUED)
    assert judged_beside(made, made.log / "quarantine-0").verdict is Verdict.TAMPERED


def test_a_folder_that_was_emptied_is_noticed(made: World) -> None:
    """A log that begins where one was seen names that one as the log before it."""
    begun(made).close()
    first = origin_of(made.log)
    shutil.rmtree(made.log)

    begun(made).close()

    report = judged_beside(made)
    assert origin_of(made.log) != first
    assert report.verdict is Verdict.INCOMPLETE
    assert not list(made.log.glob("quarantine-*"))


def test_of_two_copies_one_goes_on(made: World, tmp_path: Path) -> None:
    """A second process on a copy of the log gets no record acknowledged under its name."""
    begun(made).close()
    origin = origin_of(made.log)
    shutil.copytree(made.log, tmp_path / "copy")
    copy = Ledger(
        tmp_path / "copy", made.keys, SteadyClock(), Limits(), Keepers(registry=made.registry())
    )
    copy.open()
    first = begun(made, pairs=3)
    assert origin_of(made.log) != origin  # the copy was first, so this one was set aside
    copy.append([pair(7)])

    copy.close()
    first.close()

    assert origin_of(tmp_path / "copy") == origin
    assert judged_beside(made, tmp_path / "copy").verdict is Verdict.OK


def test_a_copy_that_lags_signs_nothing(made: World, tmp_path: Path) -> None:
    """Both run; when one has signed, the other can sign no more and is down."""
    ledger = begun(made)
    lagging = made.registry()
    lagging.last(ledger.append([pair(1)])[0][0].origin)
    ledger.tend()

    ledger.keepers.registry._known.update(lagging._known)  # type: ignore[union-attr]  # noqa: SLF001 - what a copy knows
    ledger.append([pair(2)])
    with pytest.raises(LedgerDownError, match="another process"):
        ledger.tend()

    assert not ledger.is_open


def test_without_the_registry_nothing_begins(made: World) -> None:
    """When the registry cannot be read or is not the origin key's, the log is down."""
    begun(made).close()
    before = sorted(made.log.iterdir())
    (made.registry_folder / ORIGINS).write_bytes(b"nothing\n")

    with pytest.raises(LedgerDownError, match="not signed"):
        begun(made)
    shutil.rmtree(made.registry_folder)
    made.registry_folder.write_text("in the way")
    with pytest.raises(LedgerDownError):
        begun(made)

    assert sorted(made.log.iterdir()) == before


def test_a_missing_log_of_several_is_noticed(made: World, tmp_path: Path) -> None:
    """Of two workers' logs one is taken away: the registry still lists it, with what it had."""
    for worker in ("a", "b"):
        ledger = Ledger(
            tmp_path / "logs" / worker,
            made.keys,
            SteadyClock(),
            Limits(),
            Keepers(registry=made.registry()),
        )
        ledger.open()
        ledger.append([pair(1)])
        ledger.close()
    shutil.rmtree(tmp_path / "logs" / "b")

    found = standing(read_listing(made.registry_folder, made.public.origin), [tmp_path / "logs"])

    assert [each.missing for each in found] == [False, True]
    assert found[1].point is not None
    assert found[1].point.size == 4


def test_a_log_that_is_not_listed_is_tampered(made: World, tmp_path: Path) -> None:
    """A log of the origin key that the registry does not list was begun around it."""
    begun(made).close()
    plain = Ledger(tmp_path / "plain", made.keys, SteadyClock(), Limits())
    plain.open()
    plain.close()

    report = judged_beside(made, tmp_path / "plain")

    assert report.verdict is Verdict.TAMPERED
    assert report.findings[0].code is Code.REGISTRY_UNLISTED


def test_a_kept_checkpoint_does_not_stand_in_for_the_registry(made: World, tmp_path: Path) -> None:
    """A log cut back to behind the auditor's own checkpoint is found by the registry's."""
    ledger = begun(made, 5)
    kept, old = tmp_path / "kept", tmp_path / "old"
    kept.write_bytes(next(made.registry_folder.glob("*.checkpoint")).read_bytes())
    for number in range(5):
        ledger.append([pair(number)])
        ledger.tend()
    shutil.copytree(made.log, old)
    for number in range(5):
        ledger.append([pair(number)])
        ledger.tend()
    ledger.close()

    beside = Elsewhere(registry=made.registry_folder)
    now = verify_directory(made.log, made.public_folder, checkpoint=kept, elsewhere=beside)
    back = verify_directory(old, made.public_folder, checkpoint=kept, elsewhere=beside)

    assert now.verdict is Verdict.OK
    assert (back.verdict, back.findings[-1].code) == (Verdict.TAMPERED, Code.KEPT_ROLLED_BACK)


def test_a_registry_that_lost_a_checkpoint(made: World) -> None:
    """Whoever takes the registry's checkpoint away cannot set the log back unseen.

    The reader is told that it is missing, and a gateway begins another log.
    """
    begun(made).close()
    (point,) = made.registry_folder.glob("*.checkpoint")
    point.unlink()

    told = judged_beside(made)
    begun(made).close()

    assert (told.verdict, [f.code for f in told.findings]) == (
        Verdict.INCOMPLETE,
        [Code.REGISTRY_SILENT],
    )
    assert len(list(made.log.glob("quarantine-*"))) == 1


def test_a_registry_that_is_new_to_a_log(made: World) -> None:
    """A log that was begun without a registry goes on with one."""
    begun_without = made.ledger(SteadyClock())
    begun_without.open()
    begun_without.append([pair(1)])
    begun_without.close()

    begun(made).close()

    assert judged_beside(made).verdict is Verdict.OK
    assert not list(made.log.glob("quarantine-*"))
