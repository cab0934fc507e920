"""What a rule is: an entity, the function that finds it, and the examples that show it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from guardrail_gw.core.text import Entity, Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One detector of one or more entities in a normalised text.

    A score says how likely a match is to be what its name says, and follows from the share of
    random strings of that shape which pass the check: below 0.5 % gives 0.85 or more, around 1 %
    0.75, 2 to 5 % 0.6, about 10 % at most 0.35 unless a context word stands next to it.
    """

    name: str
    """The recognizer's name in a finding."""
    entities: frozenset[Entity]
    find: Callable[[str], Iterable[Finding]]
    """Findings within the text, in any order; they may overlap."""
    valid: tuple[str, ...] = ()
    """Texts in which the rule finds something."""
    invalid: tuple[str, ...] = ()
    """Texts in which it finds nothing."""
