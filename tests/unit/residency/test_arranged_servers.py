"""MCP servers as the configuration places them."""

from datetime import date

import pytest

from guardrail_gw.catalog.configured import ContractConfig
from guardrail_gw.catalog.jurisdictions import Jurisdictions
from guardrail_gw.errors import ConfigError
from guardrail_gw.mcp_servers import McpConfig, McpServerConfig
from guardrail_gw.residency.arranged import arranged_server_residency
from tests.support.policies import PLACES

JURISDICTIONS = Jurisdictions(members=PLACES)
CONTRACT = ContractConfig.model_validate(
    {
        "processor": "Acme Tools GmbH",
        "purpose": "customer data",
        "dpa": {"reference": "file 7", "signed": date(2025, 1, 31), "expires": date(2027, 1, 31)},
    }
)


def test_a_server_is_the_only_one_behind_its_name() -> None:
    """With its countries, what its contract ends with, and nobody knows where if nobody said."""
    url = "https://crm.example/mcp"
    config = McpConfig(
        servers=(
            McpServerConfig(
                id="crm", url=url, inference=("EU",), storage=("DE",), contract=CONTRACT
            ),
            McpServerConfig(id="web", url=url),
        )
    )

    routes = arranged_server_residency(config, JURISDICTIONS, lambda: 0).routes

    (crm,), (web,) = routes["crm"], routes["web"]
    assert (crm.inference, crm.storage) == (PLACES["EU"], frozenset({"DE"}))
    assert [term.what for term in crm.terms] == ["dpa"]
    assert (web.inference, web.storage, web.terms) == (frozenset(), frozenset(), ())


def test_a_place_that_nobody_knows_is_an_error() -> None:
    """It names the server and the field."""
    server = McpServerConfig(id="crm", url="https://crm.example/mcp", storage=("Atlantis",))

    with pytest.raises(ConfigError, match="mcp server crm: storage"):
        arranged_server_residency(McpConfig(servers=(server,)), JURISDICTIONS, lambda: 0)
