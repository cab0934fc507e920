"""Metrics of MCP servers and of the endpoint in front of them.

Labels hold servers of the configuration, methods of the protocol, and closed lists.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from prometheus_client import CollectorRegistry, Gauge

from guardrail_gw.core.exchange import Arrival, Journal
from guardrail_gw.observability.counted import Counted

SURFACE: Final = "mcp"
METHODS: Final = frozenset(
    {
        *("tools/call", "tools/list", "prompts/get", "prompts/list", "completion/complete"),
        *("resources/read", "resources/list", "resources/templates/list"),
        *("server/discover", "subscriptions/listen"),
        *("elicitation/create", "sampling/createMessage", "roots/list"),
    }
)
"""Any other is counted as `other`: servers have methods of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerState:
    """One server, as it is when somebody looks."""

    calls: int
    """Under way."""
    parked: int
    """That wait for their clients' answers."""
    is_open: bool
    """It is left alone for a while."""


@dataclass(frozen=True, slots=True, kw_only=True)
class McpState:
    """What is read rather than counted."""

    sessions: int = 0
    listeners: int = 0
    waiting: int = 0
    """Calls that wait for a person."""
    servers: Mapping[str, ServerState] = field(default_factory=dict)


class McpMetrics:
    """Requests by server, method and ending; sessions, streams, and calls that wait."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Add them to a registry."""
        self._registry = registry
        self.state: Callable[[], McpState] = McpState
        """What is read; there is nothing where there are no servers."""
        self._requests = self._counted(
            "requests", "Requests to MCP servers by how they ended", "server", "method", "ending"
        )
        self._failed = self._counted(
            "tool_errors", "Answers that say that the tool or the server failed", "server"
        )
        self._tricks = self._counted(
            "suspicions", "What looks like orders to a model in what servers say", "server", "kind"
        )
        self._decisions = self._counted(
            "approvals", "Calls that waited for a person, by what became of them", "decision"
        )
        self._sessions = self._gauge("sessions", "Sessions of clients")
        self._listeners = self._gauge("listeners", "Streams on which clients only listen")
        self._waiting = self._gauge("approvals_waiting", "Calls that wait for a person")
        self._calls = self._gauge("calls_in_flight", "Calls under way at a server", "server")
        self._parked = self._gauge(
            "calls_parked", "Calls that wait for their clients' answers", "server"
        )
        self._open = self._gauge("breaker_open", "1 when a server is left alone", "server")

    def ended(self, arrival: Arrival, journal: Journal) -> None:
        """Count one exchange, if it is one of MCP."""
        if arrival.surface != SURFACE:
            return
        server, notes = journal.passage.asked or "", journal.tool
        said = notes.called.method if notes is not None else ""
        method = said if said in METHODS or not said else "other"
        self._requests.add((server, method, journal.ending))
        if notes is None:
            return
        if notes.is_error:
            self._failed.add((server,))
        for kind, count in notes.suspicions.items():
            self._tricks.add((server, kind), count)
        if (decision := notes.approval.get("decision")) is not None:
            self._decisions.add((decision,))

    def take(self) -> None:
        """Set what is read."""
        state = self.state()
        self._sessions.set(state.sessions)
        self._listeners.set(state.listeners)
        self._waiting.set(state.waiting)
        for name, server in state.servers.items():
            self._calls.labels(name).set(server.calls)
            self._parked.labels(name).set(server.parked)
            self._open.labels(name).set(int(server.is_open))

    def _counted(self, name: str, text: str, *labels: str) -> Counted:
        return Counted(f"guardrail_gw_mcp_{name}", text, labels, registry=self._registry)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"guardrail_gw_mcp_{name}", text, labels, registry=self._registry)
