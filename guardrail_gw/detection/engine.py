"""One text after another through the same steps: normalise, rules, names, merge."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from guardrail_gw.core.text import Entity, Finding, SegmentKind
from guardrail_gw.detection.rule_set import RuleSet
from guardrail_gw.detection.rules.rule import LANGUAGES, Rule
from guardrail_gw.detection.scanned import Scanned
from guardrail_gw.errors import ConfigError

_NOTHING: Mapping[Entity, frozenset[str]] = MappingProxyType({})


class Names(Protocol):
    """Named-entity recognition, as the engine sees it."""

    @property
    def entities(self) -> frozenset[Entity]:
        """What it can find."""
        ...

    @property
    def languages(self) -> frozenset[str] | None:
        """Those it was made for; None when nobody says."""
        ...

    def find(self, texts: Sequence[str]) -> list[list[Finding]]:
        """The findings of each text."""
        ...


class Engine:
    """Everything that detects, in one process.

    Raises:
        ConfigError: nothing detects an entity that the operator relies on, or not in a language.
    """

    def __init__(
        self,
        *,
        rules: Sequence[Rule],
        names: Names | None,
        required: Mapping[Entity, frozenset[str]] = _NOTHING,
    ) -> None:
        self._rules = RuleSet(rules)
        self.names = names
        self.entities: frozenset[Entity] = frozenset().union(
            *(rule.detects for rule in rules), names.entities if names else ()
        )
        self._require(required)

    def scan(
        self, texts: Sequence[tuple[str, SegmentKind]], countries: frozenset[str] = frozenset()
    ) -> list[list[Finding]]:
        """The findings of each text: sorted, not overlapping, in code points of the original.

        Args:
            texts: each with its kind.
            countries: see `core.ports.Detector`.
        """
        ruled = self._rules.ruled(countries)
        scanned = [Scanned(text, kind) for text, kind in texts]
        if self.names is None:
            return [each.merged(each.by_rules(ruled)) for each in scanned]
        return [
            each.merged(each.by_rules(ruled), names)
            for each, names in zip(scanned, self._named(scanned), strict=True)
        ]

    def named(self, texts: Sequence[tuple[str, SegmentKind]]) -> list[Sequence[Finding]]:
        """What names alone find in each text, as `Scanned.merged` takes it."""
        return self._named([Scanned(text, kind) for text, kind in texts])

    def warm(self) -> None:
        """See `RuleSet.warm`."""
        self._rules.warm()

    def rules(self, countries: frozenset[str] | None = None) -> tuple[Rule, ...]:
        """The rules for Europe, for everywhere, and for these countries; None: all rules."""
        return self._rules.every if countries is None else self._rules.of(countries)

    def _require(self, required: Mapping[Entity, frozenset[str]]) -> None:
        """Rules read the languages of the EU; a model reads those it was made for."""
        ruled = frozenset[Entity]().union(*(rule.detects for rule in self.rules(frozenset())))
        named = self.names.entities if self.names else frozenset[Entity]()
        if missing := sorted(required.keys() - ruled - named):
            raise ConfigError(
                f"nothing detects {', '.join(missing)}, or only where a policy asks for a "
                "country's identifiers: add a recognizer or a model that does, or take the name "
                "out of detection.require"
            )
        known = self.names.languages if self.names else frozenset[str]()
        for entity, languages in required.items():
            reads = LANGUAGES if entity in ruled else frozenset[str]()
            if entity in named:
                reads |= known or frozenset()
            if unread := sorted(languages - reads):
                told = "; the model does not say which languages it was made for" * (known is None)
                raise ConfigError(
                    f"nothing detects {entity} in {', '.join(unread)}{told}: configure a model "
                    "that was made for it, or take the language out of detection.require"
                )

    def _named(self, scanned: Sequence[Scanned]) -> list[Sequence[Finding]]:
        found: list[Sequence[Finding]] = [() for _ in scanned]
        if self.names is None:
            return found
        read = {index: text for index, each in enumerate(scanned) if (text := each.for_names())}
        results = self.names.find(list(read.values())) if read else []
        for index, findings in zip(read, results, strict=True):
            found[index] = scanned[index].placed(findings)
        return found
