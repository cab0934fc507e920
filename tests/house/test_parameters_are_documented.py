"""docs/parameters.md says what is done to bodies for each provider; no table steers a text."""

from guardrail_gw.catalog.catalog import Catalog
from guardrail_gw.catalog.facts import ParameterFact
from guardrail_gw.dialects.steering import FEATURES
from tests.house.sources import ROOT
from tests.support.parameters import table

_MARK = "<!-- computed -->"


def test_the_table_is_that_of_the_catalog() -> None:
    """Every entry of every provider has its row, with its source and the day it was read."""
    page = (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8")

    assert page.partition(_MARK)[2].strip() == table().strip(), (
        "write the output of `python -m tests.support.parameters` behind the mark"
    )


def test_every_field_of_a_table_is_explained() -> None:
    """The page has each field that an operator may write."""
    page = (ROOT / "docs" / "parameters.md").read_text(encoding="utf-8").partition(_MARK)[0]

    missing = [name for name in ParameterFact.model_fields if f"`{name}`" not in page]

    assert missing == []


def test_no_table_says_where_a_text_goes() -> None:
    """What asks a provider to keep a text or to pass it on is the policy's alone."""
    providers = Catalog.load().providers
    facts = [fact for name in providers for fact in providers[name].parameters]

    named = {
        name
        for fact in facts
        for name in (*fact.rename.values(), *fact.rename, *fact.drop, *fact.require, *fact.range)
    }

    assert facts
    assert named & FEATURES.keys() == set()
