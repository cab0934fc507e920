"""The room as the configuration has it."""

from guardrail_gw.core.ports import Clock, Offload, StateStore
from guardrail_gw.settings import Settings
from guardrail_gw.state.conversations import Conversations
from guardrail_gw.state.memory import MAX_BYTES, MemoryStore
from guardrail_gw.state.seal import StateKey
from guardrail_gw.state.sqlite import SqliteStore


def arranged(settings: Settings, clock: Clock, secret: bytes, offload: Offload) -> Conversations:
    """Conversations in their store; `secret` is the redaction key."""
    config = settings.gateway.state
    return Conversations(
        store=_store(settings, clock),
        key=StateKey(secret),
        ttl_s=config.ttl_s,
        offload=offload,
        home=config.conversations or "",
    )


def _store(settings: Settings, clock: Clock) -> StateStore:
    config = settings.gateway.state
    if config.store == "memory":
        return MemoryStore(clock, max_bytes=min(MAX_BYTES, config.max_bytes))
    return SqliteStore(settings.resolve(config.path), clock, max_bytes=config.max_bytes)
