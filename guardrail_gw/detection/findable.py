"""Whether a value can be a finding at all, for whoever writes `allow_values`.

A rule is asked in the surroundings in which it is known to find something: its own examples, with
the value in the place of what it finds there. What a model or a recognizer of the operator may find
cannot be told without a text, so of them nothing is ruled out.
"""

from collections.abc import Iterable, Iterator

from guardrail_gw.core.text import Entity
from guardrail_gw.detection.normalise import normalise
from guardrail_gw.detection.rules.rule import Rule


class Findable:
    """What rules and a model can find.

    Args:
        rules: all of them.
        named: the entities that a model finds.
    """

    def __init__(self, rules: Iterable[Rule], named: Iterable[Entity]) -> None:
        self._rules = tuple(rules)
        self._named = frozenset(named)

    def __call__(self, value: str, entity: Entity | None) -> bool:
        """Whether the whole of `value` may be found as `entity`; None: as anything.

        False is sure only of the surroundings that the rules' examples have.
        """
        if self._named and (entity is None or entity in self._named):
            return True
        asked = [r for r in self._rules if entity is None or entity in r.entities]
        return any(not rule.valid or _finds(rule, value.strip(), entity) for rule in asked)


def _finds(rule: Rule, value: str, entity: Entity | None) -> bool:
    return any(_finds_at(rule, *shown, entity) for shown in _surroundings(rule, value, entity))


def _surroundings(rule: Rule, value: str, entity: Entity | None) -> Iterator[tuple[str, int, int]]:
    """Texts with the value in them, and where: alone, and in each of the rule's examples."""
    yield value, 0, len(value)
    for example in rule.valid:
        for found in rule.find(example):
            if entity is None or found.entity == entity:
                text = example[: found.start] + value + example[found.end :]
                yield text, found.start, found.start + len(value)


def _finds_at(rule: Rule, text: str, start: int, end: int, entity: Entity | None) -> bool:
    copy = normalise(text)
    found = map(copy.original, rule.find(copy.text))
    return any(
        (each.start, each.end) == (start, end) and (entity is None or each.entity == entity)
        for each in found
    )
