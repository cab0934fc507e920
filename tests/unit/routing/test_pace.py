"""How long an answer is expected to take."""

import math

import pytest

from guardrail_gw.routing.pace import TAU_S, TOKENS, Pace, PeakEwma


def test_a_longer_time_counts_at_once_a_shorter_one_by_and_by() -> None:
    """A peak stands until later times have outweighed it."""
    time = PeakEwma()
    assert time.read(0.0) is None
    time.observe(1.0, 0.0)
    time.observe(5.0, 1.0)
    assert time.read(1.0) == 5.0

    time.observe(1.0, 1.0 + TAU_S)

    assert time.read(1.0 + TAU_S) == pytest.approx(5 / math.e + 1 * (1 - 1 / math.e))


def test_who_is_not_asked_is_expected_to_be_faster_as_time_passes() -> None:
    """So that it is tried again: nobody is starved for ever."""
    time = PeakEwma()
    time.observe(6.0, 0.0)

    assert time.read(TAU_S) == pytest.approx(6.0 / math.e)
    assert (time.read(20 * TAU_S) or 0.0) < 1e-6


def test_a_stream_takes_its_first_token_and_the_rest() -> None:
    """Both parts are kept apart, and sink together."""
    pace = Pace()
    pace.began(0.5, 10.0, stream=True)
    pace.spoke(100, 2.0, 12.0)

    expected = 0.5 * math.exp(-2.0 / TAU_S) + TOKENS * 0.02
    assert pace.expected_s(12.0, stream=True) == pytest.approx(expected)
    assert pace.expected_s(12.0 + TAU_S, stream=True) == pytest.approx(expected / math.e)


def test_one_kind_of_answer_stands_for_the_other() -> None:
    """Until whole answers were measured, streams say what to expect of them."""
    pace = Pace()
    assert pace.expected_s(0.0, stream=False) is None
    pace.began(1.5, 0.0, stream=True)
    assert pace.expected_s(0.0, stream=False) == 1.5

    pace.began(4.0, 0.0, stream=False)

    assert (pace.expected_s(0.0, stream=False), pace.expected_s(0.0, stream=True)) == (4.0, 1.5)


def test_a_few_tokens_say_nothing_of_speed() -> None:
    """An answer of a word, or one that came in one piece, is no measure."""
    pace = Pace()
    pace.spoke(7, 100.0, 0.0)
    pace.spoke(100, 0.0, 0.0)

    assert pace.expected_s(0.0, stream=True) is None
