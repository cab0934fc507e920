"""Who may ask, from the configuration."""

from guardrail_gw.core.identity import Principal
from guardrail_gw.server.access import Access, KeyAccess, SingleTenant, VirtualKey
from guardrail_gw.settings import AccessConfig, PrincipalConfig


def arranged_access(config: AccessConfig) -> Access:
    """Who may ask, from the configuration."""
    if config.single_tenant is not None:
        return SingleTenant(
            only=_principal(config.single_tenant, key_id="single-tenant"),
            hosts=frozenset(config.single_tenant.hosts),
            origins=frozenset(config.single_tenant.origins),
        )
    return KeyAccess(
        VirtualKey(sha256=key.sha256, principal=_principal(key, key_id=key.id))
        for key in config.keys
    )


def _principal(config: PrincipalConfig, *, key_id: str) -> Principal:
    return Principal(tenant=config.tenant, team=config.team, user=config.user, key_id=key_id)
