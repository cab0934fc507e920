"""Metrics of what was read from files: the configuration, and keys that change while it runs."""

from prometheus_client import CollectorRegistry, Counter, Gauge

from guardrail_gw.observability.state import State


class LoadedMetrics:
    """docs/metrics.md describes each."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Add them to a registry."""
        self.changes = Counter(
            "guardrail_gw_secrets_changes",
            "Keys that came into force while it ran, or were refused",
            ["result"],
            registry=registry,
        )
        self._config = Gauge(
            "guardrail_gw_config_info", "The gateway.yaml in force", ["digest"], registry=registry
        )
        self._secrets = Gauge(
            "guardrail_gw_secrets_info", "The keys in force", ["digest"], registry=registry
        )
        self._generation = Gauge(
            "guardrail_gw_secrets_generation",
            "How many sets of keys were in force since the start",
            registry=registry,
        )
        self._refused = Gauge(
            "guardrail_gw_secrets_refused",
            "1 when the keys that lie there are refused; the last good ones count",
            registry=registry,
        )

    def take(self, state: State) -> None:
        """Set each to what is in force now."""
        self._config.labels(state.config_digest).set(1)
        self._secrets.clear()
        self._secrets.labels(state.secrets_digest).set(1)
        self._generation.set(state.secrets_generation)
        self._refused.set(int(state.secrets_refused))
