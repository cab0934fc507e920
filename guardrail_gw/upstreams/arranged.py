"""Connections to providers as the configuration has them."""

import os
import re
from collections.abc import Callable, Mapping
from typing import Final

from guardrail_gw.catalog.connections import ConnectionsConfig
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.ports import Clock
from guardrail_gw.errors import ConfigError
from guardrail_gw.network import PoolConfig
from guardrail_gw.settings import Settings
from guardrail_gw.upstreams.credentials import Credentials
from guardrail_gw.upstreams.http import HttpUpstream
from guardrail_gw.upstreams.names import NameBounds
from guardrail_gw.upstreams.pooling import Pooling, Wiring
from guardrail_gw.upstreams.timeouts import Timeouts

_ZONE: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")


def arranged_upstream(
    settings: Settings,
    deployments: Mapping[str, Deployment],
    clock: Clock,
    connected: Callable[[str, float], None],
    credentials: Credentials,
) -> HttpUpstream:
    """What sends to these deployments.

    Args:
        settings: what the operator wrote.
        deployments: by id, held to the catalog.
        clock: by which tokens end.
        connected: told of each connection: deployment, and how long TCP and TLS took, in seconds.
        credentials: with which to sign in, until others come into force.
    """
    routing = settings.gateway.routing
    return HttpUpstream(
        Timeouts(
            connect_s=routing.connect_timeout_s,
            first_byte_s=routing.first_byte_timeout_s,
            idle_s=routing.idle_timeout_s,
        ),
        credentials,
        clock,
        wiring=arranged_wiring(settings, deployments, connected),
    )


def arranged_wiring(
    settings: Settings,
    deployments: Mapping[str, Deployment],
    connected: Callable[[str, float], None],
) -> Wiring:
    """How they are connected to; arguments as above."""
    gateway = settings.gateway
    network = gateway.network
    names = network.names
    own = {d.id: d.connections for d in gateway.deployments if d.connections is not None}
    return Wiring(
        pooling=_pooling(network.connections, ConnectionsConfig()),
        own={name: _pooling(network.connections, config) for name, config in own.items()},
        names=NameBounds(ttl_s=names.ttl_s, stale_s=names.stale_s, failed_s=names.failed_s),
        base_urls={each.id: each.base_url for each in deployments.values()},
        connected=connected,
    )


def zone_of(settings: Settings, *, is_serving: bool = True) -> str:
    """The gateway's own zone; empty: nobody said.

    Args:
        settings: what the operator wrote.
        is_serving: whether this is the gateway; elsewhere its environment may not be there.

    Raises:
        ConfigError: the environment variable that holds it is missing, or holds none.
    """
    zone = settings.gateway.zone
    if zone is None or isinstance(zone, str):
        return zone or ""
    named = os.environ.get(zone.env, "")
    if not named and not is_serving:
        return ""
    if not _ZONE.fullmatch(named):
        raise ConfigError(
            f"zone: the environment variable {zone.env} holds no zone: small letters, digits, `.`,"
            " `_` and `-`, at most 63"
        )
    return named


def _pooling(every: PoolConfig, own: ConnectionsConfig) -> Pooling:
    return Pooling(
        limit=every.limit if own.limit is None else own.limit,
        idle_s=every.idle_s if own.idle_s is None else own.idle_s,
        max_age_s=every.max_age_s if own.max_age_s is None else own.max_age_s,
        warm=every.warm if own.warm is None else own.warm,
    )
