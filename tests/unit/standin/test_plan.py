"""Which requests meet a fault follows from the seed, and how many do from the shares."""

from collections import Counter

import pytest

from guardrail_gw.standin.plan import Plan


def test_as_many_meet_a_fault_as_were_to() -> None:
    """Of 10,000 requests a twentieth and a hundredth, the same ones each time, others by seed."""
    plan = Plan.read(["5%:status-500", "1%:cut?after=2"], seed=7)
    met = [plan.behaviour(number, 0.0) for number in range(10_000)]
    again = [plan.behaviour(number, 9.0) for number in range(10_000)]
    other = Plan.read(["5%:status-500"], seed=8)

    counts = Counter(met)

    assert met == again
    assert 420 < counts["status-500"] < 580
    assert 60 < counts["cut?after=2"] < 140
    assert counts.total() == 10_000
    assert [other.behaviour(n, 0.0) for n in range(100)] != [
        b if b == "status-500" else None for b in met[:100]
    ]


def test_all_are_all() -> None:
    """A share of 100 % leaves nobody out."""
    plan = Plan.read(["100%:status-503"])

    assert {plan.behaviour(number, 0.0) for number in range(500)} == {"status-503"}


def test_a_wave_comes_and_goes() -> None:
    """In the first two of every ten seconds, and then not."""
    plan = Plan.read(["100%:reset"], wave="2/10")

    assert [plan.behaviour(1, at_s) for at_s in (0, 1.9, 2, 9.9, 10, 12)] == [
        *("reset", "reset", None, None, "reset", None)
    ]


@pytest.mark.parametrize(
    ("faults", "wave"),
    [
        (["status-500"], None),
        (["5%:status-999"], None),
        (["5%:statos-500"], None),
        (["5%:cut?afetr=2"], None),
        (["60%:stall", "50%:cut"], None),
        (["5%:stall"], "10/2"),
        (["5%:stall"], "0/2"),
        (["5%:stall"], "often"),
    ],
)
def test_what_is_not_written_so_is_refused(faults: list[str], wave: str | None) -> None:
    """A typing error does not pass as a provider without faults."""
    with pytest.raises(ValueError, match=r"fault|behaviour|option|wave"):
        Plan.read(faults, wave=wave)
