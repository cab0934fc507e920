"""What Prometheus learns of a collector; docs/collector.md describes each."""

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest


class CollectorMetrics:
    """The registry of one collector."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.parcels = Counter(
            "guardrail_gw_collector_parcels",
            "Parcels by gateway and result",
            ["gateway", "result"],
            registry=self.registry,
        )
        self.records = Counter(
            "guardrail_gw_collector_records",
            "Records acknowledged",
            ["gateway"],
            registry=self.registry,
        )
        self.accepted = Gauge(
            "guardrail_gw_collector_last_accepted_seconds",
            "When a parcel was last acknowledged, in seconds since 1970",
            ["gateway"],
            registry=self.registry,
        )
        self.forks = Counter(
            "guardrail_gw_collector_forks",
            "Checkpoints that contradict what was accepted; must stay 0",
            ["gateway"],
            registry=self.registry,
        )

    def known(self, gateway: str) -> None:
        """Show a gateway before it sends anything, so that an alarm has a series to watch."""
        self.records.labels(gateway)
        self.forks.labels(gateway)

    def exposition(self) -> bytes:
        """The text exposition."""
        return generate_latest(self.registry)
