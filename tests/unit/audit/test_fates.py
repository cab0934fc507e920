"""What became of content, against a register that lies."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from guardrail_gw.audit.acts import Fate
from guardrail_gw.audit.fates import Kept as Asked, fates
from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.review import Elsewhere, read_log, verify_directory
from guardrail_gw.core.ports import RegisterRow, Tombstone
from guardrail_gw.keys.register_sqlite import SqliteRows
from tests.support.kept_content import SAID, Kept, kept_content, obeyed

_LATER_DAYS = 60


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    """Two persons' content; the older one's time has passed, and was pruned."""
    made = kept_content(tmp_path)
    made.start()
    made.say("erika", "first", obeyed())
    made.clock.pass_s(_LATER_DAYS * 86_400)
    made.say("max", "second", obeyed())
    made.run(made.custody.prune(SAID))
    yield made
    made.close()


def _asked(kept: Kept, change: Mapping[str, Tombstone]) -> list[Fate]:
    """The fates in the order of the log, by a register in which some rows are others."""
    rows = SqliteRows(kept.home / "audit-register" / "register.db")

    def altered(sids: Iterable[str]) -> Mapping[str, RegisterRow | Tombstone]:
        return {**rows(sids), **change}

    return list(fates(read_log(kept.log), Asked(rows=altered, acts=kept.acts)).values())


def _sid(kept: Kept, number: int) -> str:
    return str(kept.read()[number].leaf["sid"])


def _lie(kept: Kept, sid: str, until_us: int) -> Tombstone:
    """What somebody writes who destroys a row before its time."""
    now_us = kept.clock.now_us()
    return Tombstone(sid=sid, level="full", why="expired", at_us=now_us, until_us=until_us)


def test_what_a_prune_took_has_expired(kept: Kept) -> None:
    """Its time has passed and a record says so; the other one's is there."""
    assert _asked(kept, {}) == [Fate.EXPIRED, Fate.THERE]


def test_a_row_cannot_end_before_its_last_record(kept: Kept) -> None:
    """Destroyed before its time and called long expired: no prune explains that."""
    lie = _lie(kept, _sid(kept, 1), until_us=1)

    assert _asked(kept, {lie.sid: lie})[1] is Fate.MISSING


def test_no_more_has_expired_than_prunes_count(kept: Kept) -> None:
    """A prune of one row does not explain two, whatever end the register gives the second."""
    lie = _lie(kept, _sid(kept, 1), until_us=kept.clock.now_us())

    assert _asked(kept, {lie.sid: lie}) == [Fate.MISSING, Fate.MISSING]


def test_erased_is_what_a_record_names(kept: Kept) -> None:
    """A row that the register calls erased, and no erasure names, is missing."""
    lie = replace(_lie(kept, _sid(kept, 1), until_us=1), why="erased")

    assert _asked(kept, {lie.sid: lie})[1] is Fate.MISSING


def test_keys_of_archived_content_are_asked_for(kept: Kept) -> None:
    """A key that is gone without a record is missing, also where the archive alone has its text."""
    sid, origin = _sid(kept, 1), str(kept.read()[0].leaf["origin"])
    kept.stop()
    kept.start()
    kept.stop()
    archive = kept.home / "archive" / origin
    archive.mkdir(parents=True)
    for path in sorted(kept.log.glob("0*"))[:2]:
        path.rename(archive / path.name)
    kept.run(kept.register._database.run([("DELETE FROM register_rows WHERE sid = $1", (sid,))]))  # noqa: SLF001 - an intruder
    rows = SqliteRows(kept.home / "audit-register" / "register.db")

    report = verify_directory(
        kept.log,
        kept.folders.public,
        elsewhere=Elsewhere(
            archive=kept.home / "archive", content=Asked(rows=rows, acts=kept.acts)
        ),
    )

    assert [found.code for found in report.findings] == [Code.CONTENT_MISSING]
