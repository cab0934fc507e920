"""What checks come to together."""

import pytest

from guardrail_gw.doctor.check import Bound, Check, Verdict, failed, worst


def check(verdict: Verdict) -> Check:
    """One that says nothing else."""
    return Check(name="c", verdict=verdict, said="")


@pytest.mark.parametrize(
    ("verdicts", "answer", "codes"),
    [
        ((), Verdict.NOT_TESTED, (0, 0)),
        ((Verdict.OK, Verdict.NOT_TESTED), Verdict.NOT_TESTED, (0, 0)),
        ((Verdict.WARN, Verdict.OK), Verdict.WARN, (0, 1)),
        ((Verdict.OK, Verdict.FAIL, Verdict.WARN), Verdict.FAIL, (1, 1)),
    ],
)
def test_the_worst_counts(
    verdicts: tuple[Verdict, ...], answer: Verdict, codes: tuple[int, int]
) -> None:
    """A warning is no failure, unless warnings count."""
    checks = [check(verdict) for verdict in verdicts]

    assert worst(checks) is answer
    assert tuple(failed(checks, strict=each) for each in (False, True)) == codes


def test_a_bound_counts_from_its_value_on() -> None:
    """At the bound itself already."""
    bound = Bound(warn=10, fail=20)

    assert [bound.judge(v) for v in (9.9, 10, 20)] == [Verdict.OK, Verdict.WARN, Verdict.FAIL]
