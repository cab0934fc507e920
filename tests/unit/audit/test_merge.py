"""Several logs as one timeline."""

from hypothesis import given, strategies as st

from guardrail_gw.audit.merge import timeline
from guardrail_gw.audit.review import Opened

TIMES = st.lists(st.lists(st.integers(min_value=0, max_value=50), max_size=12), max_size=4)


def _log(times: list[int]) -> list[Opened]:
    return [Opened(index=index, kind="intent", ts_us=ts, leaf={}) for index, ts in enumerate(times)]


@given(times=TIMES)
def test_no_record_is_lost_or_moved_within_its_log(times: list[list[int]]) -> None:
    """Each log's records are all there, in the log's own order, whatever its clock did."""
    logs = [_log(each) for each in times]

    merged = list(timeline(logs))

    for number, log in enumerate(logs):
        assert [record for at, record in merged if at == number] == log


@given(times=TIMES)
def test_steady_clocks_make_one_order(times: list[list[int]]) -> None:
    """Where clocks only go forwards, the timeline is sorted by time."""
    merged = timeline([_log(sorted(each)) for each in times])

    told = [record.ts_us for _, record in merged]
    assert told == sorted(told)
