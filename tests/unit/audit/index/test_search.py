"""Which exchanges answer a question."""

import pytest

from guardrail_gw.audit.index import search
from guardrail_gw.audit.index.file import IndexFile
from guardrail_gw.audit.index.search import Hit, Query, Searcher
from tests.support.reviewed import MARCH_US

DAY_US = 86_400_000_000


@pytest.fixture(scope="module")
def searcher(index: IndexFile) -> Searcher:
    """Asks the index of March."""
    return Searcher(index)


def _who(hits: list[Hit]) -> set[str | None]:
    return {hit.words.get("user") for hit in hits}


@pytest.mark.parametrize(
    ("query", "count"),
    [
        (Query(), 20),
        (Query(words=(("subject", "anna.schmidt"),)), 9),
        (Query(words=(("subject", "Anna.Schmidt"),)), 0),
        (Query(words=(("team", "research"),)), 9),
        (Query(words=(("provider", "mistral"),)), 2),
        (Query(words=(("provider", "azure-openai"),)), 8),
        (Query(words=(("jurisdiction", "US"),)), 8),
        (Query(words=(("provider", "mistral"), ("team", "research"))), 0),
        (Query(words=(("model", "writer"),)), 1),
        (Query(refused=True), 3),
        (Query(words=(("code", "residency.no_lawful_upstream"),)), 1),
        (Query(entity="IBAN_CODE"), 9),
        (Query(entity="NOTHING"), 0),
        (Query(links=(("request", "0195-0003"),)), 1),
        (Query(links=(("provider_request_id", "prov-3"),)), 1),
        (Query(links=(("provider_request_id", "0195-0003"),)), 0),
        (Query(links=(("session", "0195-0003"),)), 0),
        (Query(any_link="prov-3"), 1),
        (Query(links=(("tool", "crm.read"),)), 1),
        (Query(since_us=MARCH_US + DAY_US), 15),
        (Query(until_us=MARCH_US + DAY_US), 5),
        (Query(since_us=MARCH_US + DAY_US, until_us=MARCH_US + 2 * DAY_US), 4),
    ],
)
def test_all_that_is_asked_must_hold(searcher: Searcher, query: Query, count: int) -> None:
    """Each condition narrows; words and ids are compared exactly."""
    assert len(searcher.find(query, limit=100)) == searcher.count(query) == count


def test_any_attempt_counts_for_a_provider(searcher: Searcher) -> None:
    """A provider that was asked and failed is found, though another one answered."""
    asked = searcher.find(Query(words=(("provider", "azure-openai"),)), limit=100)

    assert "mistral" in {hit.words["provider"] for hit in asked}


def test_pages_follow_each_other(searcher: Searcher) -> None:
    """Newest first; `before` goes on where the page before ended."""
    first = searcher.find(Query(), limit=7)
    second = searcher.find(Query(), limit=100, before=first[-1].index)

    every = [hit.index for hit in (*first, *second)]
    assert every == sorted(every, reverse=True)
    assert len(set(every)) == 20


def test_a_hit_has_its_words(searcher: Searcher) -> None:
    """What a list shows comes back as it was recorded."""
    (hit,) = searcher.find(Query(links=(("request", "0195-0001"),)), limit=2)

    assert _who([hit]) == {"anna.schmidt"}
    assert hit.found == (("EMAIL_ADDRESS", 1), ("IBAN_CODE", 1), ("PERSON", 1))
    assert (hit.status, hit.cost_nano, hit.tokens) == (200, 4_200_000, (420, 0, 130))
    assert hit.words["documents"] == "default"
    assert hit.words["rules"].split()[-1] == "default/residency"


def test_neighbours_are_the_next_in_the_log(searcher: Searcher) -> None:
    """There is none before the first, none after the last."""
    every = [hit.index for hit in searcher.find(Query(), limit=100)][::-1]

    assert searcher.neighbours(every[0]) == (None, every[1])
    assert searcher.neighbours(every[-1]) == (every[-2], None)


def test_counting_stops(searcher: Searcher, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the bound it is only said that there are more."""
    monkeypatch.setattr(search, "COUNTED", 5)

    assert searcher.count(Query()) == 6


def test_a_name_of_no_column_is_a_defect(searcher: Searcher) -> None:
    """Nothing but the index's own names gets into SQL."""
    with pytest.raises(KeyError):
        searcher.find(Query(words=(("id = 1 OR user", "x"),)), limit=1)
