"""An exchange as spans: itself, its redaction, its record, and each attempt.

The trace is named by the request's own id (a UUID of version 7, 128 bits), so that a span leads to
its audit record and a record to its spans; where `traceparent` is `parent`, by the client's.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from guardrail_gw import __version__
from guardrail_gw.core.exchange import Arrival, Attempt, Ending, Journal
from guardrail_gw.observability.telemetry.told import (
    Attributes,
    Known,
    of_answer,
    of_attempt,
    of_exchange,
)

SCOPE: Final = InstrumentationScope("guardrail_gw", __version__)
_SHARE: Final = 1 << 32
_ID: Final = (1 << 64) - 1
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """Makes spans of exchanges that are over."""

    known: Known
    resource: Resource
    sample: float
    traceparent: Literal["ignore", "link", "parent"]

    def of(self, arrival: Arrival, journal: Journal, ended_us: int) -> Iterator[ReadableSpan]:
        """Yield the spans of an exchange, if it is one of those that have some."""
        trace = int(arrival.id.replace("-", ""), 16)
        if not self._is_sampled(arrival.id):
            return
        if self.traceparent == "parent" and arrival.trace is not None:
            trace = arrival.trace.id
        whole = _Making(spans=self, trace=trace, request=arrival.id)
        yield whole.root(arrival, journal, ended_us)
        for name, begin_us, end_us in (
            ("redaction", journal.passage.admitted_us, journal.passage.redacted_us),
            ("audit commit", journal.passage.committing_us, journal.passage.committed_us),
        ):
            if begin_us and end_us:
                yield whole.child(name, begin_us, end_us, {}, kind=SpanKind.INTERNAL)
        yield from self._attempts(whole, arrival, journal)

    def _attempts(
        self, whole: "_Making", arrival: Arrival, journal: Journal
    ) -> Iterator[ReadableSpan]:
        used = _used(journal)
        for number, attempt in enumerate(journal.attempts, start=1):
            told = of_attempt(attempt, number, arrival.surface, self.known)
            if attempt is used:
                told |= of_answer(journal)
            name = f"{told['gen_ai.operation.name']} {attempt.model}"
            end_us = attempt.started_us + attempt.duration_us
            failed = None if attempt.result == "ok" else attempt.result
            yield whole.child(
                name, attempt.started_us, end_us, told, kind=SpanKind.CLIENT, failed=failed
            )

    def _is_sampled(self, request: str) -> bool:
        """By the request's id alone, so that nobody else has a say in it."""
        if self.sample >= 1:
            return True
        drawn = hashlib.blake2b(request.encode(), digest_size=4).digest()
        return int.from_bytes(drawn, "big") < self.sample * _SHARE


@dataclass(slots=True, kw_only=True)
class _Making:
    """The spans of one exchange in the making."""

    spans: Spans
    trace: int
    request: str
    made: int = 0
    own: SpanContext | None = None

    def root(self, arrival: Arrival, journal: Journal, ended_us: int) -> ReadableSpan:
        told = of_exchange(arrival, journal, self.spans.known)
        model = told.get("gen_ai.request.model", "")
        client = _theirs(arrival)
        self.own = self._context()
        is_parent = client is not None and self.spans.traceparent == "parent"
        is_linked = client is not None and self.spans.traceparent == "link"
        return ReadableSpan(
            name=f"{told['gen_ai.operation.name']} {model}".strip(),
            context=self.own,
            parent=client if is_parent else None,
            links=(Link(client),) if is_linked and client is not None else (),
            resource=self.spans.resource,
            attributes=told,
            kind=SpanKind.SERVER,
            instrumentation_scope=SCOPE,
            status=Status(StatusCode.UNSET if journal.ending is Ending.OK else StatusCode.ERROR),
            start_time=arrival.received_us * 1000,
            end_time=max(ended_us, arrival.received_us) * 1000,
        )

    def child(  # noqa: PLR0913 - what a span is made of, each by name
        self,
        name: str,
        begin_us: int,
        end_us: int,
        told: Mapping[str, object] | Attributes,
        *,
        kind: SpanKind,
        failed: str | None = None,
    ) -> ReadableSpan:
        return ReadableSpan(
            name=name,
            context=self._context(),
            parent=self.own,
            resource=self.spans.resource,
            attributes=dict(told),  # type: ignore[arg-type] # of listed names only
            kind=kind,
            instrumentation_scope=SCOPE,
            status=Status(StatusCode.ERROR if failed else StatusCode.UNSET),
            start_time=begin_us * 1000,
            end_time=max(end_us, begin_us) * 1000,
        )

    def _context(self) -> SpanContext:
        """A context whose id follows from the request's and from its number among its spans."""
        self.made += 1
        named = f"{self.request} {self.made}".encode()
        drawn = int.from_bytes(hashlib.blake2b(named, digest_size=8).digest(), "big")
        span = drawn & _ID or 1
        return SpanContext(self.trace, span, is_remote=False, trace_flags=_SAMPLED)


def _theirs(arrival: Arrival) -> SpanContext | None:
    if arrival.trace is None:
        return None
    flags = TraceFlags(TraceFlags.SAMPLED if arrival.trace.is_sampled else TraceFlags.DEFAULT)
    return SpanContext(arrival.trace.id, arrival.trace.span, is_remote=True, trace_flags=flags)


def _used(journal: Journal) -> Attempt | None:
    """The attempt whose answer was used: the last one there."""
    for attempt in reversed(journal.attempts):
        if attempt.deployment == journal.deployment:
            return attempt
    return None
