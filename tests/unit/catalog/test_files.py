"""The catalog's folders: read when asked for, and added to without moving anything."""

import json
import shutil
from pathlib import Path

import pytest

from guardrail_gw.catalog.catalog import SHIPPED, Catalog
from guardrail_gw.catalog.configured import DeploymentConfig
from guardrail_gw.errors import ConfigError

REGION = """
    base_url: {url}
    host: {host}
    inference: [{place}]
    storage: [{place}]
    source: https://acme.example/terms
    verified_on: "2026-11-01"
"""
OWN = "provider: acme\nname: Acme\ndialects: [openai_chat]\nregions:\n  eu:" + REGION
MORE = "provider: {provider}\nregions:\n  {region}:" + REGION


def overlay(folder: Path, provider: str, text: str) -> Path:
    """A folder of an operator's that says this of a provider."""
    (folder / "providers").mkdir(parents=True, exist_ok=True)
    (folder / "providers" / f"{provider}.yaml").write_text(text, encoding="utf-8")
    return folder


def price(folder: Path, provider: str, model: str, amount: str) -> Path:
    """A folder of an operator's with a price."""
    taken = {
        "source": "https://acme.example",
        "version": "1",
        "licence": "own",
        "verified_on": "2026-11-01",
    }
    row = {"price": {"input": amount, "output": amount}, "regional": "1", "by": "own"}
    file = {"provider": provider, "imports": {"own": taken}, "models": {model: row}}
    (folder / "models").mkdir(parents=True, exist_ok=True)
    (folder / "models" / f"{provider}.json").write_text(json.dumps(file), encoding="utf-8")
    return folder


def config(**fields: str) -> DeploymentConfig:
    """What an operator writes."""
    return DeploymentConfig.model_validate_json(json.dumps({"id": "d", "model": "m", **fields}))


def test_loading_reads_no_provider(tmp_path: Path) -> None:
    """A damaged file stops whoever asks for its provider, and nobody else."""
    folder = overlay(tmp_path, "acme", "provider: [")

    catalog = Catalog.load([folder])

    assert "acme" in catalog.providers
    assert catalog.deployment(config(provider="openai", region="eu")).storage
    with pytest.raises(ConfigError, match=r"acme\.yaml:1:\d+: not YAML"):
        catalog.deployment(config(provider="acme", region="eu"))


def test_a_provider_of_one_s_own(tmp_path: Path) -> None:
    """A folder may add a provider, with places, hosts and prices."""
    text = OWN.format(url="https://llm.acme.example/v1", host=r"llm\.acme\.example", place="FI")
    folder = price(overlay(tmp_path, "acme", text), "acme", "m", "0.5")

    one = Catalog.load([folder]).deployment(config(provider="acme", region="eu"))

    assert one.inference == one.storage == {"FI"}
    assert one.base_url == "https://llm.acme.example/v1"
    assert one.price is not None
    assert str(one.price.input) == "0.5"


def test_a_price_of_one_s_own_replaces_the_shipped_one(tmp_path: Path) -> None:
    """The last folder wins for a model; the other models stay."""
    folder = price(tmp_path, "openai", "gpt-4.1", "7")

    models = Catalog.load([folder]).models("openai").models
    replaced = models["gpt-4.1"].price

    assert replaced is not None
    assert str(replaced.input) == "7"
    assert "gpt-4.1-mini" in models


def test_what_is_shipped_about_a_place_stays(tmp_path: Path) -> None:
    """A folder cannot say anew where a region is."""
    text = MORE.format(
        provider="openai", region="eu", url="https://eu.api.openai.com", host="x", place="DE"
    )

    catalog = Catalog.load([overlay(tmp_path, "openai", text)])

    with pytest.raises(ConfigError, match="eu is in the catalog already; a folder of yours adds"):
        catalog.deployment(config(provider="openai", region="eu"))


