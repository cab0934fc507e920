import pytest

from guardrail_gw.core.text import Entity, Finding
from guardrail_gw.errors import DetectionDown
from guardrail_gw.policy.policy import Action
from guardrail_gw.redaction.cluster import clusters
from tests.support.chat import policy

POLICY = policy({"A": Action.ALLOW, "T": Action.TOKEN, "M": Action.MASK, "B": Action.BLOCK})


def finding(start: int, end: int, entity: str, score: float = 0.9) -> Finding:
    """One finding."""
    return Finding(start=start, end=end, entity=Entity(entity), score=score, recognizer="r")


def merged(*findings: Finding) -> list[tuple[int, int, str, Action]]:
    """The clusters of some findings, in short."""
    return [(c.start, c.end, c.entity, c.rule.action) for c in clusters(findings, POLICY, 100)]


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
