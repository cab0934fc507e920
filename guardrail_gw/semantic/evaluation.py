"""How well classes fit cases: prompts whose class somebody has named."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Final

from pydantic import Field

from guardrail_gw.catalog.facts import Name
from guardrail_gw.core.route_class import RouteClass, Sorted
from guardrail_gw.documents import Strict, closest, read
from guardrail_gw.semantic.classes import Classes

NONE: Final = "(none)"
"""Stands for the class of what is like none of them."""


class Case(Strict):
    """One prompt."""

    prompt: Annotated[str, Field(min_length=1, max_length=100_000, repr=False)]
    kind: Name | None = Field(default=None, alias="class")
    """None: it is like none of the classes."""
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z]+)?$")] | None = None

    @property
    def label(self) -> str:
        """The class, or that it has none."""
        return self.kind or NONE


class CasesConfig(Strict):
    """The whole file."""

    cases: Annotated[tuple[Case, ...], Field(min_length=1, max_length=100_000)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Of one class."""

    cases: int
    precision: float | None
    """Of those that were sorted into it; None: nothing was."""
    recall: float | None
    """Of those that are of it; None: no case is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What became of all cases."""

    labels: tuple[str, ...]
    """The classes, then `NONE`."""
    confusion: dict[str, dict[str, int]]
    """Named class -> class it was sorted into -> cases."""
    accuracy: float
    """Sorted into the named class, or into none where none is named."""
    well_routed: float
    """Ranked as its class is: what is sorted into none is ranked like the fallback class."""
    by: dict[str, int]
    """How they came to their class -> cases."""
    classes: dict[str, Rates]
    languages: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Language -> cases sorted right, and all."""


def load_cases(path: Path, classes: Classes) -> tuple[Case, ...]:
    """Read a file of cases.

    Raises:
        ConfigError: with file, line, field and what to do.
    """
    loaded = read(path, CasesConfig)
    for index, case in enumerate(loaded.value.cases):
        if case.kind is not None and case.kind not in classes.examples:
            raise loaded.fault(
                ("cases", index, "class"),
                f"no class {case.kind!r}",
                near=closest(case.kind, classes.examples),
            )
    return loaded.value.cases


def evaluated(cases: Sequence[Case], found: Sequence[RouteClass], classes: Classes) -> Evaluation:
    """Compare what was found with what was named.

    Args:
        cases: one at least.
        found: of each.
        classes: what there is to be found.
    """
    labels = (*classes.names, NONE)
    pairs = [(case.label, _label(each)) for case, each in zip(cases, found, strict=True)]
    counted = Counter(pairs)
    routed = [
        (case.kind or classes.fallback) == each.name
        for case, each in zip(cases, found, strict=True)
    ]
    languages = dict[str, tuple[int, int]]()
    for case, (named, sorted_) in zip(cases, pairs, strict=True):
        if case.language is not None:
            right, total = languages.get(case.language, (0, 0))
            languages[case.language] = right + (named == sorted_), total + 1
    return Evaluation(
        labels=labels,
        confusion={a: {b: counted[a, b] for b in labels} for a in labels},
        accuracy=sum(counted[a, a] for a in labels) / len(cases),
        well_routed=sum(routed) / len(cases),
        by=dict(Counter(each.by.value for each in found)),
        classes={label: _rates(label, labels, counted) for label in labels},
        languages=languages,
    )


def _label(found: RouteClass) -> str:
    return found.name if found.by is Sorted.NEAREST else NONE


def _rates(label: str, labels: Sequence[str], counted: Counter[tuple[str, str]]) -> Rates:
    right = counted[label, label]
    named = sum(counted[label, other] for other in labels)
    sorted_ = sum(counted[other, label] for other in labels)
    return Rates(
        cases=named,
        precision=right / sorted_ if sorted_ else None,
        recall=right / named if named else None,
    )
