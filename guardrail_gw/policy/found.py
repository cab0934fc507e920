"""What becomes of what was found: which of it counts, what is done with it, and who says so.

A finding is let pass because it stands in code, because `allow_values` names it, or because its
score is too low; in this order it is asked, and the way of a request asks the same.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from guardrail_gw.core.text import Entity
from guardrail_gw.policy.compile import Compiled
from guardrail_gw.policy.explanation import Decided, Passed, Seen, Voice
from guardrail_gw.policy.policy import NEVER, SILENT, EntityRule, Policy

ALLOW_VALUES = "allow_values"
"""Ends the name of what lets values pass: `crm/pii.EMAIL_ADDRESS.allow_values`."""


def judged_found(
    policy: Policy, matching: Sequence[Compiled], found: Sequence[Seen]
) -> tuple[tuple[Decided, ...], frozenset[Entity]]:
    """What is decided about each entity, by name, and those that count as personal data.

    Args:
        policy: all of `matching` combined.
        matching: the policies for this caller.
        found: everything that detectors saw.
    """
    decided, present = [], set[Entity]()
    for entity in sorted({each.entity for each in found}):
        rule = policy.rule_for(entity)
        seen = [each for each in found if each.entity == entity]
        passed = _passed(policy, matching, seen)
        counted = [each for each in seen if not _is_passed(policy, each)]
        if any(rule.concerns(each.score) for each in counted):
            present.add(entity)
        decided.append(_decided(rule, matching, counted, passed, entity))
    return tuple(decided), frozenset(present)


def counted(policy: Policy, found: Sequence[Seen]) -> Mapping[Entity, int]:
    """How many of each entity are personal data for a policy."""
    counts = Counter[Entity]()
    for each in found:
        if policy.rule_for(each.entity).concerns(each.score) and not _is_passed(policy, each):
            counts[each.entity] += each.count
    return counts


def code_rule(document: str) -> str:
    """The name of what a policy says about source code."""
    return f"{document}/pii.code"


def allow_rule(rule: EntityRule) -> str:
    """The name of what lets values of an entity pass."""
    return f"{rule.rule}.{ALLOW_VALUES}"


def said(rule: EntityRule) -> str:
    """The action as people write it."""
    return "ignore" if _ignores(rule) else rule.action.value


def _ignores(rule: EntityRule) -> bool:
    return rule.min_score >= NEVER


def _is_passed(policy: Policy, seen: Seen) -> bool:
    """Whether it does not count, though its score would do."""
    rule = policy.rule_for(seen.entity)
    return rule.concerns(seen.score) and (_is_code(policy, seen) or _is_allowed(rule, seen))


def _is_code(policy: Policy, seen: Seen) -> bool:
    return seen.looks_in_code and not policy.code_scanned


def _is_allowed(rule: EntityRule, seen: Seen) -> bool:
    return seen.value is not None and rule.allows(seen.value)


def _decided(
    rule: EntityRule,
    matching: Sequence[Compiled],
    counted: Sequence[Seen],
    passed: tuple[Passed, ...],
    entity: Entity,
) -> Decided:
    score = max((each.score for each in counted), default=None)
    if _ignores(rule):
        what, because = said(rule), "the policy says that this is not personal data"
    elif score is None:
        what, because = "nothing", "; ".join(each.because for each in passed)
    else:
        what = said(rule) if rule.concerns(score) else "nothing"
        because = _because(rule, score)
    return Decided(
        subject=entity,
        said=what,
        rule=rule.rule,
        because=because,
        others=(*_others(rule, matching, entity), *_unheard(rule, matching, counted)),
        passed=passed,
    )


def _passed(
    policy: Policy, matching: Sequence[Compiled], seen: Sequence[Seen]
) -> tuple[Passed, ...]:
    """Who lets what pass."""
    left = [each for each in seen if _is_passed(policy, each)]
    in_code = sum(_is_code(policy, each) for each in left)
    passed = []
    if allowed := len(left) - in_code:
        voices = (each.policy.rule_for(seen[0].entity) for each in matching)
        names = tuple(allow_rule(voice) for voice in voices if voice != SILENT)
        passed.append(Passed(count=allowed, rules=names, because=_allowing(allowed)))
    if in_code:
        names = tuple(code_rule(each.id) for each in matching if "code" in each.says)
        passed.append(Passed(count=in_code, rules=names, because=_in_code(in_code)))
    return tuple(passed)


def _allowing(count: int) -> str:
    if count == 1:
        return f"{ALLOW_VALUES} names this value, so it is no personal data"
    return f"{ALLOW_VALUES} names these {count} values, so they are no personal data"


def _in_code(count: int) -> str:
    what = "it stands" if count == 1 else f"{count} stand"
    return f"{what} in source code, where with `code: checked` looks alone do not count"


def _others(rule: EntityRule, matching: Sequence[Compiled], entity: Entity) -> tuple[Voice, ...]:
    voices = [each.policy.rule_for(entity) for each in sorted(matching, key=lambda d: d.id)]
    return tuple(
        Voice(rule=voice.rule, said=said(voice), because=_outvoted(voice, rule))
        for voice in voices
        if voice.rule != rule.rule and voice != SILENT
    )


def _unheard(
    rule: EntityRule, matching: Sequence[Compiled], counted: Sequence[Seen]
) -> tuple[Voice, ...]:
    """Policies that would let pass what another does not."""
    rules = {each.id: each.policy.rule_for(seen.entity) for seen in counted for each in matching}
    because = "another policy for this caller does not list it; all of them must"
    return tuple(
        Voice(rule=allow_rule(voice), said="nothing", because=because)
        for _, voice in sorted(rules.items())
        if any(_is_allowed(voice, each) and rule.concerns(each.score) for each in counted)
    )


def _because(rule: EntityRule, score: float) -> str:
    if not rule.concerns(score):
        return f"score {score:g} is below {rule.min_score:g}, so it is not taken for one"
    if rule.rule.endswith("/pii.default"):
        return f"no line of its own, so the default; score {score:g} is at least {rule.min_score:g}"
    return f"score {score:g} is at least {rule.min_score:g}"


def _outvoted(voice: EntityRule, winner: EntityRule) -> str:
    if voice.action is winner.action and said(voice) == said(winner):
        return f"says the same; {winner.rule} is named first"
    return f"{said(winner)} is stricter than {said(voice)}"
