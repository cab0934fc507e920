"""Closed segments to an archive: what counts as archived, and what may go here."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from guardrail_gw.audit.archive import Archive, Archiver, Rule
from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.note import parse_checkpoints
from guardrail_gw.audit.pruned import Pruned
from guardrail_gw.audit.review import Elsewhere, verify_directory
from guardrail_gw.audit.segments import segment_firsts
from guardrail_gw.audit.standing import origin_of
from guardrail_gw.audit.store import FolderStore
from guardrail_gw.audit.verify import Verdict
from guardrail_gw.observability.clock import SystemClock
from tests.support.audit_world import SteadyClock, World, pair, world, written

_DAY_S = 86_400


@pytest.fixture
def made(tmp_path: Path) -> World:
    """Keys and a log of three closed segments and an open one."""
    made = world(tmp_path)
    written(made, 40, epoch_records=20)
    return made


class Later(SystemClock):
    """The present, some days on."""

    def __init__(self, days: float) -> None:
        self._days = days

    def now_us(self) -> int:
        return super().now_us() + round(self._days * _DAY_S * 1e6)


def _free(_path: Path) -> bool:
    return True


def _held(_path: Path) -> bool:
    return False


def _archive(
    made: World,
    store: FolderStore | None = None,
    *,
    rule: Rule | None = None,
    days: float = 0,
    may_go: Callable[[Path], bool] = _free,
) -> Archive:
    place = store or FolderStore(made.home / "archive")
    signed = replace(rule or Rule(), signer=made.keys.signer)
    return Archive(made.log, place, Later(days), signed, may_go)


def _archived(made: World) -> dict[str, bytes]:
    folder = made.home / "archive" / str(origin_of(made.log))
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_closed_segments_are_archived_as_they_are(made: World) -> None:
    """All but the open one, with their checkpoints, byte for byte; the last when all has ended."""
    archive = _archive(made)
    archive.sweep()
    before = _archived(made)
    archive.sweep(ended=True)

    mine = {p.name: p.read_bytes() for p in made.log.iterdir() if p.suffix in {".seg", ".ckpt"}}
    assert len(before) == len(mine) - 2
    assert _archived(made) == mine
    assert (archive.tally.segments, archive.tally.waiting) == (len(mine) // 2, 0)
    assert archive.tally.problem is None


def test_a_restart_goes_on_where_it_was(made: World) -> None:
    """Another process archives what is new; what is there counts if it is the same."""
    _archive(made).sweep(ended=True)
    written(made, 25, epoch_records=20)
    again = _archive(made)
    again.sweep()
    (made.log / "archived").unlink()
    anew = _archive(made)

    anew.sweep()

    assert again.tally.problem is None
    assert anew.tally.problem is None
    assert anew.tally.segments == len(segment_firsts(made.log)) - 1


class Forgetful(FolderStore):
    """A store that does not give back what it took."""

    def digest(self, name: str) -> str | None:
        return None if name.endswith("seg") else super().digest(name)


class Full(FolderStore):
    """A store that is full."""

    def put(self, name: str, file: BinaryIO, digest: str) -> None:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize(
    ("kind", "problem"), [(Forgetful, "does not give back"), (Full, "No space left")]
)
def test_what_is_not_read_back_is_not_archived(
    made: World, kind: type[FolderStore], problem: str
) -> None:
    """Nothing is removed because of it, it is told, and tried again."""
    archive = _archive(made, kind(made.home / "archive"), rule=Rule(keep_days=1), days=9)
    archive.sweep()
    told, count = archive.tally.problem, len(segment_firsts(made.log))
    healed = _archive(made)
    healed.sweep()

    assert problem in str(told)
    assert archive.tally.segments == 0
    assert archive.tally.waiting == count - 1
    assert len(segment_firsts(made.log)) == count
    assert (healed.tally.problem, healed.tally.waiting) == (None, 0)


def test_another_file_under_the_name_is_not_taken_for_it(made: World) -> None:
    """What the archive holds under a segment's name is compared, and not replaced."""
    _archive(made).sweep()
    (made.log / "archived").unlink()
    path = made.home / "archive" / str(origin_of(made.log)) / f"{0:020d}.seg"
    path.write_bytes(b"another")
    archive = _archive(made)

    archive.sweep()

    assert "something else" in str(archive.tally.problem)
    assert path.read_bytes() == b"another"


