"""The shipped catalog says nothing without a source, a date and a sense."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from guardrail_gw.catalog.catalog import SHIPPED, Catalog
from guardrail_gw.catalog.check import Grade, check
from guardrail_gw.catalog.facts import ProviderFact, Sourced
from guardrail_gw.catalog.model_facts import ModelsFile, PriceFact, RateFact, TierFact
from guardrail_gw.documents import load, load_json
from tests.house.sources import ROOT

CATALOG = Catalog.load()
PROVIDERS = sorted(CATALOG.providers)
MODEL_FILES = sorted((SHIPPED / "models").iterdir())


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_fact_about_a_provider_has_a_source_and_a_date(name: str) -> None:
    """Whatever part of a provider holds fields is sourced, and verified on a day that has been."""
    today = datetime.now(UTC).date()  # noqa: TID251 - a date to come is wrong on any day

    facts = list(parts(CATALOG.providers[name]))

    assert all(isinstance(fact, Sourced) for fact in facts)
    assert all(fact.source.startswith("https://") for fact in facts)
    assert all(fact.verified_on <= today for fact in facts)


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_host_pattern_matches_its_own_example_only(name: str) -> None:
    """A pattern fits the whole of its example, and no host that only contains it."""
    for region in CATALOG.providers[name].regions.values():
        host = str(region.base_url or region.example).split("/")[2]

        assert re.fullmatch(region.host, host)
        for foreign in (
            f"{host}.evil.example",
            f"evil-{host}x",
            f"x/{host}",
            host.replace(".", "_"),
        ):
            assert not re.fullmatch(region.host, foreign)


def test_no_host_belongs_to_two_providers() -> None:
    """The example of each region matches the patterns of its own provider only."""
    for name, fact in CATALOG.providers.items():
        for region in fact.regions.values():
            host = str(region.base_url or region.example).split("/")[2]
            owners = {
                other
                for other, theirs in CATALOG.providers.items()
                if any(re.fullmatch(each.host, host) for each in theirs.regions.values())
            }

            assert owners == {name}


@pytest.mark.parametrize("name", PROVIDERS)
def test_every_region_says_where_it_is_or_that_nobody_knows(name: str) -> None:
    """Places are known countries or jurisdictions; what claims a global reach claims no place."""
    for region_name, region in CATALOG.providers[name].regions.items():
        for kind, terms in region.each_terms():
            CATALOG.jurisdictions.countries((*terms.inference, *terms.storage))
            if "global" in (region_name, kind):
                assert terms.inference == ()


def test_the_checks_find_no_fault() -> None:
    """`guardrail-gw catalog check` has nothing but warnings, and of age only."""
    today = datetime.now(UTC).date()  # noqa: TID251 - as the command does
    dialects = frozenset(d for fact in CATALOG.providers.values() for d in fact.dialects)

    remarks = list(check(CATALOG.files, PROVIDERS, today, dialects))

    assert [r for r in remarks if r.grade is Grade.FAULT] == []
    assert all(re.search(r"last verified|retired on", r.said) for r in remarks)


@pytest.mark.parametrize("path", MODEL_FILES, ids=lambda path: path.stem)
def test_every_file_of_models_is_read_the_same_by_both_readers(path: Any) -> None:
    """No name stands there twice, the strict reader agrees, and a provider owns the file."""
    file = load_json(path, ModelsFile)

    assert load(path, ModelsFile) == file
    assert file.provider == path.stem
    assert path.stem in PROVIDERS
    assert list(file.models) == sorted(file.models)


@pytest.mark.parametrize("path", MODEL_FILES, ids=lambda path: path.stem)
def test_prices_are_positive_and_sane(path: Any) -> None:
    """Between a hundredth of a cent and a thousand dollars for a million tokens, never zero."""
    for name, model in load_json(path, ModelsFile).models.items():
        if model.price is None:
            continue
        every: list[PriceFact | TierFact] = [model.price, *model.price.tiers.values()]
        rates = [*every, *(rate for each in every for rate in each.above.values())]
        classes = RateFact.model_fields
        amounts = [a for r in rates for name in classes if (a := getattr(r, name))]

        assert amounts, name
        assert all(Decimal("0.0001") <= amount <= 1000 for amount in amounts), name


def test_licences_of_what_was_taken_are_noted() -> None:
    """Each catalogue that models were taken from is under a licence whose text is shipped."""
    notices = (ROOT / "docs" / "THIRD_PARTY.md").read_text(encoding="utf-8")

    taken = [i for path in MODEL_FILES for i in load_json(path, ModelsFile).imports.values()]

    assert {each.licence for each in taken} == {"MIT"}
    assert all(each.source in notices and each.version in notices for each in taken)


def test_every_provider_of_the_page_exists() -> None:
    """docs/catalog.md lists the providers of the catalog, all of them, and no others."""
    text = (ROOT / "docs" / "catalog.md").read_text(encoding="utf-8")
    table = text.split("## Providers")[1].split("##")[0]

    named = re.findall(r"^\| `([a-z0-9-]+)` \|", table, re.MULTILINE)

    assert sorted(named) == PROVIDERS


def test_every_file_of_a_provider_is_named_as_its_id() -> None:
    """So that a provider is found without reading all of them."""
    named = {p.stem: load(p, ProviderFact).provider for p in (SHIPPED / "providers").iterdir()}

    assert all(stem == provider for stem, provider in named.items())


def parts(fact: ProviderFact) -> Iterator[Any]:
    """Whatever a provider's facts are made of, down to single statements."""
    profiles = fact.profiles.by_prefix.values() if fact.profiles else ()
    own = (fact.retired, fact.retention, fact.training, fact.regional, *fact.parameters)
    regions = (part for r in fact.regions.values() for part in (r, r.retention))
    yield from (part for part in (*own, *profiles, *regions) if part is not None)
