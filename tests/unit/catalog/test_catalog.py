"""The catalog's facts, and how configured deployments are held to them."""

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.catalog.configured import DeploymentConfig
from guardrail_gw.core.amounts import Usage
from guardrail_gw.core.deployment import Deployment
from guardrail_gw.errors import ConfigError

CATALOG = Catalog.load()
MEMBERS = CATALOG.jurisdictions.members
EU = MEMBERS["EU"]
AZURE = "https://acme.openai.azure.com/openai/v1"


def deployed(**fields: Any) -> Deployment:
    """The deployment that a configuration becomes."""
    config = DeploymentConfig.model_validate_json(json.dumps({"id": "d", "model": "m", **fields}))
    return CATALOG.deployment(config)


def refused(**fields: Any) -> str:
    """Why a configuration is refused."""
    with pytest.raises(ConfigError) as caught:
        deployed(**fields)
    return str(caught.value)


def test_jurisdictions_are_distinct_sets_of_known_countries() -> None:
    """EU, EEA, EFTA and UK are what they are, and no two are the same."""
    assert len(EU) == 27
    assert MEMBERS["EEA"] - EU == {"IS", "LI", "NO"}
    assert MEMBERS["EFTA"] == {"CH", "IS", "LI", "NO"}
    assert MEMBERS["UK"] == {"GB"}
    assert not EU & {"GB", "CH", "NO", "IS", "LI", "US"}
    named = [MEMBERS[name] for name in ("EU", "EEA", "EFTA", "UK")]
    assert len(set(named)) == 4


def test_every_country_is_a_jurisdiction_of_its_own() -> None:
    """All 249 ISO codes stand for themselves, Norway included, and every member is one of them."""
    codes = {name for name, members in MEMBERS.items() if members == {name}}

    assert len(codes) == 249
    assert "NO" in codes
    assert frozenset[str]().union(*MEMBERS.values()) == codes


def test_an_unknown_place_is_an_error_with_a_suggestion() -> None:
    """No name stands for the world, and a mistyped one says what was meant."""
    with pytest.raises(ConfigError, match="unknown jurisdiction 'EAA'; did you mean 'EEA'"):
        CATALOG.jurisdictions.countries(["EAA"])
    assert CATALOG.jurisdictions.countries([]) == frozenset()


def every_region() -> list[tuple[str, str, str | None]]:
    """Each provider, region and deployment type."""
    return [
        (provider, region, kind)
        for provider, fact in CATALOG.providers.items()
        for region, terms in fact.regions.items()
        for kind in (terms.deployment_types or [None])
    ]


LAWFUL_IN_EU = {
    *(
        ("azure-openai", region, kind)
        for region in (
            "francecentral",
            "germanywestcentral",
            "italynorth",
            "polandcentral",
            "spaincentral",
            "swedencentral",
        )
        for kind in ("regional", "datazone-eu")
    ),
}


@pytest.mark.parametrize(("provider", "region", "kind"), every_region())
def test_only_what_is_stated_to_stay_in_the_eu_is_lawful_there(
    provider: str, region: str, kind: str | None
) -> None:
    """UK South, Oslo, Zurich, OpenAI's and Mistral's Europe and all global ones are not EU."""
    base_url = AZURE if provider == "azure-openai" else None
    one = deployed(provider=provider, region=region, deployment_type=kind, base_url=base_url)

    within = bool(one.inference and one.storage) and one.inference | one.storage <= EU

    assert within == ((provider, region, kind) in LAWFUL_IN_EU)


def test_openai_s_europe_is_the_eea_and_switzerland() -> None:
    """The EU host satisfies a policy that allows EEA and CH, not one that allows the EU."""
    one = deployed(provider="openai", region="eu")

    assert one.inference == one.storage == MEMBERS["EEA"] | {"CH"}
    assert one.base_url == "https://eu.api.openai.com/v1"
    assert one.dialect == "openai_chat"


def test_a_global_deployment_is_nowhere() -> None:
    """`global` means unknown: an empty set of countries."""
    one = deployed(
        provider="azure-openai", region="swedencentral", deployment_type="global", base_url=AZURE
    )

    assert one.inference == frozenset()
    assert deployed(provider="openai", region="global").inference == frozenset()
    assert deployed(provider="mistral", region="global").storage == frozenset()


def test_a_host_of_another_region_is_refused_at_start() -> None:
    """The label `eu` does not make the global host European."""
    said = refused(provider="openai", region="eu", base_url="https://api.openai.com/v1")

    assert said == "deployment d: base_url: host api.openai.com does not belong to region 'eu'"


