"""Metrics of MCP: each number is its own, and labels come from closed lists."""

from collections.abc import Mapping
from dataclasses import replace

from prometheus_client import CollectorRegistry

from guardrail_gw.core.exchange import Arrival, Journal
from guardrail_gw.core.identity import RequestId
from guardrail_gw.core.passage import Passage
from guardrail_gw.core.tool import Called, ToolNotes
from guardrail_gw.observability.mcp_metrics import McpMetrics, McpState, ServerState

ARRIVAL = Arrival(id=RequestId("r"), surface="mcp", received_us=0)


def journal(method: str, *, is_error: bool = False, decision: str | None = None) -> Journal:
    """An exchange that the server `one` answered."""
    notes = ToolNotes(
        called=Called(server="one", method=method),
        is_error=is_error,
        approval={} if decision is None else {"decision": decision},
    )
    return Journal(passage=Passage(asked="one"), tool=notes)


def told(registry: CollectorRegistry) -> Mapping[str, float]:
    """Name and labels, short -> value, of what is not 0."""
    return {
        " ".join((s.name.removeprefix("guardrail_gw_mcp_"), *s.labels.values())): s.value
        for family in registry.collect()
        for s in family.samples
        if s.value and not s.name.endswith("_created")
    }


def test_each_exchange_counts_as_what_it_was() -> None:
    """A server's own method is `other`, and what is said of tools has counters of its own."""
    registry = CollectorRegistry()
    metrics = McpMetrics(registry)

    metrics.ended(ARRIVAL, journal("tools/call", is_error=True))
    metrics.ended(ARRIVAL, journal("tools/call"))
    metrics.ended(ARRIVAL, journal("anna/schmidt", decision="expired"))
    metrics.ended(replace(ARRIVAL, surface="openai_chat"), journal("tools/call"))

    assert told(registry) == {
        "requests_total one tools/call ok": 2,
        "requests_total one other ok": 1,
        "tool_errors_total one": 1,
        "approvals_total expired": 1,
    }


def test_what_is_read_is_told_as_it_is() -> None:
    """No number stands for another one."""
    registry = CollectorRegistry()
    metrics = McpMetrics(registry)
    one = ServerState(calls=4, parked=5, is_open=True)
    metrics.state = lambda: McpState(sessions=1, listeners=2, waiting=3, servers={"one": one})

    metrics.take()

    assert told(registry) == {
        "sessions": 1,
        "listeners": 2,
        "approvals_waiting": 3,
        "calls_in_flight one": 4,
        "calls_parked one": 5,
        "breaker_open one": 1,
    }
