"""An index follows its log, and remembers what it has seen of it."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from guardrail_gw.audit.access import accesses
from guardrail_gw.audit.findings import Code
from guardrail_gw.audit.index import build, refresh
from guardrail_gw.audit.index.file import IndexFile, open_index
from guardrail_gw.audit.index.refresh import default_index, origin_of
from guardrail_gw.audit.ledger import Ledger, Limits
from guardrail_gw.audit.record import Draft
from guardrail_gw.audit.review import verify_directory
from guardrail_gw.audit.verify import Report, Verdict
from guardrail_gw.errors import ConfigError
from tests.support.audit_world import SteadyClock, World, files, world
from tests.support.review_index import fresh, indexed, log_of, march
from tests.support.reviewed import KEPT, MARCH_US, PLAIN, drafts

TABLES = ("exchange", "link", "found", "attempt", "daily", "minute", "event", "waiting")


def _held(index: IndexFile) -> dict[str, list[tuple[object, ...]]]:
    """What an index holds, but for the words, which are sealed anew in each."""
    ask = index.db.execute
    return {
        "counts": [ask(f"SELECT count(*) FROM {t}").fetchone() for t in TABLES],  # noqa: S608 - ours
        "sums": ask(
            "SELECT measure, day, sum(exchanges), sum(amount) FROM daily"
            " GROUP BY 1, 2 HAVING sum(exchanges) ORDER BY 1, 2"
        ).fetchall(),
        "rows": ask(
            "SELECT id, outcome, at, outcome_at, status, cost_nano, found FROM exchange ORDER BY id"
        ).fetchall(),
        "minutes": ask("SELECT * FROM minute").fetchall(),
    }


def _answering(outcome: Draft, intent: int) -> Draft:
    return replace(outcome, clear={**outcome.clear, "of": intent})


def test_a_log_indexed_while_it_grows_is_indexed_as_a_whole(tmp_path: Path) -> None:
    """However often it is looked at, with requests in flight each time, the sums are the same."""
    keyed, clock = world(tmp_path), SteadyClock()
    clock.at_us = MARCH_US
    ledger = keyed.ledger(clock)
    ledger.open()
    parts = open_index(tmp_path / "parts", (keyed.auditor,))
    for number in range(3):
        clock.pass_s(2)
        intent, outcome = drafts(KEPT, number, clock.at_us)
        ((stored,),) = ledger.append([[intent]])
        fresh(keyed, parts)
        ledger.append(
            [[_answering(outcome, stored.index)], drafts(PLAIN, 10 + number, clock.at_us)]
        )
        ledger.tend()
    ledger.close()

    fresh(keyed, parts)

    with indexed(keyed, tmp_path / "whole") as (whole, _):
        assert _held(parts)["sums"] == _held(whole)["sums"]
        assert _held(parts)["rows"] == _held(whole)["rows"]
    parts.close()


def test_an_interrupted_run_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run that ends between two batches, with an intent waiting, loses and doubles nothing."""
    monkeypatch.setattr(build, "_BATCH", 4)
    keyed = march(world(tmp_path))
    stopped = open_index(tmp_path / "stopped", (keyed.auditor,))

    def interrupt(done: int) -> None:
        if done >= 8:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build.Builder(stopped, keyed.log, (keyed.auditor,), lambda _: "EU").enter(50, interrupt)
    assert 0 < stopped.number("records") < 50
    build.Builder(stopped, keyed.log, (keyed.auditor,), lambda _: "EU").enter(50, lambda _: None)

    whole = open_index(tmp_path / "whole", (keyed.auditor,))
    build.Builder(whole, keyed.log, (keyed.auditor,), lambda _: "EU").enter(50, lambda _: None)
    assert _held(stopped) == _held(whole)
    stopped.close()
    whole.close()


def test_a_log_cut_back_since_the_last_look_is_tampered_with(tmp_path: Path) -> None:
    """Though it verifies by itself, it lacks what a reviewer saw: the kept checkpoint tells."""
    keyed = march(world(tmp_path))
    with indexed(keyed, tmp_path / "index") as (index, report):
        for name in sorted(files(keyed.log))[-3:-1]:
            (keyed.log / name).unlink()

        again = fresh(keyed, index)

        assert index.number("records") == report.records > again.records
    assert (report.verdict, again.verdict) == (Verdict.OK, Verdict.TAMPERED)
    assert any("kept elsewhere" in finding.what for finding in again.findings)


def test_what_was_tampered_with_is_not_indexed(tmp_path: Path) -> None:
    """Records from the first contradiction on stay out of the index."""
    keyed = march(world(tmp_path))
    segments = sorted(keyed.log.glob("*.seg"))
    data = bytearray(segments[2].read_bytes())
    data[-20] ^= 1
    segments[2].write_bytes(data)

    with indexed(keyed, tmp_path / "index") as (index, report):
        (last,) = index.db.execute("SELECT max(id) FROM exchange").fetchone()

    assert report.verdict is Verdict.TAMPERED
    assert last < report.records < 50