@pytest.mark.parametrize(
    "url",
    [
        "https://eu.api.openai.com.evil.example/v1",
        "https://evil.example/eu.api.openai.com",
        "https://eu-api.openai.com/v1",
        "https://eu.api.openai.com@evil.example/v1",
        "https://eu.api.openai.com\\@evil.example/v1",
        "https://evil.example#eu.api.openai.com",
        "https://evil.example?eu.api.openai.com",
        "https://eu.api.openai.com:8443/v1",
        "http://eu.api.openai.com/v1",
        "https://EU.api.openai.com/v1",
        "https://eu.api.openai.com./v1",
        "https://eu.api.openai.com/v1\nhost: evil.example",
        "https://eu.api.openai.com/v1?x=1",
        "https://еu.api.openai.com/v1",  # noqa: RUF001 - a Cyrillic letter is the point
        "ftp://eu.api.openai.com/v1",
        "//eu.api.openai.com/v1",
        "",
    ],
)
def test_no_spelling_of_another_host_passes(url: str) -> None:
    """Whatever stands where a host is expected, only the region's own host by https is accepted."""
    assert "base_url" in refused(provider="openai", region="eu", base_url=url)


def test_a_password_in_a_base_url_is_not_quoted() -> None:
    """The error about a base URL does not hold what may be a credential."""
    said = refused(provider="openai", region="eu", base_url="https://me:s3cret@eu.api.openai.com")

    assert "s3cret" not in said


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"provider": "opnai"}, "provider: 'opnai' is not in the catalog; did you mean 'openai'?"),
        ({"provider": "openai"}, "region: missing; one of global, eu, us"),
        ({"provider": "openai", "region": "ue"}, "region: 'ue' is not one of global, eu, us"),
        (
            {"provider": "azure-openai", "region": "uksouth", "base_url": AZURE},
            "deployment_type: missing; one of regional, global",
        ),
        (
            {"provider": "azure-openai", "region": "uksouth", "deployment_type": "datazone-eu"},
            "deployment_type: 'datazone-eu' is not one of regional, global",
        ),
        (
            {"provider": "azure-openai", "region": "eastus", "deployment_type": "regional"},
            "base_url: missing",
        ),
        (
            {"provider": "openai", "region": "eu", "deployment_type": "regional"},
            "deployment_type: 'regional' is not known here; leave it out",
        ),
        (
            {"provider": "openai", "region": "us", "inference": ["DE"]},
            "inference: only a self-hosted deployment declares countries",
        ),
        (
            {"provider": "openai", "region": "eu", "priced_as": "gtp-6-sol"},
            "priced_as: no price is listed for it; did you mean 'gpt-6-sol'?",
        ),
        (
            {"provider": "openai-compatible", "region": "eu", "base_url": "http://llm:8000"},
            "region: a self-hosted deployment has none",
        ),
        (
            {
                "provider": "openai-compatible",
                "base_url": "http://llm:8000",
                "inference": ["Europe"],
            },
            "inference: unknown jurisdiction 'Europe'",
        ),
    ],
)
def test_a_fault_names_deployment_and_field(fields: Mapping[str, Any], said: str) -> None:
    """What the catalog does not know is refused, never guessed."""
    assert f"deployment d: {said}" in refused(**fields)


def test_a_self_hosted_deployment_is_where_its_operator_says() -> None:
    """Declared countries and zones are expanded; undeclared ones stay unknown."""
    one = deployed(
        provider="openai-compatible",
        base_url="http://10.0.0.7:8000/v1/",
        inference=["EU"],
        storage=["DE"],
    )
    unsaid = deployed(provider="openai-compatible", base_url="http://[::1]:8000")

    assert (one.inference, one.storage) == (EU, frozenset({"DE"}))
    assert one.base_url == "http://10.0.0.7:8000/v1"
    assert unsaid.inference == unsaid.storage == frozenset()


@pytest.mark.parametrize(
    "host", ["api.openai.com", "acme.openai.azure.com", "api.mistral.ai", "eu.api.openai.com"]
)
def test_a_provider_s_host_is_nobody_s_own_machine(host: str) -> None:
    """A label cannot move a known provider's host into a country of choice."""
    said = refused(
        provider="openai-compatible",
        base_url=f"https://{host}/v1",
        inference=["DE"],
        storage=["DE"],
    )

    assert "belongs to" in said


@given(
    kind=st.sampled_from(every_region()), host=st.from_regex(r"[a-z0-9.-]{1,40}", fullmatch=True)
)
def test_no_foreign_host_is_accepted_for_any_region(
    kind: tuple[str, str, str | None], host: str
) -> None:
    """For every region, a host that does not end in the provider's own domain is refused."""
    provider, region, deployment_type = kind
    domains = (".openai.com", ".azure.com", ".mistral.ai")
    if host.endswith(domains):
        return

    said = refused(
        provider=provider,
        region=region,
        deployment_type=deployment_type,
        base_url=f"https://{host}/v1",
    )

    assert "base_url" in said


def test_prices_come_from_the_catalog_with_the_region_s_factor() -> None:
    """The EU host of OpenAI costs a tenth more where the model's terms say so, exactly."""
    plain = deployed(provider="openai", region="global", model="gpt-5.4").price
    european = deployed(provider="openai", region="eu", model="gpt-5.4").price
    older = deployed(provider="openai", region="eu", model="gpt-4o").price

    assert plain is not None
    assert european is not None
    assert older is not None
    assert (plain.input, plain.output, plain.cached_input) == (
        Decimal("2.5"),
        Decimal(15),
        Decimal("0.25"),
    )
    assert (european.input, european.output) == (Decimal("2.75"), Decimal("16.5"))
    assert older.input == Decimal("2.5")


