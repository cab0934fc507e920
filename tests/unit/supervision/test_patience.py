"""How soon a process that ended is replaced."""

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.supervision.patience import LONGEST_S, MOST, WINDOW_S, Patience, how


def test_each_end_in_a_row_waits_longer_and_then_it_is_over() -> None:
    """Twice as long each time; beyond the bound there is no next."""
    patience = Patience()

    pauses = [patience.pause_s(float(n)) for n in range(MOST + 1)]

    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, None]


@given(st.lists(st.floats(min_value=0, max_value=1000), max_size=60))
def test_it_is_over_exactly_when_too_many_fall_into_one_window(gaps: list[float]) -> None:
    """Whatever the ends' times are."""
    patience, now_s, ends = Patience(), 0.0, list[float]()
    for gap in gaps:
        now_s += gap
        ends.append(now_s)
        pause = patience.pause_s(now_s)
        within = sum(now_s - end <= WINDOW_S for end in ends)

        assert (pause is None) == (within > MOST)
        assert pause is None or 0 < pause <= LONGEST_S


def test_a_system_without_processes_is_asked_for_a_minute() -> None:
    """Less and less often; what could not begin has not ended, so ends are not counted."""
    patience, now_s, pauses = Patience(), 0.0, list[float]()
    while (pause := patience.refused_s(now_s)) is not None:
        pauses.append(pause)
        now_s += pause

    assert pauses[:6] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2]
    assert set(pauses[6:]) == {LONGEST_S}
    assert WINDOW_S < now_s <= WINDOW_S + LONGEST_S
    assert patience.pause_s(now_s) == 0.1


def test_one_that_could_begin_begins_the_minute_anew() -> None:
    """What was refused before that is over."""
    patience = Patience()
    patience.refused_s(0.0)
    patience.started()

    assert patience.refused_s(WINDOW_S + 1) == 0.1
    assert patience.refused_s(WINDOW_S + 2) == 0.2


@pytest.mark.parametrize(("status", "said"), [(2, "exit code 2"), (-9, "signal 9")])
def test_an_end_is_told_as_people_say_it(status: int, said: str) -> None:
    """By its code or its signal."""
    assert how(status) == said
