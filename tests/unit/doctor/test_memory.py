"""Whether there is memory for what is configured."""

from dataclasses import replace

import pytest

from guardrail_gw.doctor.memory import WORKER_MIB, Limits, Wanted, judge

MIB = 1 << 20
SIDECAR = Wanted(detectors=1, has_model=True, cache_bytes=0, in_flight=512)


def verdicts(limits: Limits, wanted: Wanted = SIDECAR) -> list[str]:
    """Memory, processors, files."""
    return [check.verdict.value for check in judge(limits, wanted)]


@pytest.mark.parametrize(("given", "verdict"), [(239, "fail"), (240, "warn"), (300, "ok")])
def test_memory_is_held_to_what_is_needed(given: int, verdict: str) -> None:
    """A quarter more than needed is enough."""
    limits = Limits(memory=given * MIB, is_bounded=True, cpus=1, files=10_000)

    assert verdicts(limits)[0] == verdict


def test_rules_need_less_and_caches_more() -> None:
    """Detectors share the first one's pages."""
    rules = replace(SIDECAR, has_model=False)

    assert rules.memory < SIDECAR.memory
    assert replace(SIDECAR, detectors=3).memory - SIDECAR.memory < SIDECAR.memory
    assert replace(SIDECAR, cache_bytes=7).memory == SIDECAR.memory + 7


def test_every_worker_has_detectors_of_its_own() -> None:
    """Four of them need four times what further detectors of one need, and themselves."""
    one, four = SIDECAR, replace(SIDECAR, workers=4)
    further = replace(one, detectors=3).memory - one.memory

    assert replace(four, detectors=3).memory - four.memory == 4 * further
    assert four.memory - one.memory == 3 * WORKER_MIB * MIB


def test_more_detectors_than_processors_are_told() -> None:
    """They wait for each other."""
    limits = Limits(memory=1 << 40, cpus=2.0, files=10_000)

    assert verdicts(limits, replace(SIDECAR, detectors=2))[1] == "ok"
    assert verdicts(limits, replace(SIDECAR, detectors=3))[1] == "warn"


def test_open_files_have_to_do_for_all_requests_at_once() -> None:
    """Two connections each."""
    assert verdicts(Limits(memory=1 << 40, cpus=1, files=1151))[2] == "warn"
    assert verdicts(Limits(memory=1 << 40, cpus=1, files=1152))[2] == "ok"


def test_what_nobody_says_is_not_tested() -> None:
    """Unknown is not fine."""
    assert verdicts(Limits(memory=None)) == ["not tested"] * 3
