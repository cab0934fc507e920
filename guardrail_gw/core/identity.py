"""Who asks, and the name of what was asked."""

from dataclasses import dataclass
from typing import NewType

RequestId = NewType("RequestId", str)
"""A UUIDv7 that the gateway makes; never the client's, never the provider's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who a virtual key stands for. All three names come from the configuration."""

    tenant: str
    team: str
    user: str
    key_id: str
    """The key's public name, never the key."""
    tags: tuple[tuple[str, str], ...] = ()
    """That are fixed for the key: names and values of the configuration, by name."""
