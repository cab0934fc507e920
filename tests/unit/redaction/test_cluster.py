from dataclasses import replace

import pytest
from hypothesis import given, strategies as st

from guardrail_gw.core.text import Entity, Finding, Segment, SegmentKind
from guardrail_gw.errors import DetectionDown
from guardrail_gw.policy.policy import Action, EntityRule, Policy
from guardrail_gw.redaction.cluster import any_counts, clusters
from tests.support.chat import policy

POLICY = policy({"A": Action.ALLOW, "T": Action.TOKEN, "M": Action.MASK, "B": Action.BLOCK})


def finding(start: int, end: int, entity: str, score: float = 0.9) -> Finding:
    """One finding."""
    return Finding(start=start, end=end, entity=Entity(entity), score=score, recognizer="r")


def merged(*findings: Finding) -> list[tuple[int, int, str, Action]]:
    """The clusters of some findings, in short."""
    return [
        (c.start, c.end, c.entity, c.rule.action) for c in clusters(findings, POLICY, "x" * 100)
    ]


@pytest.mark.parametrize(
    ("findings", "expected"),
    [
        ([finding(0, 5, "T")], [(0, 5, "T", Action.TOKEN)]),
        (
            [finding(0, 5, "T"), finding(5, 9, "T")],
            [(0, 5, "T", Action.TOKEN), (5, 9, "T", Action.TOKEN)],
        ),
        ([finding(4, 9, "T"), finding(0, 5, "T", 1.0)], [(0, 9, "T", Action.TOKEN)]),
        ([finding(0, 9, "A"), finding(2, 3, "T", 0.6)], [(0, 9, "A", Action.TOKEN)]),
        ([finding(0, 9, "T", 1.0), finding(8, 12, "B", 0.5)], [(0, 12, "T", Action.BLOCK)]),
        ([finding(0, 4, "T"), finding(2, 9, "M")], [(0, 9, "M", Action.MASK)]),
        (
            [finding(0, 20, "T"), finding(1, 2, "T"), finding(15, 25, "T")],
            [(0, 25, "T", Action.TOKEN)],
        ),
        ([finding(0, 5, "T", 0.49)], []),
        ([finding(0, 5, "B", 0.49), finding(3, 9, "T")], [(3, 9, "T", Action.TOKEN)]),
    ],
)
def test_overlaps_become_one(
    findings: list[Finding], expected: list[tuple[int, int, str, Action]]
) -> None:
    """The union is replaced; the strictest action wins, the best score names it."""
    assert merged(*findings) == expected


@pytest.mark.parametrize("span", [(-1, 3), (3, 3), (4, 3), (90, 101)])
def test_a_finding_outside_its_text_is_a_broken_detector(span: tuple[int, int]) -> None:
    """Findings that do not fit mean that nothing was scanned for sure."""
    with pytest.raises(DetectionDown):
        merged(finding(*span, "T"))


@given(
    st.lists(
        st.lists(
            st.builds(
                lambda start, size, entity, score: finding(start, start + size, entity, score),
                st.integers(0, 80),
                st.integers(1, 20),
                st.sampled_from("ATMB"),
                st.sampled_from((0.1, 0.49, 0.5, 0.9)),
            ),
            max_size=3,
        ),
        max_size=4,
    )
)
def test_something_counts_where_there_is_a_cluster(findings: list[list[Finding]]) -> None:
    """What is passed over because nothing counts is what would have had no cluster anywhere."""
    segments = [Segment(text="x" * 100, kind=SegmentKind.PROSE, place="/a")] * len(findings)

    counts = any_counts(findings, POLICY, segments)

    assert counts == any(merged(*here) for here in findings)


@pytest.mark.parametrize("span", [(-1, 3), (3, 3), (90, 101)])
def test_nothing_is_passed_over_that_lies_outside_its_text(span: tuple[int, int]) -> None:
    """Findings that do not fit are refused here, too, whatever their score."""
    segment = Segment(text="x" * 100, kind=SegmentKind.PROSE, place="/a")

    with pytest.raises(DetectionDown):
        any_counts([[finding(*span, "T", 0.1)]], POLICY, [segment])


def allowing(*values: str) -> Policy:
    """A policy for which some values are no personal data."""
    rule = EntityRule(action=Action.TOKEN, min_score=0.5, rule="test/T", allowed=frozenset(values))
    return replace(POLICY, entities={Entity("T"): rule})


@pytest.mark.parametrize(
    ("written", "counts"),
    [
        ("max mustermann", False),
        ("Max  MUSTERMANN", False),
        ("\uff2dax Mustermann", False),
        ("Max Mustermann-Meier", True),
        ("Max", True),
    ],
)
def test_only_a_whole_allowed_value_is_none(written: str, *, counts: bool) -> None:
    """A value that the policy lists does not count; one that holds it, or a part of it, does."""
    found = [finding(0, len(written), "T"), finding(0, len(written), "M", 0.4)]

    assert bool(list(clusters(found, allowing("max mustermann"), written))) is counts


def test_an_allowed_value_of_one_entity_counts_as_another() -> None:
    """The list of one entity says nothing about the findings of another."""
    assert list(clusters([finding(0, 3, "M")], allowing("max"), "max"))
