"""One text after another through the same steps: normalise, rules, names, merge."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Protocol

from guardrail_gw.core.text import Entity, Finding, SegmentKind
from guardrail_gw.detection.hidden import hidden
from guardrail_gw.detection.merge import LISTED, merge
from guardrail_gw.detection.normalise import Normalised, normalise
from guardrail_gw.detection.regions import Region, code_regions, in_code
from guardrail_gw.detection.ruled import Ruled
from guardrail_gw.detection.rules.rule import EUROPE, LANGUAGES, Rule
from guardrail_gw.detection.rules.window import Whole
from guardrail_gw.detection.shown import shown
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
        self._rules = tuple(rules)
        self._ruled: dict[frozenset[str], Ruled] = {}
        """Countries -> the rules that run for them."""
        self._elsewhere = frozenset(r.country for r in rules if r.country) - EUROPE
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
        ruled = self._of(countries)
        copies = [normalise(text) for text, _ in texts]
        wholes = [Whole(copy.text) for copy in copies]
        kinds = [kind for _, kind in texts]
        code = [code_in(copy.text, kind) for copy, kind in zip(copies, kinds, strict=True)]
        named = self._named(copies, kinds, code)
        return [
            merge(
                text,
                copy.originals(in_code([*_ruled(ruled, whole, kind), *names], regions)),
                whole.capitals if whole.text == text else None,
            )
            for (text, kind), copy, whole, names, regions in zip(
                texts, copies, wholes, named, code, strict=True
            )
        ]

    def rules(self, countries: frozenset[str] | None = None) -> tuple[Rule, ...]:
        """The rules for Europe, for everywhere, and for these countries; None: all rules."""
        if countries is None:
            return self._rules
        asked = EUROPE | countries
        return tuple(r for r in self._rules if r.country is None or r.country in asked)

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

    def _of(self, countries: frozenset[str]) -> Ruled:
        """Those rules, ready to be run together."""
        asked = countries & self._elsewhere
        if asked not in self._ruled:
            self._ruled[asked] = Ruled(self.rules(asked))
        return self._ruled[asked]

    def _named(
        self,
        copies: Sequence[Normalised],
        kinds: Sequence[SegmentKind],
        code: Sequence[Sequence[Region]],
    ) -> list[list[Finding]]:
        found: list[list[Finding]] = [[] for _ in copies]
        if self.names is None:
            return found
        read = {
            index: shown(copy.text, code[index])
            for index, (copy, kind) in enumerate(zip(copies, kinds, strict=True))
            if kind is not SegmentKind.KEY and copy.text
        }
        read = {index: text for index, text in read.items() if text.strip()}
        results = self.names.find(list(read.values())) if read else []
        for index, findings in zip(read, results, strict=True):
            found[index] = findings
        return found


def code_in(text: str, kind: SegmentKind) -> list[Region]:
    """Where in a text of this kind code stands in which only what is sure counts."""
    return code_regions(text) if kind is SegmentKind.PROSE else []


def _ruled(ruled: Ruled, whole: Whole, kind: SegmentKind) -> list[Finding]:
    """What rules find in a text, as it stands and in its other readings.

    An object key is as a rule what a programmer chose, so that a name of a list says nothing there.
    """
    found = [*ruled.find_in(whole), *hidden(whole, ruled.find)] if whole.text else []
    return [f for f in found if f.recognizer not in LISTED] if kind is SegmentKind.KEY else found
