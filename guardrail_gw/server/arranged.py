"""Who may ask, and where operators look, from the configuration."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from guardrail_gw.callers import AccessConfig, KeyConfig, PrincipalConfig
from guardrail_gw.core.identity import Principal
from guardrail_gw.server.access import Access, KeyAccess, SingleTenant, VirtualKey
from guardrail_gw.server.admin import admin_application
from guardrail_gw.server.listener import Address, Listener
from guardrail_gw.server.probes import Probed, probe_application
from guardrail_gw.serving import AdminConfig, ProbeConfig

_DRAIN_S = 1.0


def arranged_access(config: AccessConfig, keys: Iterable[KeyConfig]) -> Access:
    """Who may ask, from the configuration; `keys` are those of it and of its file."""
    if config.single_tenant is not None:
        return SingleTenant(
            only=_principal(config.single_tenant, key_id="single-tenant"),
            hosts=frozenset(config.single_tenant.hosts),
            origins=frozenset(config.single_tenant.origins),
        )
    return KeyAccess(virtual_keys(keys))


def virtual_keys(keys: Iterable[KeyConfig]) -> Iterator[VirtualKey]:
    """Keys as clients send them, from the configuration."""
    for key in keys:
        for sha256 in key.hashes:
            yield VirtualKey(sha256=sha256, principal=_principal(key, key_id=key.id))


def arranged_admin(
    config: AdminConfig | None, routing: Callable[[], Mapping[str, Any]]
) -> Listener | None:
    """Where operators look, if the configuration says so."""
    if config is None:
        return None
    app = admin_application(routing, config.hosts)
    return Listener(app, Address(host=config.host, port=config.port), drain_s=_DRAIN_S)


def arranged_probe(config: ProbeConfig, probed: Probed) -> Listener:
    """Where probes and operators look."""
    app = probe_application(probed, config.hosts)
    return Listener(app, Address(host=config.host, port=config.port), drain_s=_DRAIN_S)


def _principal(config: PrincipalConfig, *, key_id: str) -> Principal:
    return Principal(
        tenant=config.tenant,
        team=config.team,
        user=config.user,
        key_id=key_id,
        tags=tuple(sorted(config.tags.items())),
    )