def test_a_configured_price_wins_and_an_unknown_one_is_none() -> None:
    """A contract's price replaces the list price; without either the price is unknown, not zero."""
    own = deployed(
        provider="openai",
        region="eu",
        model="gpt-5.4",
        price={"input": "1.00", "output": "2.00"},
    ).price

    assert own is not None
    assert (own.input, own.output, own.cached_input) == (Decimal(1), Decimal(2), Decimal(1))
    assert deployed(provider="openai", region="eu", model="gpt-unheard-of").price is None


def test_a_name_of_ones_own_is_priced_as_the_model_it_is() -> None:
    """`priced_as` finds the price of an Azure deployment with any name."""
    one = deployed(
        provider="azure-openai",
        region="francecentral",
        deployment_type="regional",
        base_url=AZURE,
        model="hr-bot",
        priced_as="gpt-4.1",
    )

    assert one.price is not None
    assert one.price.input == Decimal("2.2")


def test_every_fact_has_a_source_and_no_price_is_negative() -> None:
    """Each region and each price says where it was read."""
    regions = [r for p in CATALOG.providers.values() for r in p.regions.values()]
    prices = [f for models in CATALOG.prices.prices.values() for f in models.values()]

    assert len(prices) >= 25
    assert all(r.source.startswith("https://") for r in regions)
    assert all(f.source.startswith("https://") and f.input > 0 < f.output for f in prices)
    assert CATALOG.prices.prices.keys() <= CATALOG.providers.keys()


def changed(folder: Path, name: str, old: str, new: str) -> Path:
    """A copy of the catalog's files with one change."""
    source = Path(__file__).resolve().parents[3] / "guardrail_gw" / "catalog"
    for each in ("jurisdictions.yaml", "providers.yaml", "prices.yaml"):
        text = (source / each).read_text(encoding="utf-8")
        if each == name:
            assert old in text
            text = text.replace(old, new)
        (folder / each).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("providers.yaml", "inference: [EEA, CH]", "inference: [Europe]", "unknown jurisdiction"),
        ("providers.yaml", r"host: eu\.api", "host: (eu", "not a regular expression"),
        ("providers.yaml", "        inference: [EEA, CH]\n", "", "needs terms or deployment types"),
        ("prices.yaml", 'input: "2.5"', 'input: "-2.5"', "greater than or equal to 0"),
        ("jurisdictions.yaml", 'verified_on: "2026-11-24"', "", "verified_on: missing"),
    ],
)
def test_a_damaged_catalog_does_not_load(
    tmp_path: Path, name: str, old: str, new: str, said: str
) -> None:
    """A fact without a date, a price below zero or a place that nobody knows stops the start."""
    with pytest.raises(ConfigError, match=said):
        Catalog.load(changed(tmp_path, name, old, new))


def test_how_a_provider_takes_its_key_is_data() -> None:
    """The Messages API reads `x-api-key`, one's own server either header, the others a bearer."""
    own = {"base_url": "http://llm.internal", "inference": ["DE"], "storage": ["DE"]}
    messages = deployed(provider="anthropic", region="global")
    server = deployed(provider="anthropic-compatible", **own)
    chat = deployed(provider="openai-compatible", **own)

    assert messages.key_headers == (("x-api-key", "{key}"),)
    assert dict(server.key_headers) == {"x-api-key": "{key}", "Authorization": "Bearer {key}"}
    assert chat.key_headers == (("Authorization", "Bearer {key}"),)
    assert {messages.dialect, server.dialect} == {"anthropic_messages"}


def test_anthropic_is_in_the_united_states_or_nowhere_known() -> None:
    """No region of it satisfies a rule for the EU; the US one says so in every body."""
    anywhere = deployed(provider="anthropic", region="global")
    us = deployed(provider="anthropic", region="us", deployment_type="workspace-us")

    assert (anywhere.inference, anywhere.storage) == (frozenset(), frozenset())
    assert us.inference == us.storage == {"US"}
    assert us.fixed_members == (("inference_geo", "us"),)
    assert "eu" in refused(provider="anthropic", region="eu")
    assert "anthropic" in refused(
        provider="anthropic-compatible",
        base_url="https://api.anthropic.com/v1",
        inference=["DE"],
        storage=["DE"],
    )


def test_what_is_written_to_a_cache_has_a_price_of_its_own() -> None:
    """A contract's price for cache writes is taken; without one they cost what input costs."""
    own = {"base_url": "http://llm.internal", "inference": ["DE"], "storage": ["DE"]}
    usage = Usage(input=0, output=0, cache_write=2_000_000, cache_write_long=1_000_000)
    both = {"input": "1", "output": "9", "cache_write": "1.25", "cache_write_long": "2"}

    priced = deployed(provider="anthropic-compatible", **own, price=both).price
    plain = deployed(
        provider="anthropic-compatible", **own, price={"input": "1", "output": "9"}
    ).price

    assert priced is not None
    assert plain is not None
    assert priced.cost_usd(usage) == Decimal("4.5")
    assert plain.cost_usd(usage) == Decimal(3)
