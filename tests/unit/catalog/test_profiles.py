"""Models that run in several regions at the provider's choice."""

import json

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.catalog.configured import DeploymentConfig
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.errors import ConfigError

CATALOG = Catalog.load()
MEMBERS = CATALOG.jurisdictions.members
BEDROCK = CATALOG.providers["bedrock"]
assert BEDROCK.profiles is not None
PROFILES = BEDROCK.profiles.by_prefix
REGIONS = st.sampled_from(sorted(BEDROCK.regions))


def deployed(region: str, model: str, *destinations: str) -> Deployment:
    """A deployment at Bedrock."""
    fields = {
        "id": "d",
        "provider": "bedrock",
        "region": region,
        "model": model,
        "destinations": destinations,
    }
    return CATALOG.deployment(DeploymentConfig.model_validate_json(json.dumps(fields)))


def lawful(one: Deployment, allowed: frozenset[str]) -> bool:
    """What residency asks of a deployment."""
    return bool(one.inference and one.storage) and one.inference | one.storage <= allowed


def test_a_profile_stands_for_all_its_regions() -> None:
    """`eu.` at Bedrock includes London and Zurich, so it is not the EU."""
    one = deployed("eu-central-1", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0")

    assert one.inference == one.storage == {"CH", "DE", "ES", "FR", "GB", "IE", "IT", "SE"}


def test_what_aws_names_for_a_model_narrows_its_profile() -> None:
    """Declared destinations count with the region that is asked; others are refused."""
    named = ("eu-central-1", "eu-north-1", "eu-west-1")

    one = deployed("eu-west-3", "eu.anthropic.claude-opus-5", *named)

    assert one.inference == {"DE", "SE", "IE", "FR"}
    assert lawful(one, MEMBERS["EU"])
    with pytest.raises(ConfigError, match="destinations: us-east-1 is not a region of the profile"):
        deployed("eu-west-3", "eu.anthropic.claude-opus-5", "us-east-1")


def test_a_model_without_a_profile_runs_where_it_is_asked() -> None:
    """A maker's name at the beginning is no profile."""
    one = deployed("eu-west-2", "anthropic.claude-opus-5")

    assert one.inference == one.storage == {"GB"}


@given(region=REGIONS, model=st.sampled_from(["anthropic.claude-opus-5", "amazon.nova-pro-v1:0"]))
def test_global_is_nowhere(region: str, model: str) -> None:
    """No set of countries, not even all of them, admits a `global.` model."""
    one = deployed(region, f"global.{model}")

    assert not lawful(one, frozenset(MEMBERS))
    assert one.inference == one.storage == frozenset()


@given(
    region=REGIONS,
    prefix=st.from_regex(r"[a-z][a-z-]{0,9}", fullmatch=True),
    rest=st.from_regex(r"[a-z0-9.:-]{0,20}", fullmatch=True),
)
def test_a_name_of_unknown_beginning_is_nowhere(region: str, prefix: str, rest: str) -> None:
    """Only known makers run in the region, and only known profiles elsewhere."""
    assert BEDROCK.profiles is not None
    if prefix in PROFILES or prefix in BEDROCK.profiles.makers:
        return

    assert deployed(region, f"{prefix}.{rest}").inference == frozenset()


@pytest.mark.parametrize(
    "model",
    [
        "arn:aws:bedrock:eu-central-1:1:inference-profile/eu.anthropic.claude-opus-5",
        "arn:aws:bedrock:eu-central-1:1:application-inference-profile/abc",
        "EU.anthropic.claude-opus-5",
        "in.moonshotai.kimi-k3",
        " eu.anthropic.claude-opus-5",
    ],
)
def test_an_arn_or_an_unknown_profile_is_nowhere(model: str) -> None:
    """What the name does not say plainly is unknown."""
    assert deployed("eu-central-1", model).inference == frozenset()


@given(
    region=REGIONS,
    prefix=st.sampled_from(sorted(PROFILES)),
    allowed=st.sets(st.sampled_from(sorted(n for n, m in MEMBERS.items() if m == {n}))),
    data=st.data(),
)
def test_a_profile_only_narrows(
    region: str, prefix: str, allowed: set[str], data: st.DataObject
) -> None:
    """Whatever is allowed: a profile is lawful only where its own region is, and all it names."""
    regions = PROFILES[prefix].regions
    some = data.draw(st.lists(st.sampled_from(regions), unique=True)) if regions else []
    countries = frozenset(allowed)
    plain = deployed(region, "anthropic.claude-opus-5")
    whole = deployed(region, f"{prefix}.anthropic.claude-opus-5")
    part = deployed(region, f"{prefix}.anthropic.claude-opus-5", *some)

    assert not lawful(whole, countries) or lawful(part, countries)
    assert not lawful(part, countries) or lawful(plain, countries)
