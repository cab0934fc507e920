"""Every canary is found by what is shipped."""

import pytest

from guardrail_gw.core.text import Entity, SegmentKind
from guardrail_gw.detection.rules.every import RULES
from guardrail_gw.detection.rules.rule import LANGUAGES
from guardrail_gw.doctor.canaries import EMAIL, PERSON, SENTENCES, Canary, canaries
from tests.support.world import real_engine

EVERY = list(canaries(RULES, real_engine().entities, LANGUAGES))


@pytest.mark.parametrize("canary", EVERY, ids=lambda c: f"{c.language}-{c.entity}")
def test_the_shipped_detectors_find_it(canary: Canary) -> None:
    """A finding covers the whole value: a canary that is not found says something is wrong."""
    states = frozenset({canary.country}) if canary.country else frozenset[str]()

    [found] = real_engine().scan([(canary.text, SegmentKind.PROSE)], states)

    start = canary.text.index(canary.value)
    end = start + len(canary.value)
    assert any(each.start <= start and end <= each.end for each in found)


def test_there_is_one_for_every_language_and_every_kind() -> None:
    """Each official language of the Union, and each kind that a rule knows."""
    assert SENTENCES.keys() == LANGUAGES
    assert {c.entity for c in EVERY} == real_engine().entities
    assert len([c for c in EVERY if c.language]) == 2 * len(LANGUAGES)


def test_only_what_counts_is_asked() -> None:
    """No kind that nobody asked for, and no language without a sentence."""
    found = list(canaries(RULES, [EMAIL], ["de", "xx"]))

    assert {c.entity for c in found} == {EMAIL}
    assert {c.language for c in found} == {"de", ""}
    assert list(canaries(RULES, [Entity("NOBODYS")], ["de"])) == []
    assert [c.entity for c in canaries((), [PERSON], ["de"])] == [PERSON]