def test_old_segments_go_only_where_a_rule_says_so(made: World) -> None:
    """Not without a rule, not before their time, not while held back; never the open one."""
    count = len(segment_firsts(made.log))
    left = []
    for keep, days, held in ((None, 99, False), (30, 29, False), (30, 31, True), (30, 31, False)):
        rule, may_go = Rule(keep_days=keep), _held if held else _free
        archive = _archive(made, rule=rule, days=days, may_go=may_go)
        archive.sweep()
        left.append(len(segment_firsts(made.log)))

    assert left == [count, count, count, 1]


def test_before_a_segment_goes_the_archive_is_asked_once_more(made: World) -> None:
    """A copy that was changed or lost since keeps the segment here."""
    _archive(made).sweep()
    path = made.home / "archive" / str(origin_of(made.log)) / f"{0:020d}.ckpt"
    path.write_bytes(path.read_bytes() + b"x")
    archive = _archive(made, rule=Rule(keep_days=1), days=2)

    archive.sweep()

    assert "no longer gives back" in str(archive.tally.problem)
    assert segment_firsts(made.log)[0] == 0


def test_a_log_verifies_with_its_archive_and_goes_on(made: World) -> None:
    """The rest alone says what is missing; with the archive it is whole, also when it goes on."""
    _archive(made, rule=Rule(keep_days=1), days=2).sweep()
    written(made, 10, epoch_records=20)
    elsewhere = Elsewhere(archive=made.home / "archive")

    alone = verify_directory(made.log, made.public_folder)
    together = verify_directory(made.log, made.public_folder, elsewhere=elsewhere)

    assert alone.verdict is Verdict.INCOMPLETE
    assert alone.findings[0].code is Code.SEGMENT_PRUNED
    assert alone.root == together.root
    assert alone.signed == alone.records == together.records
    assert (together.verdict, together.findings) == (Verdict.OK, ())
    assert together.records > 90


def test_a_beginning_that_retention_did_not_take_was_removed(made: World) -> None:
    """Without a note, with one of another key or log, and beyond what it says: tampered with."""
    _archive(made, rule=Rule(keep_days=1), days=2).sweep()
    note = made.log / "pruned"
    said = note.read_bytes()
    last = segment_firsts(made.log)[-1]
    origin = str(origin_of(made.log))
    forged = Pruned(origin=origin, first=last, keep_days=1, at_us=1)
    fewer = replace(forged, first=last - 1)
    verdicts = []
    for written_there in (
        said,
        b"",
        said.replace(b"\n1\n", b"\n9\n"),
        forged.note(Ed25519PrivateKey.generate()),
        replace(forged, origin="log.example/0123456789abcdef").note(made.keys.signer),
        fewer.note(made.keys.signer),
    ):
        note.write_bytes(written_there)
        verdicts.append(verify_directory(made.log, made.public_folder).verdict)
    note.unlink()
    verdicts.append(verify_directory(made.log, made.public_folder).verdict)

    assert verdicts == [Verdict.INCOMPLETE, *[Verdict.TAMPERED] * 6]


