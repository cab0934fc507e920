"""One text after another through the same steps: normalise, rules, names, merge."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from guardrail_gw.core.text import Entity, Finding, SegmentKind
from guardrail_gw.detection.merge import merge
from guardrail_gw.detection.normalise import Normalised, normalise
from guardrail_gw.detection.rules.rule import Rule
from guardrail_gw.errors import ConfigError


class Names(Protocol):
    """Named-entity recognition, as the engine sees it."""

    @property
    def entities(self) -> frozenset[Entity]:
        """What it can find."""
        ...

    def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """The findings of each text."""
        ...


class Engine:
    """Everything that detects, in one process.

    Raises:
        ConfigError: nothing detects one of the entities that the operator relies on.
    """

    def __init__(
        self, *, rules: Sequence[Rule], names: Names | None, wanted: Iterable[Entity] = ()
    ) -> None:
        self.rules = tuple(rules)
        self.names = names
        self.entities: frozenset[Entity] = frozenset().union(
            *(rule.entities for rule in rules), names.entities if names else ()
        )
        if missing := sorted(set(wanted) - self.entities):
            raise ConfigError(
                f"nothing detects {', '.join(missing)}: add a recognizer or a model that does, or "
                "take the name out of the configuration"
            )

    def scan(self, texts: Sequence[tuple[str, SegmentKind]]) -> list[list[Finding]]:
        """The findings of each text: sorted, not overlapping, in code points of the original."""
        copies = [normalise(text) for text, _ in texts]
        named = self._named(copies, [kind for _, kind in texts])
        return [
            merge(text, map(copy.original, [*self._ruled(copy.text), *names]))
            for (text, _), copy, names in zip(texts, copies, named, strict=True)
        ]

    def _ruled(self, text: str) -> list[Finding]:
        return [finding for rule in self.rules for finding in rule.find(text)] if text else []

    def _named(
        self, copies: Sequence[Normalised], kinds: Sequence[SegmentKind]
    ) -> list[list[Finding]]:
        found: list[list[Finding]] = [[] for _ in copies]
        prose = [i for i, kind in enumerate(kinds) if kind is SegmentKind.PROSE and copies[i].text]
        if self.names and prose:
            results = self.names.find([copies[i].text for i in prose])
            for index, findings in zip(prose, results, strict=True):
                found[index] = findings
        return found
