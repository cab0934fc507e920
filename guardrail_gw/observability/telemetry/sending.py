"""The way to the receiver: OTLP over HTTP, asked anew before each delivery whether it is lawful.

Nothing of the environment counts (OTEL_* variables, proxies): the address that was checked is the
one that is used, and nobody is followed elsewhere.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import requests
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics.export import (
    MetricExporter,
    MetricExportResult,
    MetricsData,
    PeriodicExportingMetricReader,
)
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where it is, and how it knows us."""

    endpoint: str
    headers: Mapping[str, str] = field(repr=False)
    authority: str | None
    """Path of the certificates that vouch for it; None: the system's."""
    timeout_s: float


Lawful = Callable[[], bool]
"""Whether something may be sent there now."""


class SpanSender:
    """Delivers spans, one batch at a time; whoever calls it waits."""

    def __init__(self, address: Address, lawful: Lawful) -> None:
        self._lawful = lawful
        self._exporter = OTLPSpanExporter(
            f"{address.endpoint}/v1/traces",
            certificate_file=address.authority,
            headers=address.headers or {"user-agent": "guardrail-gw"},
            timeout=address.timeout_s,
            compression=Compression.Gzip,
            session=_session(),
        )

    def send(self, spans: Sequence[ReadableSpan]) -> str:
        """Deliver them; `exported`, `failed`, or `unlawful` and then nothing was sent."""
        if not self._lawful():
            return "unlawful"
        is_done = self._exporter.export(spans) is SpanExportResult.SUCCESS
        return "exported" if is_done else "failed"

    def close(self) -> None:
        """Give up what is under way."""
        self._exporter.shutdown()  # type: ignore[no-untyped-call] # untyped there


class _LawfulMetrics(MetricExporter):
    """Delivers measurements, where that is lawful."""

    def __init__(self, exporter: OTLPMetricExporter, lawful: Lawful) -> None:
        super().__init__(
            preferred_temporality=exporter._preferred_temporality,  # noqa: SLF001 - no other way
            preferred_aggregation=exporter._preferred_aggregation,  # noqa: SLF001 - ditto
        )
        self._exporter, self._lawful = exporter, lawful

    def export(
        self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: object
    ) -> MetricExportResult:
        if not self._lawful():
            return MetricExportResult.FAILURE
        return self._exporter.export(metrics_data, timeout_millis, **kwargs)

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return self._exporter.force_flush(timeout_millis)

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: object) -> None:
        self._exporter.shutdown(timeout_millis, **kwargs)


def metric_reader(
    address: Address, lawful: Lawful, every_s: float
) -> PeriodicExportingMetricReader:
    """What asks for measurements from time to time, in a thread of its own, and delivers them."""
    exporter = OTLPMetricExporter(
        f"{address.endpoint}/v1/metrics",
        certificate_file=address.authority,
        headers=address.headers or {"user-agent": "guardrail-gw"},
        timeout=address.timeout_s,
        compression=Compression.Gzip,
        session=_session(),
    )
    return PeriodicExportingMetricReader(
        _LawfulMetrics(exporter, lawful),
        export_interval_millis=1000 * every_s,
        export_timeout_millis=1000 * address.timeout_s,
    )


def _session() -> requests.Session:
    """One that goes nowhere else: no proxy, no `.netrc`, no redirect."""
    session = requests.Session()
    session.trust_env = False
    session.max_redirects = 0
    return session
