"""The register of processors, and the checks that rest on it."""

import json
from dataclasses import replace
from typing import Any

import pytest

from guardrail_gw.compliance.configuration import Configured, run_checks
from guardrail_gw.compliance.contracts import CHECKS
from guardrail_gw.compliance.register import register
from guardrail_gw.compliance.result import Status
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.settings import Gateway
from tests.support.audit_world import START_US, inbound, placed

DPA = {"reference": "DPA 7", "signed": "2025-01-01"}
SCC = {"kind": "scc", "reference": "Module 2"}
CONTRACT = {"processor": "Provider Ltd", "purpose": "Answers"}
EU = replace(placed(inbound()).lawful[0], id="d", region="europe")
US = replace(EU, inference=frozenset({"US"}))
PAST = "2026-01-01"


def configured(found: Deployment, contract: dict[str, Any] | None) -> Configured:
    """A gateway with one deployment under this contract."""
    deployment = {"id": "d", "provider": "p", "model": "m", "contract": contract}
    gateway = Gateway.model_validate_json(
        json.dumps(
            {
                "apiVersion": "guardrail-gw/v1",
                "kind": "Gateway",
                "access": {"single_tenant": {"tenant": "t", "team": "t", "user": "u"}},
                "policies": "policies",
                "audit": {"directory": "audit", "keys": "keys", "public": "public"},
                "models": [{"name": "m", "deployments": ["d"]}],
                "deployments": [deployment],
            }
        )
    )
    terms = gateway.deployments[0].contract
    return Configured(
        gateway=gateway,
        deployments={"d": replace(found, terms=tuple(terms.terms()) if terms else ())},
        policies={},
        cases=None,
        recipients=None,
        eea=frozenset({"DE"}),
        now_us=START_US,
    )


@pytest.mark.parametrize(
    ("found", "contract", "failed"),
    [
        (EU, {**CONTRACT, "dpa": DPA}, set()),
        (EU, None, {"processors-agreed"}),
        (EU, {**CONTRACT, "dpa": {**DPA, "expires": PAST}}, {"contracts-in-force"}),
        (US, {**CONTRACT, "dpa": DPA}, {"transfers-based"}),
        (US, {**CONTRACT, "dpa": DPA, "transfer_mechanism": SCC}, set()),
        (
            US,
            {**CONTRACT, "dpa": DPA, "transfer_mechanism": {**SCC, "expires": PAST}},
            {"contracts-in-force"},
        ),
    ],
)
def test_what_lacks_is_found(
    found: Deployment, contract: dict[str, Any] | None, failed: set[str]
) -> None:
    """An agreement, its being in force, and a basis for a third country are asked for alone."""
    results = run_checks(CHECKS, configured(found, contract))

    assert {name for name, r in results.items() if r.status is Status.FAIL} == failed


def test_own_servers_need_no_agreement() -> None:
    """Where the operator declares the countries of its own machines, nobody else processes."""
    own = configured(replace(EU, region=""), None)
    config = own.gateway.deployments[0].model_copy(update={"inference": ("DE",)})
    gateway = own.gateway.model_copy(update={"deployments": (config,)})

    (entry,) = register(replace(own, gateway=gateway))

    assert entry.own
    assert not entry.lacks_dpa


def test_an_entry_says_who_where_and_why() -> None:
    """It has the legal name, the virtual models, and the countries outside the EEA."""
    terms = {**CONTRACT, "dpa": {**DPA, "expires": PAST}, "transfer_mechanism": SCC}

    (entry,) = register(configured(US, terms))

    assert (entry.processor, entry.models, entry.outside_eea) == ("Provider Ltd", ("m",), ("US",))
    assert entry.transfer_mechanism == "scc, Module 2"
    assert entry.lapsed == "its dpa ended at 2026-01-01T00:00:00+00:00"
