"""Where requests may be placed, as the configuration has it."""

from collections.abc import Callable, Mapping
from typing import Final

from guardrail_gw.catalog.jurisdictions import Jurisdictions
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.core.fallback import BY_DEFAULT
from guardrail_gw.errors import ConfigError
from guardrail_gw.mcp_servers import McpConfig, McpServerConfig
from guardrail_gw.residency.residency import Residency
from guardrail_gw.settings import Settings

MCP: Final = "mcp"
"""What stands in records for the provider of every server, and for what it speaks."""


def arranged_residency(
    settings: Settings, deployments: Mapping[str, Deployment], now_us: Callable[[], int]
) -> Residency:
    """Routes, fallbacks and homes.

    Args:
        settings: what the operator wrote.
        deployments: every configured one by its id.
        now_us: the wall clock, by which contracts end.
    """
    config = settings.gateway
    return Residency(
        routes={
            model.name: tuple(deployments[name] for name in model.deployments)
            for model in config.models
        },
        now_us=now_us,
        fallbacks={
            model.name: tuple(
                (other.model, frozenset(other.on or BY_DEFAULT)) for other in model.fallbacks
            )
            for model in config.models
        },
        ladders={model.name: model.ladder for model in config.models},
        conversations=config.state.conversations,
        homes=config.state.homes,
    )


def arranged_server_residency(
    config: McpConfig, jurisdictions: Jurisdictions, now_us: Callable[[], int]
) -> Residency:
    """MCP servers as deployments of their own: each is the only one behind its name.

    Args:
        config: what the operator wrote.
        jurisdictions: knows which countries a place is made of.
        now_us: the wall clock, by which contracts end.

    Raises:
        ConfigError: a place that nobody knows.
    """
    return Residency(
        routes={each.id: (server_deployment(each, jurisdictions),) for each in config.servers},
        now_us=now_us,
    )


def server_deployment(server: McpServerConfig, jurisdictions: Jurisdictions) -> Deployment:
    """One server, as the rooms know whom a request may go to."""

    def countries(name: str, places: tuple[str, ...]) -> frozenset[str]:
        try:
            return jurisdictions.countries(places)
        except ConfigError as error:
            raise ConfigError(f"mcp server {server.id}: {name}: {error}") from error

    return Deployment(
        id=server.id,
        provider=MCP,
        model=server.id,
        base_url=server.url or "",
        dialect=MCP,
        inference=countries("inference", server.inference),
        storage=countries("storage", server.storage),
        terms=tuple(server.contract.terms()) if server.contract else (),
    )
