"""The room as the configuration has it: of stores it imports the one that is configured."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from guardrail_gw.catalog.credential import SecretConfig
from guardrail_gw.core.counting import Standing
from guardrail_gw.core.ports import Clock, Counters, Offload, StateStore
from guardrail_gw.settings import RedisConfig, Settings
from guardrail_gw.state.conversations import Conversations
from guardrail_gw.state.seal import StateKey
from guardrail_gw.state.shares import Bounds

if TYPE_CHECKING:
    from guardrail_gw.state.redis.server import RedisServer

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
        from guardrail_gw.state.local_counters import LocalCounters  # noqa: PLC0415 - as configured

        return LocalCounters(counters, clock, share=config.local_share, standing=standing)
    return counters


def _counters(settings: Settings, clock: Clock, reveal: Reveal) -> Counters:
    config = settings.gateway.state
    if config.redis is not None:
        from guardrail_gw.state.redis.counters import RedisCounters  # noqa: PLC0415 - as configured

        return RedisCounters(_redis(config.redis, clock, reveal))
    if config.store == "memory":
        from guardrail_gw.state.memory_counters import MemoryCounters  # noqa: PLC0415 - ditto

        return MemoryCounters(clock)
    from guardrail_gw.state.sqlite_counters import SqliteCounters  # noqa: PLC0415 - ditto

    path = settings.resolve(config.path)
    return SqliteCounters(path.with_name(f"{path.stem}.counters{path.suffix}"), clock)


def _store(settings: Settings, clock: Clock, reveal: Reveal) -> StateStore:
    config = settings.gateway.state
    if config.redis is not None:
        from guardrail_gw.state.redis.store import RedisStore  # noqa: PLC0415 - as configured

        return RedisStore(_redis(config.redis, clock, reveal))
    if config.store == "memory":
        from guardrail_gw.state.memory import MAX_BYTES, MemoryStore  # noqa: PLC0415 - ditto

        return MemoryStore(clock, max_bytes=min(MAX_BYTES, config.max_bytes))
    from guardrail_gw.state.sqlite import SqliteStore  # noqa: PLC0415 - ditto

    return SqliteStore(settings.resolve(config.path), clock, max_bytes=config.max_bytes)


def _redis(config: RedisConfig, clock: Clock, reveal: Reveal) -> "RedisServer":
    from guardrail_gw.state.redis.address import RedisAddress  # noqa: PLC0415 - as configured
    from guardrail_gw.state.redis.server import RedisServer  # noqa: PLC0415 - ditto

    address = RedisAddress.read(reveal("state.redis.url", config.url))
    return RedisServer(address, clock, timeout_s=config.timeout_s)
