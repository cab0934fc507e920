"""Sums over an index."""

import pytest

from guardrail_gw.audit.index.file import IndexFile
from guardrail_gw.audit.index.search import Query
from guardrail_gw.audit.index.sums import Sums
from tests.support.reviewed import MARCH_US

FIRST_DAY = MARCH_US // 86_400_000_000


@pytest.fixture(scope="module")
def sums(index: IndexFile) -> Sums:
    """Asks the index of March."""
    return Sums(index)


def _told(sums: Sums, measure: str) -> dict[tuple[str, ...], tuple[int, int]]:
    return {s.words: (s.exchanges, s.amount) for s in sums.daily(measure)}


def test_findings_by_kind(sums: Sums) -> None:
    """Requests that had some, and how many there were."""
    assert _told(sums, "found") == {
        ("PERSON",): (10, 11),
        ("IBAN_CODE",): (9, 9),
        ("EMAIL_ADDRESS",): (9, 9),
        ("CREDENTIAL",): (2, 2),
    }


def test_refusals_by_rule(sums: Sums) -> None:
    """Under the rules that decided."""
    assert _told(sums, "refused") == {
        ("default/pii.CREDENTIAL",): (2, 0),
        ("default/residency",): (1, 0),
    }


def test_traffic_by_jurisdiction(sums: Sums) -> None:
    """A request that was tried at two places in one jurisdiction counts there once."""
    assert _told(sums, "traffic") == {("EU",): (9, 0), ("US",): (8, 0)}


def test_spend_by_team_and_model(sums: Sums) -> None:
    """In billionths of a dollar, of what a deployment answered."""
    spend = _told(sums, "spend")

    assert spend["support", "writer"] == (1, 13_100_000)
    assert spend["research", "assistant"] == (7, 7_700_000)


def test_days_narrow_a_sum(sums: Sums) -> None:
    """Only what came in on these days."""
    (eu, us) = sums.daily("traffic", (FIRST_DAY, FIRST_DAY))

    assert (eu.exchanges, us.exchanges) == (3, 2)


def test_who_saw_data_of_a_person(sums: Sums) -> None:
    """Every provider that was asked on their behalf, with what was found."""
    seen = sums.seen(Query(words=(("subject", "carla.rossi"),)))

    assert [(s.provider, s.countries, s.jurisdiction, s.exchanges) for s in seen] == [
        ("azure-openai", "DE", "EU", 2)
    ]
    assert dict(seen[0].found)["IBAN_CODE"] == 2


def test_on_what_basis(sums: Sums) -> None:
    """Policies and rules, with what was refused beside what was allowed."""
    bases = sums.bases(Query(words=(("subject", "bo.larsen"),)))

    told = {(b.documents, b.decision, b.code): (b.exchanges, b.rules) for b in bases}
    assert told["default", "blocked", "residency.no_lawful_upstream"] == (
        1,
        ("default/pii.PERSON", "default/residency"),
    )
    assert told["default", "allowed", ""] == (8, ())


def test_the_log_over_time(sums: Sums) -> None:
    """Every record is in a minute, every checkpoint too; each run begins with an epoch."""
    minutes, events = sums.minutes(), sums.events()

    assert sum(m.records for m in minutes) == 50
    assert sum(m.checkpoints for m in minutes) == 5
    assert [e.kind for e in events].count("epoch") == 5
