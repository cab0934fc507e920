"""Which documents with a condition count for one request, in two steps.

Conditions that ask for nothing that is found are judged when the request comes; the others when
detectors have looked. Each is judged by itself: what one adds is not seen by another of its step.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set as AbstractSet
from dataclasses import dataclass, replace

from guardrail_gw.core.text import Entity, Finding, Segment
from guardrail_gw.policy.circumstances import Circumstances
from guardrail_gw.policy.combine import combined
from guardrail_gw.policy.condition import Judgement
from guardrail_gw.policy.policy import Conditional, EntityRule, Policy

Counts = Callable[[Policy], Mapping[Entity, int]]
"""How many findings of each kind count as personal data for a policy."""
_Judged = tuple[Conditional, Judgement]
_MOST_COMBINATIONS = 256


@dataclass(slots=True, kw_only=True)
class Ruling:
    """The policy of one request, which grows stricter as more is known."""

    policy: Policy
    circumstances: Circumstances

    @property
    def is_open(self) -> bool:
        """Whether something still depends on what is found."""
        return bool(self.policy.conditional)

    def found(
        self,
        segments: Sequence[Segment],
        findings: Sequence[tuple[Finding, ...]],
        earlier: AbstractSet[Entity] = frozenset(),
    ) -> Policy:
        """Judge what is left, now that detectors have looked.

        Args:
            segments: the texts of the request.
            findings: of each segment.
            earlier: what was found in the conversation before.
        """
        if self.is_open:
            self.policy = after_looking(
                self.policy,
                self.circumstances,
                lambda policy: counted(policy, segments, findings, earlier),
            )
        return self.policy


def on_arrival(policy: Policy, circumstances: Circumstances) -> Policy:
    """The policy with the documents whose condition holds, whatever is found.

    What is left among `conditional` asks for what is found.
    """
    judged, left = list[_Judged](), list[Conditional]()
    for each in policy.conditional:
        if each.condition.asks_found:
            left.append(each)
        else:
            judged.append((each, each.condition.judge(circumstances)))
    return _with(policy, judged, tuple(left)) if judged else policy


def after_looking(policy: Policy, circumstances: Circumstances, counts: Counts) -> Policy:
    """The policy with the documents whose condition holds, now that detectors have looked.

    What counts as found is what would count if the document did.
    """
    judged = [
        (each, each.condition.judge(circumstances, counts(_beside(policy, each))))
        for each in policy.conditional
    ]
    return _with(policy, judged, ())


def _beside(policy: Policy, conditional: Conditional) -> Policy:
    """What would be obeyed if the document counted."""
    return _with(policy, [(conditional, Judgement.HOLDS)], ())


def counted(
    policy: Policy,
    segments: Sequence[Segment],
    findings: Sequence[tuple[Finding, ...]],
    earlier: AbstractSet[Entity] = frozenset(),
) -> Mapping[Entity, int]:
    """How many findings of each kind are personal data for a policy; an earlier one counts once."""
    counts, rules = dict.fromkeys(earlier, 0), dict[Entity, EntityRule]()
    for segment, here in zip(segments, findings, strict=True):
        for each in here:
            entity = each.entity
            rule = rules.get(entity) or rules.setdefault(entity, policy.rule_for(entity))
            allowed = rule.allowed and rule.allows(segment.text[each.start : each.end])
            if rule.concerns(each.score) and not allowed:
                counts[entity] = counts.get(entity, 0) + 1
    return counts | {entity: 1 for entity in earlier if not counts[entity]}


def _with(
    policy: Policy,
    judged: Iterable[_Judged],
    left: tuple[Conditional, ...],
) -> Policy:
    counting = [each for each in judged if each[1] is not Judgement.FAILS]
    key = tuple([(each.document, said) for each, said in counting])
    known = policy.narrower.get(key)
    if known is None:
        unsure = (each.document for each, said in counting if said is Judgement.UNSURE)
        more = combined((policy, *(each.policy for each, _ in counting)))
        known = replace(
            more,
            conditional=left,
            unsure=tuple(sorted({*policy.unsure, *unsure})),
            narrower={},
        )
        if len(policy.narrower) >= _MOST_COMBINATIONS:
            policy.narrower.clear()
        policy.narrower[key] = known
    return known
