"""What `allow_values` may get wrong: entries that never let anything pass.

Entries are told by their number, never by what they say: they may be somebody's data.
"""

from collections.abc import Callable, Iterator, Sequence

from guardrail_gw.core.text import Entity, comparable
from guardrail_gw.policy.combine import combined
from guardrail_gw.policy.compile import Compiled
from guardrail_gw.policy.found import allow_rule
from guardrail_gw.policy.policy import NEVER, EntityRule
from guardrail_gw.policy.remark import Level, Remark

Finds = Callable[[str, Entity | None], bool]
"""Whether detectors may find the whole of a value as this entity; None: as any."""


def idle_values(
    document: Compiled, contexts: Sequence[Sequence[Compiled]], finds: Finds | None
) -> Iterator[Remark]:
    """The entries of a policy that never let anything pass.

    Args:
        document: the policy.
        contexts: the policies that apply together with it, for callers that few others are for.
        finds: None: detectors are not asked.
    """
    policy = document.policy
    for entity, rule in ((None, policy.default), *policy.entities.items()):
        written = document.allow_values.get(rule.rule, ())
        if written and rule.min_score >= NEVER:
            yield _remark(rule, "the line lets everything pass already: `ignore`")
            continue
        for index, value in enumerate(written):
            fault = _fault(written, index)
            fault = fault or _unlisted(value, entity, contexts)
            if fault is None and finds is not None and not finds(value, entity):
                fault = f"is found as a whole by nothing that detects {entity or 'anything'}"
            if fault:
                yield _remark(rule, f"entry {index + 1} {fault}")


def _fault(written: Sequence[str], index: int) -> str | None:
    """What can be told from the list alone."""
    meant = [comparable(value) for value in written]
    if not meant[index]:
        return "is empty"
    first = meant.index(meant[index])
    if first < index:
        return f"says the same as entry {first + 1}: case and white space do not count"
    return None


def _unlisted(
    value: str, entity: Entity | None, contexts: Sequence[Sequence[Compiled]]
) -> str | None:
    for context in contexts:
        policy = combined(each.policy for each in context)
        rule = policy.default if entity is None else policy.rule_for(entity)
        if rule.allows(value):
            return None
    return "never passes: another policy that always applies too does not list it"


def _remark(rule: EntityRule, message: str) -> Remark:
    return Remark(level=Level.WARNING, rule=allow_rule(rule), message=message)
