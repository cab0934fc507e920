"""Metrics of answers that are given again."""

from functools import cache

from prometheus_client import CollectorRegistry, Counter, Gauge

from guardrail_gw.core.cached import CacheUse
from guardrail_gw.observability.state import Kept


class CacheMetrics:
    """How often answers were looked for, and what the kept ones take."""

    def __init__(self, registry: CollectorRegistry) -> None:
        """Add them to a registry."""
        self._lookups = cache(
            Counter(
                "guardrail_gw_cache_lookups",
                "Requests that may leave, by what the cache had to do with them",
                ["result", "reason"],
                registry=registry,
            ).labels
        )
        self._entries = Gauge(
            "guardrail_gw_cache_entries", "Answers that are kept", registry=registry
        )
        self._bytes = Gauge(
            "guardrail_gw_cache_bytes", "Bytes of memory, about, that they take", registry=registry
        )
        self._evicted = Gauge(
            "guardrail_gw_cache_evicted",
            "Answers that went before their time, for want of room",
            registry=registry,
        )

    def looked(self, use: str | None) -> None:
        """Count one request by its `CacheUse`; None: there is no cache."""
        if use is None:
            return
        self._lookups(CacheUse(use).result, use).inc()

    def take(self, kept: Kept) -> None:
        """Set what is kept now."""
        self._entries.set(kept.entries)
        self._bytes.set(kept.bytes)
        self._evicted.set(kept.evicted)
