"""The cache, as the configuration has it."""

from collections.abc import Callable

from guardrail_gw.cache.answers import Answers
from guardrail_gw.cache.memory import MemoryAnswers
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.exchange import Placed
from guardrail_gw.core.ports import Clock
from guardrail_gw.dialects.every import BY_NAME
from guardrail_gw.settings import CacheConfig


def arranged_cache(
    config: CacheConfig | None, clock: Clock, still_lawful: Callable[[Placed, Deployment], bool]
) -> Answers | None:
    """The room; None where nothing is kept.

    Args:
        config: what the operator wrote, if anything.
        clock: tells the time.
        still_lawful: whether a deployment may see a request now.
    """
    if config is None:
        return None
    store = MemoryAnswers(
        clock=clock,
        ttl_s=config.ttl_s,
        max_bytes=config.max_bytes,
        max_entries=config.max_entries,
    )
    return Answers(store, clock, BY_NAME, still_lawful, config.max_entry_bytes)
