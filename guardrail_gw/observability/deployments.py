"""Metrics of deployments and of the connections to them, as they are when somebody looks."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

from prometheus_client import CollectorRegistry, Gauge


class Known(Protocol):
    """What is known of one deployment."""

    in_flight: int
    """Attempts that are under way."""

    @property
    def is_open(self) -> bool:
        """Whether its circuit breaker is not closed."""
        ...

    @property
    def changes(self) -> Mapping[str, int]:
        """State of the breaker -> how often it came into it."""
        ...

    def first_token_s(self, now_s: float) -> float | None:
        """How long the first token of a stream is expected to take."""
        ...


class Connected(Protocol):
    """The connections to one deployment."""

    @property
    def busy(self) -> int:
        """In use."""
        ...

    @property
    def idle(self) -> int:
        """Kept for later."""
        ...

    @property
    def made(self) -> int:
        """Since the start."""
        ...

    @property
    def resumed(self) -> int:
        """Those whose TLS session was an earlier one's."""
        ...

    @property
    def stale(self) -> int:
        """Kept ones that turned out to be closed when they were used."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wires:
    """What is known of the way to deployments."""

    connections: Mapping[str, Connected]
    """Of those to which there was one."""
    connect_s: Mapping[str, float]
    """How long connecting is expected to take, of those measured."""
    look_ups: Mapping[str, int]
    """Names that were looked up, by what came of it."""


NO_WIRES: Final = Wires(connections={}, connect_s={}, look_ups={})


class DeploymentGauges:
    """docs/metrics.md describes each."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Add them to a registry."""
        self._registry = registry
        self._breaker = self._gauge(
            "breaker_open", "1 when a deployment's circuit breaker is open", "deployment"
        )
        self._breaker_changes = self._gauge(
            "breaker_changes", "Times that a breaker came into a state", "deployment", "state"
        )
        self._under_way = self._gauge(
            "attempts_in_flight", "Attempts that are under way at a deployment", "deployment"
        )
        self._first_token = self._gauge(
            "first_token_seconds", "How long the first token is expected to take", "deployment"
        )
        self._connections = self._gauge(
            "connections", "Connections to a deployment that are there", "deployment", "state"
        )
        self._made = self._gauge(
            "connections_made", "Connections to a deployment since the start", "deployment"
        )
        self._resumed = self._gauge(
            "connections_resumed", "Those that took up an earlier TLS session", "deployment"
        )
        self._stale = self._gauge(
            "connections_stale", "Kept ones found to be closed when they were used", "deployment"
        )
        self._connect = self._gauge(
            "connect_seconds", "How long TCP and TLS are expected to take", "deployment"
        )
        self._look_ups = self._gauge(
            "name_look_ups", "Names that were looked up, by what came of it", "result"
        )

    def take(self, deployments: Mapping[str, Known], wires: Wires, now_s: float) -> None:
        """Set each to what is known now."""
        for deployment, known in deployments.items():
            self._breaker.labels(deployment).set(int(known.is_open))
            self._under_way.labels(deployment).set(known.in_flight)
            for name, times in known.changes.items():
                self._breaker_changes.labels(deployment, name).set(times)
            first_s = known.first_token_s(now_s)
            if first_s is not None:
                self._first_token.labels(deployment).set(first_s)
        for deployment, sizes in wires.connections.items():
            self._connections.labels(deployment, "busy").set(sizes.busy)
            self._connections.labels(deployment, "idle").set(sizes.idle)
            self._made.labels(deployment).set(sizes.made)
            self._resumed.labels(deployment).set(sizes.resumed)
            self._stale.labels(deployment).set(sizes.stale)
        for deployment, connect_s in wires.connect_s.items():
            self._connect.labels(deployment).set(connect_s)
        for result, count in wires.look_ups.items():
            self._look_ups.labels(result).set(count)

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"guardrail_gw_{name}", text, labels, registry=self._registry)
