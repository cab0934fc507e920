"""Spans of exchanges that are over."""

from dataclasses import replace
from typing import Literal

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.trace import SpanKind, StatusCode

from guardrail_gw.core.exchange import Ending, Journal
from guardrail_gw.core.identity import RequestId
from guardrail_gw.core.passage import Passage
from guardrail_gw.core.trace import Trace
from guardrail_gw.observability.telemetry.spans import Spans
from tests.unit.observability.telemetry.test_told import ARRIVAL, ATTEMPT, KNOWN

SPANS = Spans(known=KNOWN, resource=Resource({}), sample=1, traceparent="ignore")
THEIRS = Trace(id=7, span=9, is_sampled=False)
JOURNAL = Journal(
    passage=Passage(
        asked="assistant", admitted_us=2, redacted_us=4, committing_us=5, committed_us=8
    ),
    deployment="eu",
    attempts=[replace(ATTEMPT, result="http_429", started_us=9), replace(ATTEMPT, started_us=15)],
)


def test_an_exchange_has_a_span_for_each_of_its_parts() -> None:
    """All in one trace, named by the request's own id, children within the whole."""
    root, *children = SPANS.of(ARRIVAL, JOURNAL, 20)

    assert root.name == "chat assistant"
    assert [c.name for c in children] == ["redaction", "audit commit", "chat m", "chat m"]
    assert {s.context.trace_id for s in (root, *children)} == {int(ARRIVAL.id.replace("-", ""), 16)}
    assert len({s.context.span_id for s in (root, *children)}) == 5
    assert all(c.parent == root.context for c in children)
    assert [(c.start_time, c.end_time) for c in children] == [
        (2000, 4000),
        (5000, 8000),
        (9000, 12000),
        (15000, 18000),
    ]
    assert [c.status.status_code for c in children[2:]] == [StatusCode.ERROR, StatusCode.UNSET]
    assert children[-1].kind is SpanKind.CLIENT
    assert (root.start_time, root.end_time, root.parent) == (1000, 20_000, None)


def test_what_did_not_happen_has_no_span() -> None:
    """A request that was refused at the door is one span, and an error."""
    [only] = SPANS.of(ARRIVAL, Journal(ending=Ending.REFUSED, code="auth.unknown_key"), 3)

    assert only.status.status_code is StatusCode.ERROR
    assert (only.attributes or {})["error.type"] == "auth.unknown_key"


@pytest.mark.parametrize("traceparent", ["ignore", "link", "parent"])
def test_a_clients_trace_is_pointed_at_as_configured(
    traceparent: Literal["ignore", "link", "parent"],
) -> None:
    """Never more than its ids; whether it is sampled there decides nothing here."""
    spans = replace(SPANS, traceparent=traceparent)

    root, child, *_ = spans.of(replace(ARRIVAL, trace=THEIRS), JOURNAL, 20)

    own = int(ARRIVAL.id.replace("-", ""), 16)
    assert root.context.trace_id == (7 if traceparent == "parent" else own)
    assert child.context.trace_id == root.context.trace_id
    assert (root.parent is not None) is (traceparent == "parent")
    assert len(root.links) == (traceparent == "link")


def test_a_share_of_exchanges_has_spans_by_their_own_id() -> None:
    """About the share that is asked for, and the same ones each time."""
    spans = replace(SPANS, sample=0.25)
    arrivals = [replace(ARRIVAL, id=RequestId(f"{n:032x}"), trace=THEIRS) for n in range(1, 2001)]

    sampled = [a.id for a in arrivals if list(spans.of(a, Journal(), 3))]

    assert 400 < len(sampled) < 600
    assert sampled == [a.id for a in arrivals if list(spans.of(a, Journal(), 3))]
    assert list(replace(SPANS, sample=0).of(ARRIVAL, JOURNAL, 20)) == []