def test_what_a_pruned_log_still_has_is_verified(made: World) -> None:
    """A bit flipped in any record or checkpoint that is left is found as in a whole log."""
    _archive(made, rule=Rule(keep_days=1), days=2).sweep()
    first = segment_firsts(made.log)[0]
    found = set()
    for name in (f"{first:020d}.seg", f"{first:020d}.ckpt"):
        path = made.log / name
        data = path.read_bytes()
        for at in range(0, len(data), max(1, len(data) // 60)):
            path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
            found.add(verify_directory(made.log, made.public_folder).verdict)
        path.write_bytes(data)

    assert found == {Verdict.TAMPERED}
    assert verify_directory(made.log, made.public_folder).verdict is Verdict.INCOMPLETE


def test_a_checkpoint_of_what_was_pruned_accuses_nobody(made: World) -> None:
    """One that was kept from before the remaining records is noted, and checked with them."""
    elsewhere = Elsewhere(archive=made.home / "archive")
    _archive(made, rule=Rule(keep_days=1), days=2).sweep()
    firsts = sorted((made.home / "archive" / str(origin_of(made.log))).glob("*.ckpt"))
    kept = made.home / "kept"
    points = [parse_checkpoints(path.read_bytes())[0][-1] for path in firsts]
    kept.write_bytes(points[0].note())

    alone = verify_directory(made.log, made.public_folder, checkpoint=kept)
    together = verify_directory(made.log, made.public_folder, checkpoint=kept, elsewhere=elsewhere)

    assert alone.verdict is Verdict.INCOMPLETE
    assert any("not here" in note for note in alone.notes)
    assert together.verdict is Verdict.OK


def test_only_a_beginning_is_removed(made: World) -> None:
    """What is held back keeps what is behind it, so that a log never has a hole."""

    def may_go(path: Path) -> bool:
        return path.name != f"{segment_firsts(made.log)[0]:020d}.seg"

    before = segment_firsts(made.log)
    _archive(made, rule=Rule(keep_days=1), days=2, may_go=may_go).sweep()

    assert segment_firsts(made.log) == before


def test_nothing_is_removed_unsigned(made: World) -> None:
    """Who sweeps without the origin key, as `audit fetch` does, removes nothing."""
    store = FolderStore(made.home / "archive")
    before = segment_firsts(made.log)
    Archive(made.log, store, Later(9), Rule(keep_days=1)).sweep()

    assert segment_firsts(made.log) == before


def test_the_thread_archives_the_last_segment_when_told_to_end(made: World) -> None:
    """After the log has ended everything of it is in the archive, without waiting for a sweep."""
    archiver = Archiver(_archive(made, rule=Rule(every_s=3600)))
    archiver.start()
    archiver.close(patience_s=20)

    assert len(_archived(made)) == 2 * len(segment_firsts(made.log))


def test_a_folder_without_a_log_is_let_be(tmp_path: Path) -> None:
    """Before the first segment, and after all of them are gone, a sweep does nothing."""
    (tmp_path / "log").mkdir()
    archive = Archive(tmp_path / "log", FolderStore(tmp_path / "a"), SystemClock(), Rule())

    archive.sweep(ended=True)

    assert archive.tally.problem is None
    assert not (tmp_path / "a").exists()


def test_a_log_begun_anew_is_archived_beside_the_former(made: World) -> None:
    """Names are those of the log, so a new log's first segment is not taken for the old one's."""
    _archive(made).sweep(ended=True)
    first = origin_of(made.log)
    for path in list(made.log.iterdir()):
        path.unlink()
    written(made, 3, epoch_records=20)

    _archive(made).sweep(ended=True)

    folders = {path.name for path in (made.home / "archive" / "log.example").iterdir()}
    assert len(folders) == 2
    assert str(first).rpartition("/")[2] in folders


def test_what_a_start_will_cut_is_not_archived(made: World) -> None:
    """A torn end is cut by the next start; what the archive has would be another file for ever."""
    last = max(made.log.glob("*.seg"))
    last.write_bytes(last.read_bytes() + b"\x00\x00\x01")

    _archive(made).sweep(ended=True)
    torn = _archived(made)
    written(made, 5, epoch_records=20)
    archive = _archive(made, rule=Rule(keep_days=1), days=2)
    archive.sweep(ended=True)

    assert last.name not in torn
    assert last.name in _archived(made)
    assert archive.tally.problem is None
    assert not last.exists()


def test_what_a_start_will_sign_stays(made: World) -> None:
    """A killed process leaves records unsigned; the next one reads them again before it signs."""
    clock = SteadyClock()
    killed = made.ledger(clock)
    killed.open()
    killed.append([pair(1)])
    killed._close_files()  # noqa: SLF001 - as the kernel would
    killed._unlock()  # noqa: SLF001 - ditto
    _archive(made).sweep(ended=True)
    ledger = made.ledger(clock)
    ledger.open()

    archive = _archive(made, rule=Rule(keep_days=0), days=2)
    archive.sweep()
    ledger.close()
    archive.sweep(ended=True)

    assert archive.tally.problem is None
    beside = Elsewhere(archive=made.home / "archive")
    report = verify_directory(made.log, made.public_folder, elsewhere=beside)
    assert {found.code for found in report.findings} == set()
