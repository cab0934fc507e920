"""Findings that overlap are one thing: the strictest action wins over all of it."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from guardrail_gw.core.text import Entity, Finding, Segment
from guardrail_gw.errors import DetectionDown
from guardrail_gw.policy.policy import Action, EntityRule, Policy

_STRICTNESS = {action: rank for rank, action in enumerate(Action)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """One stretch of text that is replaced, or left, as a whole."""

    start: int
    end: int
    entity: Entity
    """Of the best-scored finding in it, then of the longest."""
    rule: EntityRule
    """The strictest."""
    part: bool
    """All of it is a piece of a value that goes on in another text."""


def clusters(findings: Sequence[Finding], policy: Policy, text: str) -> Iterator[Cluster]:
    """Merge the findings of one segment that the policy counts as personal data.

    Args:
        findings: in any order; they may overlap.
        policy: says from which score on an entity counts, and which values are none.
        text: the segment's.

    Raises:
        DetectionDown: a finding lies outside the text, so none can be trusted.
    """
    group: list[Finding] = []
    end = -1
    for finding in sorted(_counted(findings, policy, text)):
        if group and finding.start >= end:
            yield _merged(group, policy)
            group = []
        end = max(end, finding.end) if group else finding.end
        group.append(finding)
    if group:
        yield _merged(group, policy)


def any_counts(
    findings: Sequence[Sequence[Finding]], policy: Policy, segments: Sequence[Segment]
) -> bool:
    """Whether the policy counts anything that was found as personal data; raises as `clusters`."""
    for here, segment in zip(findings, segments, strict=True):
        if here and next(_counted(here, policy, segment.text), None) is not None:
            return True
    return False


def without(findings: Sequence[Finding], covered: Sequence[tuple[int, int]]) -> Sequence[Finding]:
    """The parts of findings outside some spans, which are in order and do not overlap."""
    if not covered:
        return findings
    parts: list[Finding] = []
    for finding in findings:
        start = finding.start
        first = bisect_right(covered, start, key=lambda span: span[1])
        for begin, end in covered[first:]:
            if begin >= finding.end:
                break
            if begin > start:
                parts.append(replace(finding, start=start, end=begin))
            start = end
        if start < finding.end:
            parts.append(replace(finding, start=start))
    return parts


def _counted(findings: Iterable[Finding], policy: Policy, text: str) -> Iterator[Finding]:
    for finding in findings:
        if not 0 <= finding.start < finding.end <= len(text):
            raise DetectionDown(f"a {finding.entity} finding lies outside its text")
        rule = policy.rule_for(finding.entity)
        if rule.concerns(finding.score) and not rule.allows(text[finding.start : finding.end]):
            yield finding


def _merged(group: list[Finding], policy: Policy) -> Cluster:
    best = max(group, key=lambda f: (f.score, f.end - f.start))
    rules = (policy.rule_for(f.entity) for f in group)
    return Cluster(
        start=min(f.start for f in group),
        end=max(f.end for f in group),
        entity=best.entity,
        rule=max(rules, key=lambda r: _STRICTNESS[r.action]),
        part=all(f.part for f in group),
    )