@pytest.mark.parametrize(
    ("provider", "text"),
    [
        (
            "openai",
            MORE.format(provider="openai", region="berlin", url="{0}", host=".*", place="DE"),
        ),
        ("acme", OWN.format(url="{0}", host=".*", place="DE")),
    ],
)
@pytest.mark.parametrize(
    "url", ["https://api.openai.com/v1", "https://us.api.openai.com/v1", "https://api.x.ai/v1"]
)
def test_a_known_host_stays_where_it_is(tmp_path: Path, provider: str, text: str, url: str) -> None:
    """No region of an operator's can have a host whose place the catalog knows."""
    catalog = Catalog.load([overlay(tmp_path, provider, text.replace("{0}", url))])
    region = "berlin" if provider == "openai" else "eu"

    with pytest.raises(ConfigError, match="it stays there"):
        catalog.deployment(config(provider=provider, region=region))


def test_a_region_that_no_host_shows_can_be_added(tmp_path: Path) -> None:
    """Azure's hosts are the customers' own and tell no region, so a new one may have them."""
    host = r"'[a-z0-9-]+\.openai\.azure\.com'"
    url = "https://acme.openai.azure.com/openai/v1"
    text = MORE.format(
        provider="azure-openai", region="austriaeast", url=url, host=host, place="AT"
    )

    catalog = Catalog.load([overlay(tmp_path, "azure-openai", text)])
    one = catalog.deployment(config(provider="azure-openai", region="austriaeast"))

    assert one.inference == {"AT"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (OWN.format(url="https://a.example", host="a", place="Europe"), "unknown jurisdiction"),
        (OWN.format(url="https://a.example", host="(", place="DE"), "not a regular expression"),
        (OWN.format(url="http://a.example", host="a", place="DE"), "string should match"),
        (OWN.replace("provider: acme", "provider: acne"), "not as the file is called"),
        (OWN.replace("    inference: [{place}]\n", ""), "needs terms"),
        (OWN.replace('    verified_on: "2026-11-01"\n', ""), "verified_on: missing"),
        (OWN.replace("    source: https://acme.example/terms\n", ""), "source: missing"),
        (OWN.replace("    base_url: {url}\n", ""), "needs either base_url or example"),
    ],
)
def test_a_damaged_fact_is_refused(tmp_path: Path, text: str, said: str) -> None:
    """A fact without a date or a source, or a place that nobody knows, is none."""
    filled = text.format(url="https://a.example", host="a", place="DE") if "{" in text else text

    with pytest.raises(ConfigError, match=said):
        Catalog.load([overlay(tmp_path, "acme", filled)]).providers["acme"]


def test_a_damaged_price_says_where_it_stands(tmp_path: Path) -> None:
    """A price that is not positive is an error with file, line and field."""
    folder = price(tmp_path, "openai", "gpt-4.1", "-2")

    with pytest.raises(ConfigError, match=r"openai\.json:1:\d+: models\.gpt-4\.1\.price\.input"):
        Catalog.load([folder]).models("openai")


def test_a_folder_without_a_catalog_is_refused(tmp_path: Path) -> None:
    """A mistyped path is an error, not an empty catalog."""
    with pytest.raises(ConfigError, match="has no folder `providers` or `models`"):
        Catalog.load([tmp_path])


def test_whose_a_host_is_is_looked_up_once(tmp_path: Path) -> None:
    """What nobody is known for is nobody's, and asking again reads nothing."""
    shipped = tmp_path / "shipped"
    shutil.copytree(SHIPPED, shipped)
    files = Catalog.load(directory=shipped).files

    first = [files.owner("api.eu.mistral.ai"), files.owner("127.0.0.1")]
    shutil.rmtree(shipped / "providers")

    assert first == ["mistral", None]
    assert [files.owner("api.eu.mistral.ai"), files.owner("127.0.0.1")] == first


def test_there_are_more_than_twenty_providers_and_three_hundred_models() -> None:
    """What is shipped is enough to begin with."""
    catalog = Catalog.load()

    models = sum(len(catalog.models(name).models) for name in catalog.providers)

    assert len(catalog.providers) >= 30
    assert models >= 1000
    assert (SHIPPED / "providers").is_dir()