def _forked(keyed: World, other: Path, index: IndexFile, *, seen: bool) -> None:
    """A log, and in `other` one of the same gateway that ends in another exchange."""
    clock = SteadyClock()
    clock.at_us = MARCH_US
    ledger = keyed.ledger(clock)
    ledger.open()
    if seen:
        ledger.append([drafts(PLAIN, 0, clock.at_us)])
        clock.pass_s(2)
        ledger.tend()
        fresh(keyed, index)
    shutil.copytree(keyed.log, other)
    for log, number in ((keyed.log, 1), (other, 2)):
        if number > 1:
            ledger = Ledger(log, keyed.keys, clock, Limits())
            ledger.open()
        ledger.append([drafts(PLAIN, number, clock.at_us)])
        ledger.close()


@pytest.mark.parametrize("seen", [False, True])
def test_a_log_that_changes_behind_its_verification(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, seen: bool
) -> None:
    """Records of the same gateway that were not those verified are found out, and not kept."""
    keyed, other = world(tmp_path), tmp_path / "other"
    index = open_index(tmp_path / "index", (keyed.auditor,))
    _forked(keyed, other, index, seen=seen)
    judged = verify_directory

    def verified(*asked: Any, **told: Any) -> Report:
        report = judged(*asked, **told)
        shutil.rmtree(keyed.log)
        other.rename(keyed.log)
        return report

    monkeypatch.setattr(refresh, "verify_directory", verified)

    report = fresh(keyed, index)

    assert report.verdict is Verdict.TAMPERED
    assert report.findings[-1].code is Code.LOG_CHANGED
    assert index.number("records") == 0
    index.close()


def test_an_index_is_of_one_log(tmp_path: Path) -> None:
    """Another log's records are never mixed into it."""
    one, other = (march(world(tmp_path / name), days=[[PLAIN]]) for name in ("one", "other"))

    with (
        indexed(one, tmp_path / "index") as (index, _),
        pytest.raises(ConfigError, match="another log"),
    ):
        fresh(other, index)


def test_each_log_and_reader_has_a_place_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without `--index` the file lies in the user's state folder, named for neither of them."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    keyed = march(world(tmp_path), days=[[PLAIN]])
    log = log_of(keyed)

    mine = default_index(log)

    assert mine.is_relative_to(tmp_path / "state")
    assert mine != default_index(replace(log, keys=(keyed.escrow,)))
    assert origin_of(keyed.log).rpartition("/")[2] not in str(mine)


def test_no_log_is_said_in_words(tmp_path: Path) -> None:
    """An empty folder is no log."""
    with pytest.raises(ConfigError, match="no audit log"):
        origin_of(tmp_path)


def test_a_copy_of_the_log_goes_with_the_same_index(tmp_path: Path) -> None:
    """The index knows the log by its origin, wherever the folder lies."""
    keyed = march(world(tmp_path), days=[[PLAIN]])
    with indexed(keyed, tmp_path / "index") as (index, _):
        shutil.move(keyed.log, tmp_path / "moved")
        moved: World = replace(keyed, home=tmp_path / "elsewhere")
        moved.home.mkdir()
        shutil.move(tmp_path / "moved", moved.log)
        shutil.copytree(keyed.public_folder, moved.public_folder)

        assert fresh(moved, index).verdict is Verdict.OK


def test_entering_records_is_a_look(tmp_path: Path) -> None:
    """Which records an index took is written down; a run that takes none says nothing."""
    keyed = march(world(tmp_path))
    with indexed(keyed, tmp_path / "index") as (index, _):
        fresh(keyed, index)

    looks = list(accesses(tmp_path / "index.access"))

    assert [(look.act, look.records) for look in looks] == [("index", ((0, 49),))]


def _two_tails(tmp_path: Path) -> World:
    """A signed log with a refused request in its unsigned tail; behind it lies another tail."""
    keyed, clock = world(tmp_path), SteadyClock()
    clock.at_us = MARCH_US
    ledger = keyed.ledger(clock)
    ledger.open()
    ledger.append([drafts(PLAIN, 0, clock.at_us)])
    ledger.tend()
    shutil.copytree(keyed.log, tmp_path / "signed")
    ledger.append([drafts(KEPT, 1, clock.at_us)])
    shutil.copytree(keyed.log, tmp_path / "first")
    ledger.close()
    shutil.rmtree(keyed.log)
    shutil.move(tmp_path / "signed", keyed.log)
    ledger = keyed.ledger(clock)
    ledger.open()
    for number in range(2, 6):
        ledger.append([drafts(PLAIN, number, clock.at_us)])
    ledger.close()
    shutil.move(keyed.log, tmp_path / "second")
    shutil.move(tmp_path / "first", keyed.log)
    return keyed


def test_an_unsigned_tail_that_became_another_is_entered_anew(tmp_path: Path) -> None:
    """What the index took from records that no log has any more does not stay in its answers."""
    keyed = _two_tails(tmp_path)
    with indexed(keyed, tmp_path / "index") as (index, before):
        shutil.rmtree(keyed.log)
        shutil.move(tmp_path / "second", keyed.log)

        after = fresh(keyed, index)

        with indexed(keyed, tmp_path / "whole") as (whole, _):
            assert _held(index) == _held(whole)
    assert (before.verdict, after.verdict) == (Verdict.INCOMPLETE, Verdict.OK)
