"""What a rule is: an entity, the function that finds it, and the examples that show it."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from guardrail_gw.core.text import Entity, Finding

_RUN = re.compile(r"[0-9](?:[^0-9\n]{0,3}[0-9])*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """What must stand in a text before a rule can find anything in it.

    A text is looked through once for all rules; most texts meet few of their needs.
    """

    digits: int = 0
    """At least so many digits in one run, broken by at most three other characters at a time."""
    marks: tuple[str, ...] = ()
    """One of these substrings, each in lower case; none of them means any text."""

    def met_by(self, text: str) -> bool:
        """Whether `text` may hold something for the rule."""
        if self.marks and not any(mark in text.lower() for mark in self.marks):
            return False
        return not self.digits or any(
            sum(map(str.isdigit, run.group())) >= self.digits for run in _RUN.finditer(text)
        )


NOTHING: Final = Needs()
"""The rule looks at every text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One detector of one or more entities in a normalised text.

    A score says how likely a match is to be what its name says, and follows from the share of
    random strings of that shape which pass the check: below 0.5 % gives 0.85 or more, around 1 %
    0.75, 2 to 5 % 0.6, about 10 % at most 0.35 unless a context word stands next to it. A bare
    run of digits whose check 2 % or more pass has at most 0.35 as well: timestamps and counters
    are such runs.
    """

    name: str
    """The recognizer's name in a finding."""
    entities: frozenset[Entity]
    find: Callable[[str], Iterable[Finding]]
    """Findings within the text, in any order; they may overlap."""
    needs: Needs = NOTHING
    """Without it `find` gives nothing, so it need not be called."""
    country: str | None = None
    """ISO 3166-1 alpha-2 of the state whose identifier it is; None for what exists everywhere."""
    chance: float | None = None
    """Share of random strings of the candidates' shape that pass; None without a check."""
    valid: tuple[str, ...] = ()
    """Texts in which the rule finds something."""
    invalid: tuple[str, ...] = ()
    """Texts in which it finds nothing."""
