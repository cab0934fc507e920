"""Checks of a configuration: each fails by what it is there for."""

from dataclasses import replace
from typing import Any

import pytest

from guardrail_gw.compliance.configuration import CHECKS, Configured, run_checks
from guardrail_gw.compliance.result import Status
from guardrail_gw.policy.cases import Report, Result
from guardrail_gw.policy.policy import Action, OnViolation, ResidencyRule, When
from guardrail_gw.settings import Gateway
from tests.support.audit_world import START_US, inbound, placed, policy

GATEWAY: dict[str, Any] = {
    "apiVersion": "guardrail-gw/v1",
    "kind": "Gateway",
    "access": {"single_tenant": {"tenant": "t", "team": "t", "user": "u"}},
    "policies": "policies",
    "audit": {
        "directory": "audit",
        "keys": "keys",
        "public": "public",
        "registry": "registry",
        "archive": {"directory": "archive", "keep_days": 200},
    },
    "models": [{"name": "m", "deployments": ["eu-1"]}],
    "deployments": [{"id": "eu-1", "provider": "standin", "model": "m"}],
}
RULE = ResidencyRule(
    when=When.ALWAYS,
    entities=frozenset(),
    jurisdictions=("EU",),
    countries=frozenset({"DE"}),
    on_violation=OnViolation.REROUTE,
    rule="base/residency",
)
POLICY = replace(policy(), residency=(RULE,))


def gateway(**audit: Any) -> Gateway:
    """The configuration, with other fields in its audit block."""
    return Gateway.model_validate({**GATEWAY, "audit": {**GATEWAY["audit"], **audit}}, strict=False)


EU = placed(inbound()).lawful[0]
CASES = Report(results=(Result(name="a", line=1, differences=()),), covered=(), uncovered=())
GOOD = Configured(
    gateway=gateway(),
    deployments={"eu-1": EU},
    policies={"t/t at openai_chat": POLICY, "t/t at gemini": None},
    cases=CASES,
    recipients=("auditor", "escrow"),
    eea=frozenset({"DE"}),
    now_us=START_US,
)


def failed(configured: Configured) -> set[str]:
    """The checks that fail."""
    found = run_checks(CHECKS, configured).items()
    return {name for name, result in found if result.status is Status.FAIL}


def test_what_is_right_passes() -> None:
    """Every check passes; a caller whom no policy matches is no fault, for nothing passes."""
    found = run_checks(CHECKS, GOOD)

    assert {r.status for r in found.values()} == {Status.PASS}
    assert found.keys() == CHECKS.keys()


def test_without_a_configuration_nothing_is_tested() -> None:
    """What nobody looked at has not passed."""
    assert {r.status for r in run_checks(CHECKS, None).values()} == {Status.NOT_TESTED}


LETS_THROUGH = replace(POLICY, default=replace(POLICY.default, action=Action.ALLOW))
LISTEN = {"host": "10.0.0.1", "port": 8080}


@pytest.mark.parametrize(
    ("check", "change"),
    [
        ("default-replaces", {"policies": {"x": LETS_THROUGH}}),
        ("attachments-refused", {"policies": {"x": replace(POLICY, attachments_allowed=True)}}),
        ("residency-bound", {"policies": {"x": policy()}}),
        ("places-known", {"deployments": {"x": replace(EU, storage=frozenset())}}),
        ("policy-cases", {"cases": replace(CASES, uncovered=("base/pii",))}),
        ("two-recipients", {"recipients": ("auditor",)}),
        ("registry-elsewhere", {"gateway": gateway(registry=None)}),
        ("archive-elsewhere", {"gateway": gateway(archive=None)}),
        ("kept-183-days", {"gateway": gateway(archive={"directory": "a", "keep_days": 182})}),
        (
            "tls-or-loopback",
            {"gateway": Gateway.model_validate({**GATEWAY, "listen": LISTEN}, strict=False)},
        ),
    ],
)
def test_a_fault_fails_its_check_alone(check: str, change: dict[str, Any]) -> None:
    """What is wrong in one place is found by the check that is there for it."""
    assert failed(replace(GOOD, **change)) == {check}


@pytest.mark.parametrize(
    ("check", "change"),
    [("policy-cases", {"cases": None}), ("two-recipients", {"recipients": None})],
)
def test_what_is_not_at_hand_is_not_tested(check: str, change: dict[str, Any]) -> None:
    """Cases that are not written and keys that are elsewhere leave a check without an answer."""
    found = run_checks(CHECKS, replace(GOOD, **change))

    assert found[check].status is Status.NOT_TESTED
