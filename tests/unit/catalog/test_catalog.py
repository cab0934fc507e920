"""The catalog's facts, and how configured deployments are held to them."""

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.catalog.configured import DeploymentConfig
from guardrail_gw.catalog.credential import CredentialConfig
from guardrail_gw.core.amounts import Unit, Usage
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
        if fact.retired is None
        for region, terms in fact.regions.items()
        for kind, _ in terms.each_terms()
    ]


def placed(provider: str, region: str, kind: str | None, **fields: Any) -> Deployment:
    """A deployment there, with a customer's address where there is none for all."""
    fact = CATALOG.providers[provider].regions[region]
    model = {"model": "anthropic.claude"} if provider == "bedrock" else {}
    given = {"base_url": fact.example, "deployment_type": kind, **model, **fields}
    return deployed(provider=provider, region=region, **given)


VERTEX = ["eu", "europe-central2", "europe-north1", "europe-southwest1"]
VERTEX += [f"europe-west{number}" for number in (1, 3, 4, 8, 9)]
BEDROCK = ["central-1", "north-1", "south-1", "south-2", "west-1", "west-3"]
AZURE_EU = ["francecentral", "germanywestcentral", "italynorth", "polandcentral"]
AZURE_EU += ["spaincentral", "swedencentral"]
LAWFUL_IN_EU = {
    *(
        ("azure-openai", region, kind)
        for region in AZURE_EU
        for kind in ("regional", "datazone-eu")
    ),
    *(("vertex", region, "listed-model") for region in VERTEX),
    *(("bedrock", f"eu-{region}", None) for region in BEDROCK),
    ("dashscope", "eu-central-1", "european-union"),
    ("scaleway", "fr-par", None),
}


@pytest.mark.parametrize(("provider", "region", "kind"), every_region())
def test_only_what_is_stated_to_stay_in_the_eu_is_lawful_there(
    provider: str, region: str, kind: str | None
) -> None:
    """London, Oslo, Zurich, OpenAI's and Mistral's Europe and all global ones are not EU."""
    one = placed(provider, region, kind)

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

    assert said == (
        "deployment d: base_url: host api.openai.com does not belong to region 'eu';"
        " there it looks like https://eu.api.openai.com/v1"
    )


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
        ({"provider": "mistral"}, "region: missing; one of global, eu, us"),
        ({"provider": "mistral", "region": "ue"}, "region: 'ue' is not one of global, eu, us"),
        (
            {"provider": "github-models", "region": "global"},
            "provider: GitHub Models ended on 2026-07-30",
        ),
        (
            {"provider": "openai", "region": "eu", "dialect": "openai_chta"},
            "dialect: 'openai_chta' is not one of openai_chat, openai_responses,",
        ),
        (
            {"provider": "openai", "region": "eu", "destinations": ["us"]},
            "destinations: only a model whose name begins with a profile has any",
        ),
        (
            {"provider": "ollama", "base_url": "http://llm:11434/v1", "deployment_type": "x"},
            "deployment_type: a self-hosted deployment has none",
        ),
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
            "base_url: missing; it looks like https://acme.openai.azure.com/openai/v1",
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
    fact = CATALOG.providers[provider].regions[region]
    own = str(fact.base_url or fact.example).split("/")[2].rsplit(".", 2)
    if host.endswith(f".{own[-2]}.{own[-1]}"):
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


def test_openai_s_dialects_are_answered_at_one_address() -> None:
    """One deployment serves chat and Responses, at OpenAI, in Azure and on one's own server."""
    own = {"base_url": "http://llm.internal", "inference": ["DE"], "storage": ["DE"]}
    at = {"region": "swedencentral", "deployment_type": "global", "base_url": AZURE}

    for one in (
        deployed(provider="openai", region="eu"),
        deployed(provider="azure-openai", **at),
        deployed(provider="openai-compatible", **own),
    ):
        assert one.speaks("openai_chat")
        assert one.speaks("openai_responses")
        assert one.speaks("openai_embeddings")
        assert not one.speaks("anthropic_messages")


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


