"""What several processes say of themselves, as what is said of all."""

from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.metrics_core import Metric

from guardrail_gw.observability.across import ACROSS, joined, told
from guardrail_gw.observability.metrics import Metrics


def worker(requests: int, writable: int, spare: float, seconds: float) -> list[Metric]:
    """One worker's registry."""
    registry = CollectorRegistry()
    counted = Counter("guardrail_gw_a", "A", ["surface"], registry=registry)
    counted.labels("chat").inc(requests)
    Gauge("guardrail_gw_audit_writable", "B", registry=registry).set(writable)
    Gauge("guardrail_gw_audit_collector_lag_seconds", "C", registry=registry).set(spare)
    Gauge("guardrail_gw_exchanges_in_flight", "D", registry=registry).set(requests)
    Gauge("guardrail_gw_of_tomorrow", "E", registry=registry).set(spare)
    timed = Histogram("guardrail_gw_t", "F", buckets=(1, 2), registry=registry)
    timed.observe(seconds)
    return list(registry.collect())


def value(families: list[Metric], sample: str, **labels: str) -> float:
    """Of one sample."""
    (found,) = [
        s.value for f in families for s in f.samples if (s.name, s.labels) == (sample, labels)
    ]
    return float(found)


def test_each_kind_is_joined_by_what_it_means() -> None:
    """Sums are added; that all can write is the least of it, a lag the most."""
    whole = joined({0: told(worker(2, 1, 0.5, 0.5)), 1: told(worker(3, 0, 9.0, 1.5))})

    assert value(whole, "guardrail_gw_a_total", surface="chat") == 5
    assert value(whole, "guardrail_gw_audit_writable") == 0
    assert value(whole, "guardrail_gw_audit_collector_lag_seconds") == 9
    assert value(whole, "guardrail_gw_exchanges_in_flight") == 5
    assert value(whole, "guardrail_gw_t_bucket", le="1.0") == 1
    assert value(whole, "guardrail_gw_t_bucket", le="+Inf") == 2
    assert value(whole, "guardrail_gw_t_sum") == 2


def test_a_gauge_that_nobody_has_decided_about_is_shown_apart() -> None:
    """Worker by worker: never a sum that means nothing."""
    whole = joined({0: told(worker(0, 1, 0.5, 1)), 3: told(worker(0, 1, 9.0, 1))})

    assert value(whole, "guardrail_gw_of_tomorrow", worker="0") == 0.5
    assert value(whole, "guardrail_gw_of_tomorrow", worker="3") == 9


def test_one_worker_is_what_it_says() -> None:
    """Names, texts, kinds, labels and values come back as they were."""
    alone = worker(2, 1, 0.5, 0.5)

    (first, *_), again = alone, joined({0: told(alone)})

    assert (again[0].name, again[0].type, again[0].documentation) == (
        first.name,
        first.type,
        first.documentation,
    )
    assert {(s.name, tuple(s.labels.items()), s.value) for f in alone[:4] for s in f.samples} == {
        (s.name, tuple(s.labels.items()), s.value) for f in again[:4] for s in f.samples
    }


@pytest.mark.skipif(not Path("/proc").exists(), reason="processes are counted on Linux only")
def test_every_gauge_of_ours_was_decided_about() -> None:
    """And nothing is in the table that does not exist."""
    ours = {f.name for f in Metrics().registry.collect() if f.type == "gauge"}

    assert ours == set(ACROSS)
