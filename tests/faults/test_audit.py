"""A seeded few of the faults that `make fault-audit` tries all of."""

from random import Random

import pytest

from tests.faults.audit import CALLS, STRACE, Fault, every_fault, tried

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(STRACE is None, reason="strace is not installed"),
]
_FEW = 5


def test_few_of_all_faults_hold() -> None:
    """Of every file call of a run some fail, or end the process: nothing acknowledged is lost."""
    faults = list(every_fault())

    told = [tried(fault) for fault in Random(5).sample(faults, _FEW)]

    assert len(faults) > 300
    assert {fault.how.partition(":")[0] for fault in faults if fault.injected} <= set(CALLS)
    assert told == [None] * _FEW


def test_a_lost_record_would_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """If an acknowledged record were not there, the run would be called broken."""
    monkeypatch.setattr("tests.faults.audit.acknowledged", lambda _: [1, 4711])
    fault = next(each for each in every_fault() if not each.injected)

    told = tried(fault)

    assert told is not None
    assert "acknowledged and not there: [4711]" in told


def test_a_kill_that_does_not_happen_is_told() -> None:
    """If the run went on where it was to end, it would be called broken."""
    told = tried(Fault(how="fdatasync:signal=KILL:when=4711", injected=True))

    assert told is not None
    assert "the victim ended with 0" in told


def test_a_run_is_killed_within_a_later_call() -> None:
    """Not at the first call of a kind alone."""
    assert tried(Fault(how="fdatasync:signal=KILL:when=3", injected=True)) is None