def test_a_path_of_another_place_is_refused() -> None:
    """At Vertex the host of Frankfurt with `locations/global` is not Frankfurt."""
    said = refused(
        provider="vertex",
        region="europe-west3",
        deployment_type="listed-model",
        base_url="https://europe-west3-aiplatform.googleapis.com/v1/projects/p/locations/global",
    )

    assert "base_url: the path does not belong to region 'europe-west3'" in said


def test_a_provider_s_other_dialect_has_an_address_of_its_own() -> None:
    """The first dialect is the default; another one is where the catalog says it is spoken."""
    native = deployed(provider="deepseek", region="cn")
    other = deployed(provider="deepseek", region="cn", dialect="anthropic_messages")
    unsaid = refused(provider="dashscope", region="cn-beijing-shared", dialect="anthropic_messages")

    assert (native.dialect, native.base_url) == ("openai_chat", "https://api.deepseek.com")
    assert other.base_url == "https://api.deepseek.com/anthropic/v1"
    assert "base_url: missing; where it speaks anthropic_messages is not known" in unsaid


@pytest.mark.parametrize("model", ["claude-sonnet-4-5", "claude-opus-5", "claude-haiku-4-5"])
def test_anthropic_s_models_have_prices(model: str) -> None:
    """A cached token is cheaper than a fresh one, and one that is written is dearer."""
    price = deployed(provider="anthropic", region="global", model=model).price

    assert price is not None
    assert price.cache_write is not None
    assert price.cache_write_long is not None
    assert price.cached_input < price.input < price.cache_write < price.cache_write_long


def test_regional_processing_costs_what_is_known_of_it() -> None:
    """A tenth more at Anthropic's US region; of an old model at Vertex nothing is known."""
    us = {"provider": "anthropic", "region": "us", "deployment_type": "workspace-us"}
    plain = deployed(provider="anthropic", region="global", model="claude-opus-5").price
    regional = deployed(**us, model="claude-opus-5").price
    unknown = placed("vertex", "europe-west4", "listed-model", model="gemini-2.5-flash").price

    assert plain is not None
    assert regional is not None
    assert regional.input == plain.input * Decimal("1.1")
    assert unknown is None


def test_the_age_of_a_deployment_is_that_of_its_oldest_fact() -> None:
    """A price of one's own leaves the catalog's price out of it."""
    fields = {"id": "d", "provider": "openai", "region": "eu", "model": "gpt-4.1"}
    own = {**fields, "price": {"input": "1", "output": "2"}}
    listed, contract = (
        DeploymentConfig.model_validate_json(json.dumps(each)) for each in (fields, own)
    )

    assert CATALOG.age_days(listed, date(2026, 11, 26)) == 14
    assert CATALOG.age_days(contract, date(2026, 11, 26)) == 4


@pytest.mark.parametrize("model", ["../../us-central1/publishers/google/models/x", "a/./b", ".."])
def test_a_models_name_does_not_lead_out_of_its_place(model: str) -> None:
    """A name stands in the path of some providers, which names the place as well."""
    said = refused(
        provider="vertex",
        region="eu",
        deployment_type="listed-model",
        model=model,
        base_url="https://aiplatform.eu.rep.googleapis.com/v1/projects/acme/locations/eu",
    )

    assert "'.' and '..' are no parts of a model's name" in said


CLASSIC = {
    "provider": "azure-openai",
    "region": "swedencentral",
    "deployment_type": "regional",
    "model": "hr bot",
    "base_url": "https://acme.openai.azure.com/openai",
}


def test_azure_s_classic_form_names_version_and_deployment_in_the_address() -> None:
    """With an `api_version` chat names the deployment in the path, Responses only the version."""
    one = deployed(**CLASSIC, api_version="2025-03-01-preview")
    chat, responses = one.form("openai_chat"), one.form("openai_responses")

    assert chat is not None
    assert responses is not None
    assert (
        chat.address("/chat/completions", one.model, stream=True)
        == "/deployments/hr%20bot/chat/completions?api-version=2025-03-01-preview"
    )
    assert (
        responses.address("/responses/compact", one.model, stream=False)
        == "/responses/compact?api-version=2025-03-01-preview"
    )
    assert one.key_headers == (("api-key", "{key}"),)
    assert deployed(**{**CLASSIC, "base_url": AZURE}).forms == ()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (CLASSIC, "base_url: an address that ends so needs an `api_version`"),
        (
            {**CLASSIC, "base_url": AZURE, "api_version": "2024-10-21"},
            "with an `api_version` it looks like https://acme.openai.azure.com/openai",
        ),
        (
            {"provider": "openai", "region": "eu", "api_version": "2024-10-21"},
            "api_version: addresses of openai name none",
        ),
    ],
)
def test_a_version_and_its_address_belong_together(fields: Mapping[str, Any], said: str) -> None:
    """Neither form's address serves the other, and other providers have no version."""
    assert said in refused(**fields)


