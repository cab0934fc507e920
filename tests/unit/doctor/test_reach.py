"""Which hosts are connected to."""

from dataclasses import replace

from hypothesis import given, strategies as st

from guardrail_gw.core.deployment import Deployment, Term
from guardrail_gw.core.text import Entity
from guardrail_gw.doctor.reach import Chosen, Tried, choose, judge, judge_models
from guardrail_gw.policy.policy import OnViolation, Policy, ResidencyRule, When
from tests.support.audit_world import policy
from tests.support.routing_world import deployment

COUNTRIES = ("DE", "FR", "US", "CH")


def at(name: str, *countries: str) -> Deployment:
    """One that runs and stores in these countries."""
    there = frozenset(countries)
    return replace(deployment(name), inference=there, storage=there)


def within(*countries: str) -> Policy:
    """One whose only rule binds where personal data is found."""
    rule = ResidencyRule(
        when=When.PII_DETECTED,
        entities=frozenset({Entity("PERSON")}),
        jurisdictions=countries,
        countries=frozenset(countries),
        on_violation=OnViolation.REROUTE,
        rule="p/residency",
    )
    return replace(policy(), residency=(rule,))


def chosen(deployments: list[Deployment], policies: list[Policy], now_us: int = 0) -> set[str]:
    """Those that are connected to."""
    found = choose({d.id: d for d in deployments}, policies, now_us)
    return {each.deployment for each in found if not each.refused}


@given(
    places=st.lists(st.sets(st.sampled_from(COUNTRIES)), max_size=5),
    allowed=st.lists(st.sets(st.sampled_from(COUNTRIES)), max_size=3),
)
def test_no_host_outside_is_ever_chosen(places: list[set[str]], allowed: list[set[str]]) -> None:
    """Only where the policy of somebody lets everything go; unknown places never."""
    deployments = [at(f"d{n}", *each) for n, each in enumerate(places)]

    found = chosen(deployments, [within(*each) for each in allowed])

    assert found == {
        f"d{n}" for n, each in enumerate(places) if each and any(each <= a for a in allowed)
    }


def test_a_contract_that_ended_and_no_policy_mean_nobody() -> None:
    """Fail closed."""
    lapsed = replace(at("old", "DE"), terms=(Term(what="dpa", ends_us=5),))

    assert chosen([lapsed, at("eu", "DE")], [within("DE")], now_us=6) == {"eu"}
    assert chosen([lapsed], [within("DE")], now_us=4) == {"old"}
    assert chosen([at("eu", "DE")], []) == set()


def test_what_came_of_it_is_told() -> None:
    """Refused is not tested; a problem and a slow host are warnings."""
    eu = Chosen(deployment="eu", base_url="https://eu.example")
    us = replace(eu, deployment="us", refused="no policy lets personal data go there")

    verdicts = [
        judge(us, None),
        judge(eu, Tried(took_ms=20)),
        judge(eu, Tried(took_ms=900)),
        judge(eu, Tried(problem="no such name")),
    ]

    assert [each.verdict.value for each in verdicts] == ["not tested", "ok", "warn", "warn"]


def test_each_model_needs_somebody() -> None:
    """One that nobody is reached for fails, by name."""
    models = {"assistant": ("eu", "us"), "american": ("us",)}

    assert judge_models(models, ["eu", "us"]).verdict.value == "ok"
    found = judge_models(models, ["eu"])
    assert (found.verdict.value, "american" in found.said) == ("fail", True)
    assert "assistant" not in found.said
