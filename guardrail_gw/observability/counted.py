"""What is counted for every exchange: by one event loop, so that counting takes no lock.

The client library's own counters check their state, look a child up and take a lock each time. That
is nothing for what happens now and then, and much for what every exchange counts eight times.
"""

import time
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

_Labels = tuple[str, ...]


class Counted(Collector):
    """A counter with labels."""

    def __init__(
        self, name: str, text: str, labels: Sequence[str], *, registry: CollectorRegistry
    ) -> None:
        """Count nothing yet; `registry` has it collected."""
        self._name, self._text, self._labelnames = name, text, tuple(labels)
        self._values: dict[_Labels, float] = {}
        self._since_s: dict[_Labels, float] = {}
        registry.register(self)

    def add(self, labels: _Labels, amount: float = 1.0) -> None:
        """Count so much for these values of the labels, in their order."""
        if labels in self._values:
            self._values[labels] += amount
        else:
            self._since_s[labels] = time.time()  # noqa: TID251 - as the library shows it
            self._values[labels] = amount

    def describe(self) -> Iterator[CounterMetricFamily]:
        """What it is called."""
        yield self._family()

    def collect(self) -> Iterator[CounterMetricFamily]:
        """What it has come to; may be asked for by another thread."""
        family = self._family()
        for labels, value in tuple(self._values.items()):
            family.add_metric(labels, value, created=self._since_s[labels])
        yield family

    def _family(self) -> CounterMetricFamily:
        return CounterMetricFamily(self._name, self._text, labels=self._labelnames)


class Timed(Collector):
    """A histogram with labels."""

    def __init__(
        self,
        name: str,
        text: str,
        labels: Sequence[str],
        *,
        buckets: Sequence[float],
        registry: CollectorRegistry,
    ) -> None:
        """Have seen nothing yet; `buckets` are the upper bounds, in rising order."""
        self._name, self._text, self._labelnames = name, text, tuple(labels)
        self._bounds = tuple(buckets)
        self._shown = (*map(floatToGoString, self._bounds), "+Inf")
        self._seen: dict[_Labels, list[int]] = {}
        """How many fell between two bounds each, the last above all of them."""
        self._sums: dict[_Labels, float] = {}
        registry.register(self)

    def observe(self, labels: _Labels, value: float) -> None:
        """Note one value for these values of the labels, in their order."""
        if labels not in self._seen:
            self._sums[labels] = 0.0
            self._seen[labels] = [0] * len(self._shown)
        self._seen[labels][bisect_left(self._bounds, value)] += 1
        self._sums[labels] += value

    def describe(self) -> Iterator[HistogramMetricFamily]:
        """What it is called."""
        yield self._family()

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """What it has come to; may be asked for by another thread."""
        family = self._family()
        for labels, seen in tuple(self._seen.items()):
            total, buckets = 0, list[tuple[str, float]]()
            for bound, count in zip(self._shown, tuple(seen), strict=True):
                total += count
                buckets.append((bound, total))
            family.add_metric(labels, buckets, self._sums[labels])
        yield family

    def _family(self) -> HistogramMetricFamily:
        return HistogramMetricFamily(self._name, self._text, labels=self._labelnames)
