"""What is counted here is shown as the client library shows its own."""

from hypothesis import given, strategies as st
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from guardrail_gw.observability.counted import Counted, Timed

_BOUNDS = (0.001, 0.5, 1, 10)
_LABELS = st.tuples(st.sampled_from("ab"), st.sampled_from(["", 'quo"ted\n']))


def shown(registry: CollectorRegistry) -> list[str]:
    """The exposition but for when each series began."""
    lines = generate_latest(registry).decode().splitlines()
    return [line for line in lines if "_created" not in line]


@given(added=st.lists(st.tuples(_LABELS, st.sampled_from([0.0, 1.0, 0.25, 1e9]))))
def test_a_counter_is_as_the_librarys(added: list[tuple[tuple[str, str], float]]) -> None:
    """The same amounts give the same text; a series is there from its first amount, 0 or not."""
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    counted = Counted("things", "What they are", ("one", "other"), registry=ours)
    counter = Counter("things", "What they are", ("one", "other"), registry=theirs)

    for labels, amount in added:
        counted.add(labels, amount)
        counter.labels(*labels).inc(amount)

    assert shown(ours) == shown(theirs)


@given(seen=st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([0.0, *_BOUNDS, 0.7, 99.0]))))
def test_a_histogram_is_as_the_librarys(seen: list[tuple[str, float]]) -> None:
    """The same values give the same text: what equals a bound is within it."""
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    timed = Timed("seconds", "How long", ["of"], buckets=_BOUNDS, registry=ours)
    histogram = Histogram("seconds", "How long", ["of"], buckets=_BOUNDS, registry=theirs)

    for label, value in seen:
        timed.observe((label,), value)
        histogram.labels(label).observe(value)

    assert shown(ours) == shown(theirs)
