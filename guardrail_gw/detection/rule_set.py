"""The rules of one process, and those of them that run for a request."""

from collections.abc import Sequence

from guardrail_gw.detection.ruled import Ruled
from guardrail_gw.detection.rules.rule import EUROPE, Rule


class RuleSet:
    """All rules, made ready to run together for each set of countries that is asked for."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.every = tuple(rules)
        self._elsewhere = frozenset(r.country for r in rules if r.country) - EUROPE
        self._ruled: dict[frozenset[str], Ruled] = {}

    def of(self, countries: frozenset[str]) -> tuple[Rule, ...]:
        """The rules for Europe, for everywhere, and for these countries."""
        asked = EUROPE | countries
        return tuple(r for r in self.every if r.country is None or r.country in asked)

    def ruled(self, countries: frozenset[str]) -> Ruled:
        """The same, ready to run; making them so takes a tenth of a second the first time."""
        asked = countries & self._elsewhere
        if asked not in self._ruled:
            self._ruled[asked] = Ruled(self.of(asked))
        return self._ruled[asked]

    def is_ready(self, countries: frozenset[str]) -> bool:
        """Whether they are ready."""
        return countries & self._elsewhere in self._ruled

    def warm(self) -> None:
        """Compile what rules compile at first use, before a process forks or a request waits."""
        for rule in self.every:
            for text in rule.valid:
                list(rule.find(text))
