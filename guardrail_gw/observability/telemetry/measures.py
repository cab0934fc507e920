"""Measurements by the conventions for generative AI, and of exchanges as a whole.

Source: opentelemetry.io, "Generative AI metrics": bounds of the histograms are theirs.
"""

from collections.abc import Sequence
from typing import Final

from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import MetricReader
from opentelemetry.sdk.metrics.view import ExplicitBucketHistogramAggregation, View
from opentelemetry.sdk.resources import Resource

from guardrail_gw.core.exchange import Arrival, Journal
from guardrail_gw.observability.telemetry.told import (
    Attributes,
    Known,
    listed,
    of_attempt,
    operation,
)

_SECONDS: Final[Sequence[float]] = (
    *(0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92),
)
_TOKENS: Final[Sequence[float]] = tuple(4.0**power for power in range(14))
_OF_ATTEMPTS: Final = frozenset(
    (
        *("gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model"),
        *("server.address", "server.port", "error.type", "guardrail_gw.deployment"),
    )
)


class Measures:
    """Counts exchanges that are over."""

    def __init__(self, resource: Resource, reader: MetricReader, known: Known) -> None:
        """`reader` asks for what was counted, in its own time."""
        self._known = known
        self.provider = MeterProvider(
            metric_readers=[reader],
            resource=resource,
            exemplar_filter=AlwaysOffExemplarFilter(),  # an exemplar would hold what is dropped
            shutdown_on_exit=False,
            views=[
                View(instrument_type=Histogram, instrument_unit="s", aggregation=_by(_SECONDS)),
                View(
                    instrument_type=Histogram, instrument_unit="{token}", aggregation=_by(_TOKENS)
                ),
            ],
        )
        meter = self.provider.get_meter("guardrail_gw")
        self._exchanges = meter.create_histogram(
            "guardrail_gw.exchange.duration", "s", "From arrival to the outcome on record"
        )
        self._attempts = meter.create_histogram(
            "gen_ai.client.operation.duration", "s", "Of one attempt at one deployment"
        )
        self._tokens = meter.create_histogram(
            "gen_ai.client.token.usage", "{token}", "As the provider counted them"
        )

    def ended(self, arrival: Arrival, journal: Journal, ended_us: int) -> None:
        """Count one."""
        whole = listed(
            {
                "gen_ai.operation.name": operation(arrival.surface),
                "guardrail_gw.surface": arrival.surface,
                "guardrail_gw.ending": str(journal.ending),
                "error.type": journal.code,
            }
        )
        self._exchanges.record((ended_us - arrival.received_us) / 1e6, whole)
        told: Attributes = {}
        for number, attempt in enumerate(journal.attempts, start=1):
            every = of_attempt(attempt, number, arrival.surface, self._known)
            told = {name: every[name] for name in every if name in _OF_ATTEMPTS}
            self._attempts.record(attempt.duration_us / 1e6, told)
        if (usage := journal.usage) is not None and journal.deployment is not None:
            told.pop("error.type", None)
            read = usage.input + usage.cached_input + usage.cache_write + usage.cache_write_long
            self._tokens.record(read, listed({**told, "gen_ai.token.type": "input"}))
            self._tokens.record(usage.output, listed({**told, "gen_ai.token.type": "output"}))


def _by(bounds: Sequence[float]) -> ExplicitBucketHistogramAggregation:
    return ExplicitBucketHistogramAggregation(bounds)
