"""Whom budgets and rates count, and by what."""

from dataclasses import replace

from guardrail_gw.core.allowance import Allowance, Asked, Per
from guardrail_gw.core.identity import Principal

ANNA = Asked(
    principal=Principal(tenant="acme", team="sales", user="anna", key_id="k1"),
    endpoint="openai_chat",
    model="assistant",
    deployment="eu-0",
)


def test_a_line_of_match_means_any_of_its_patterns_and_all_lines_count() -> None:
    """Who is not named is not left out."""
    both = ((Per.TEAM, ("hr", "sa*")), (Per.MODEL, ("assistant",)))
    other = ((Per.TEAM, ("hr", "sa*")), (Per.MODEL, ("small",)))

    assert Allowance(id="a").counts(ANNA)
    assert Allowance(id="a", match=both).counts(ANNA)
    assert not Allowance(id="a", match=other).counts(ANNA)


def test_what_is_counted_separately_is_named_within_its_tenant() -> None:
    """Two tenants may each have a team `sales`."""
    assert Allowance(id="a").whose(ANNA) == ()
    assert Allowance(id="a", per=frozenset({Per.TEAM})).whose(ANNA) == (
        ("tenant", "acme"),
        ("team", "sales"),
    )
    assert Allowance(id="a", per=frozenset({Per.MODEL})).whose(ANNA) == (("model", "assistant"),)
    assert Allowance(id="a", per=frozenset({Per.KEY, Per.DEPLOYMENT})).whose(ANNA) == (
        ("tenant", "acme"),
        ("key", "k1"),
        ("deployment", "eu-0"),
    )


def test_a_tag_is_a_line_like_any_other() -> None:
    """One that the request does not have is empty, and so counted by itself."""
    tagged = replace(ANNA, tags=(("project", "crm"),))
    own = Allowance(id="a", per=frozenset({"tag.project", Per.MODEL}))
    only = Allowance(id="a", match=(("tag.project", ("c*",)),))

    assert own.whose(tagged) == (("model", "assistant"), ("tag.project", "crm"))
    assert own.whose(ANNA) == (("model", "assistant"), ("tag.project", ""))
    assert (only.counts(tagged), only.counts(ANNA)) == (True, False)
    assert not own.of_tenants


def test_whether_a_deployment_has_to_be_chosen_first() -> None:
    """Where it is counted by one, or for one."""
    assert not Allowance(id="a", per=frozenset({Per.MODEL})).of_deployments
    assert Allowance(id="a", per=frozenset({Per.DEPLOYMENT})).of_deployments
    assert Allowance(id="a", match=((Per.DEPLOYMENT, ("eu-*",)),)).of_deployments
    assert not Allowance(id="a", per=frozenset({Per.MODEL})).of_tenants
    assert Allowance(id="a", per=frozenset({Per.USER})).of_tenants