@pytest.mark.parametrize("version", ["2024-10-21&x=y", "latest", "2024-10-21-PREVIEW", ""])
def test_a_version_is_a_day(version: str) -> None:
    """Nothing else gets into the address."""
    with pytest.raises(ValidationError):
        deployed(**CLASSIC, api_version=version)


ENTRA = CredentialConfig.model_validate(
    {"entra": {"tenant": "t", "client": "c", "assertion_file": "f"}}
)
AWS = CredentialConfig.model_validate(
    {"aws": {"access_key_id": {"env": "A"}, "secret_access_key": {"env": "B"}}}
)


def test_a_token_is_only_for_its_own_provider() -> None:
    """A provider takes the kinds of credentials that the catalog says, and no other."""
    config = DeploymentConfig.model_validate_json(json.dumps({"id": "d", **CLASSIC}))
    openai = config.model_copy(update={"provider": "openai"})

    CATALOG.check_credential(config, ENTRA)
    CATALOG.check_credential(openai, CredentialConfig(env="KEY"))
    with pytest.raises(ConfigError, match="kind 'entra'; openai takes key"):
        CATALOG.check_credential(openai, ENTRA)
    for name in CATALOG.providers:
        taken = CATALOG.providers[name].signing
        assert ("entra" in taken) == (name == "azure-openai")
        assert ("google" in taken) == (name == "vertex")
        assert ("aws" in taken) == (name == "bedrock")


def test_a_signature_is_for_a_region() -> None:
    """The deployment's, or the credential's own; with neither nothing could be signed."""
    said = {"id": "d", "provider": "bedrock", "region": "eu-central-1", "model": "amazon.m"}
    config = DeploymentConfig.model_validate_json(json.dumps(said))
    nowhere = config.model_copy(update={"region": None})
    assert AWS.aws is not None
    abroad = CredentialConfig(aws=AWS.aws.model_copy(update={"region": "eu-west-1"}))

    CATALOG.check_credential(config, AWS)
    CATALOG.check_credential(nowhere, abroad)
    with pytest.raises(ConfigError, match="signs for no region"):
        CATALOG.check_credential(nowhere, AWS)
    assert (CATALOG.deployment(config).region, CATALOG.deployment(config).service) == (
        "eu-central-1",
        "bedrock",
    )


AT_VERTEX = {
    "provider": "vertex",
    "region": "europe-west1",
    "deployment_type": "listed-model",
    "base_url": "https://europe-west1-aiplatform.googleapis.com/v1/projects/acme/locations/europe-west1",
}


@pytest.mark.parametrize(
    ("dialect", "model", "stream", "address"),
    [
        (
            "gemini_generate",
            "gemini-3.5-flash",
            False,
            "/publishers/google/models/gemini-3.5-flash:generateContent",
        ),
        (
            "anthropic_messages",
            "claude-opus-5@default",
            True,
            "/publishers/anthropic/models/claude-opus-5@default:streamRawPredict",
        ),
        ("openai_chat", "google/gemini-3.5-flash", True, "/endpoints/openapi/chat/completions"),
    ],
)
def test_vertex_is_addressed_by_publisher(
    dialect: str,
    model: str,
    stream: bool,  # noqa: FBT001 - a table
    address: str,
) -> None:
    """Each dialect has its place below the location, in the region that is declared."""
    operation = {"gemini_generate": ":generateContent", "anthropic_messages": "/messages"}
    one = deployed(**AT_VERTEX, dialect=dialect, model=model)
    form = one.form(dialect)

    assert form is not None
    asked = operation.get(dialect, "/chat/completions")
    assert form.address(asked, one.model, stream=stream) == address
    assert one.inference == {"BE"}


