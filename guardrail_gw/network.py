"""Connections and names, as an operator wants them (docs/network.md)."""

from typing import Annotated

from pydantic import Field

from guardrail_gw.catalog.connections import Idle, Life, Limit, Warm
from guardrail_gw.documents import Strict

Delay = Annotated[float, Field(ge=0, le=86_400)]


class PoolConfig(Strict):
    """Connections to each deployment that says nothing else, in each worker."""

    limit: Limit | None = None
    """In use at once; None: as many as there are exchanges."""
    idle_s: Idle = 15
    max_age_s: Life = 600
    warm: Warm = 0
    """Made before anybody needs them."""


class NamesConfig(Strict):
    """How long addresses of names are used."""

    ttl_s: Life = 10
    stale_s: Delay = 300
    """After that, while they are asked for anew or nobody can be asked."""
    failed_s: Delay = 1
    """A name that has no address is not asked for again for so long."""


class NetworkConfig(Strict):
    """How deployments are reached."""

    connections: PoolConfig = PoolConfig()
    names: NamesConfig = NamesConfig()


class ZoneFromConfig(Strict):
    """A zone that differs between replicas with the same file."""

    env: Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]
