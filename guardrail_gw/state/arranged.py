"""The room as the configuration has it."""

from collections.abc import Callable

from guardrail_gw.catalog.credential import SecretConfig
from guardrail_gw.core.counting import Standing
from guardrail_gw.core.ports import Clock, Counters, Offload, StateStore
from guardrail_gw.settings import Settings
from guardrail_gw.state.conversations import Conversations
from guardrail_gw.state.local_counters import LocalCounters
from guardrail_gw.state.memory import MAX_BYTES, MemoryStore
from guardrail_gw.state.memory_counters import MemoryCounters
from guardrail_gw.state.redis.address import RedisAddress
from guardrail_gw.state.redis.counters import RedisCounters
from guardrail_gw.state.redis.server import RedisServer
from guardrail_gw.state.redis.store import RedisStore
from guardrail_gw.state.seal import StateKey
from guardrail_gw.state.shares import Bounds
from guardrail_gw.state.sqlite import SqliteStore
from guardrail_gw.state.sqlite_counters import SqliteCounters

Reveal = Callable[[str, SecretConfig], str]
"""Name in the configuration and place -> the secret."""


def arranged(
    settings: Settings, clock: Clock, secret: bytes, offload: Offload, reveal: Reveal
) -> Conversations:
    """Conversations in their store.

    Args:
        settings: what the operator wrote.
        clock: for what has its time.
        secret: the redaction key.
        offload: where large values are sealed.
        reveal: reads a secret of the configuration.

    Raises:
        ConfigError: the address of Redis is missing, or none.
    """
    config = settings.gateway.state
    return Conversations(
        store=_store(settings, clock, reveal),
        key=StateKey(secret),
        ttl_s=config.ttl_s,
        bounds=Bounds(
            key_bytes=config.key_max_bytes or config.max_bytes // 4,
            tenant_bytes=config.tenant_max_bytes or config.max_bytes // 2,
        ),
        offload=offload,
        home=config.conversations or "",
        homes=config.homes,
    )


def arranged_counters(
    settings: Settings, clock: Clock, reveal: Reveal, standing: Standing
) -> Counters:
    """Where budgets and rates are counted: in the same kind of store, apart from it.

    Args:
        settings: what the operator wrote.
        clock: for what has its time.
        reveal: reads a secret of the configuration.
        standing: is told when the store is down and this process goes on by itself.

    Raises:
        ConfigError: the address of Redis is missing, or none.
    """
    config = settings.gateway.state
    counters = _counters(settings, clock, reveal)
    if config.on_state_failure == "local":
        return LocalCounters(counters, clock, share=config.local_share, standing=standing)
    return counters


def _counters(settings: Settings, clock: Clock, reveal: Reveal) -> Counters:
    config = settings.gateway.state
    if config.redis is not None:
        address = RedisAddress.read(reveal("state.redis.url", config.redis.url))
        return RedisCounters(RedisServer(address, clock, timeout_s=config.redis.timeout_s))
    if config.store == "memory":
        return MemoryCounters(clock)
    path = settings.resolve(config.path)
    return SqliteCounters(path.with_name(f"{path.stem}.counters{path.suffix}"), clock)


def _store(settings: Settings, clock: Clock, reveal: Reveal) -> StateStore:
    config = settings.gateway.state
    if config.redis is not None:
        address = RedisAddress.read(reveal("state.redis.url", config.redis.url))
        return RedisStore(RedisServer(address, clock, timeout_s=config.redis.timeout_s))
    if config.store == "memory":
        return MemoryStore(clock, max_bytes=min(MAX_BYTES, config.max_bytes))
    return SqliteStore(settings.resolve(config.path), clock, max_bytes=config.max_bytes)