def test_a_resource_of_vertex_is_addressed_as_it_is_named() -> None:
    """A tuned model's endpoint, or another publisher's model, has no form."""
    for model in ("endpoints/123", "publishers/google/models/gemini-3.5-flash"):
        assert deployed(**AT_VERTEX, model=model).form("gemini_generate") is None


@pytest.mark.parametrize(
    "base_url",
    [
        "https://europe-west3-aiplatform.googleapis.com/v1/projects/acme/locations/europe-west1",
        "https://aiplatform.googleapis.com/v1/projects/acme/locations/global",
        "https://aiplatform.googleapis.com/v1/projects/acme/locations/europe-west1",
        f"{AT_VERTEX['base_url']}/endpoints/openapi",
    ],
)
def test_an_address_of_vertex_is_that_of_its_region(base_url: str) -> None:
    """Another region's host, the global one, or a path that goes on are refused."""
    assert "base_url" in refused(**{**AT_VERTEX, "base_url": base_url})


def test_vertex_s_global_region_is_nowhere() -> None:
    """Where it runs and stores is unknown, which no rule for the EU admits."""
    one = deployed(
        provider="vertex",
        region="global",
        base_url="https://aiplatform.googleapis.com/v1/projects/acme/locations/global",
    )

    assert (one.inference, one.storage) == (frozenset(), frozenset())


def test_a_provider_s_other_dialect_may_be_a_form_of_its_one_address() -> None:
    """At Bedrock Claude is invoked, and OpenAI's dialect has a path, in the same region."""
    at = {"provider": "bedrock", "region": "eu-west-1", "model": "anthropic.claude-opus-5"}
    claude = deployed(**at, dialect="anthropic_messages")
    chat = deployed(**at, dialect="openai_chat").form("openai_chat")

    assert claude.base_url == "https://bedrock-runtime.eu-west-1.amazonaws.com"
    assert claude.inference == {"IE"}
    assert claude.form("bedrock_converse") is None
    assert chat is not None
    assert chat.address("/chat/completions", "m", stream=True) == "/openai/v1/chat/completions"


def test_bedrock_s_profiles_are_held_to_their_regions_in_every_dialect() -> None:
    """`eu.` counts for all its regions, fewer if they are named; `global.` is nowhere."""
    at = {"provider": "bedrock", "region": "eu-central-1"}
    for dialect in ("bedrock_converse", "anthropic_messages"):
        eu = deployed(**at, dialect=dialect, model="eu.anthropic.claude-opus-5")
        some = deployed(
            **at,
            dialect=dialect,
            model="eu.anthropic.claude-opus-5",
            destinations=["eu-central-1", "eu-west-1"],
        )
        world = deployed(**at, dialect=dialect, model="global.anthropic.claude-opus-5")

        assert {"DE", "GB", "CH"} <= eu.inference
        assert some.inference == {"DE", "IE"}
        assert world.inference == frozenset()


def test_units_have_prices_of_their_own() -> None:
    """A contract's, for one of each; without one the catalog's, of which none is known here."""
    own = {"inference": ["DE"], "storage": ["DE"], "base_url": "http://llm.internal"}
    said = {"image": "0.04", "million_characters": "15", "minute": "0.006"}

    priced = deployed(provider="openai-compatible", **own, unit_price=said)
    bare = deployed(provider="openai-compatible", **own)

    assert dict(priced.units) == {
        Unit.IMAGE: Decimal("0.04"),
        Unit.CHARACTER: Decimal("0.000015"),
        Unit.SECOND: Decimal("0.0001"),
    }
    assert bare.units == ()


@pytest.mark.parametrize(
    ("provider", "region", "member", "per_usd"),
    [
        ("openrouter", "eu", "cost", 1),
        ("xai", "us", "cost_in_usd_ticks", 10**10),
    ],
)
def test_who_says_what_it_asks_is_known(
    provider: str, region: str, member: str, per_usd: int
) -> None:
    """In which member of the usage, and in which unit."""
    bill = deployed(provider=provider, region=region).bill

    assert bill is not None
    assert (bill.member, int(bill.per_usd)) == (member, per_usd)
