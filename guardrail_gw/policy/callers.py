"""Every kind of caller that some policies tell apart, so that two folders can be compared whole.

A kind is what the same documents are for. One caller stands for each pattern, for each pair of
patterns that one name can fit, and for everybody else.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeVar

from guardrail_gw.core.globs import fits
from guardrail_gw.policy.compile import Compiled

LINES = ("tenant", "team", "endpoint")
OTHERS = "others"
"""The label of a caller whom only `*` fits, or nothing."""
_FILLER = "~any~"
"""Stands for `*` in a name that only truly general patterns fit; `~` is in no pattern."""

T = TypeVar("T")
Label = tuple[str, str, str]
"""Tenant, team and endpoint as people would say them: patterns of the documents."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """Callers for whom the same documents are."""

    documents: frozenset[int]
    """Places in the sequence that was given."""
    labels: tuple[Label, ...]


def kinds(documents: Sequence[Compiled], surfaces: Collection[str]) -> tuple[Kind, ...]:
    """All kinds of callers, in the order of their labels.

    Args:
        documents: of every folder that is compared.
        surfaces: those that are served.
    """
    lines = [_told_apart(documents, line, surfaces) for line in LINES]
    found: dict[int, list[Label]] = {}
    for (tenant, a), (team, b), (surface, c) in product(*(each.items() for each in lines)):
        found.setdefault(a & b & c, []).append((tenant, team, surface))
    return tuple(
        Kind(documents=_places(mask, len(documents)), labels=tuple(labels))
        for mask, labels in found.items()
    )


def _told_apart(
    documents: Sequence[Compiled], line: str, surfaces: Collection[str]
) -> dict[str, int]:
    """Label -> for which documents this line of `match` holds; one bit for each document."""
    globs = sorted({glob for each in documents for glob in getattr(each.match, line)})
    names = ((s, s) for s in sorted(surfaces)) if line == "endpoint" else _names(globs)
    keep_all = line == "endpoint"  # there are few, and people ask by them
    found: dict[int, list[str]] = {}
    for name, label in names:
        mask = sum(
            1 << place
            for place, each in enumerate(documents)
            if any(fits(glob, name) for glob in getattr(each.match, line))
        )
        known = found.setdefault(mask, [])
        if keep_all or not known or (" and " not in label and known[0] != OTHERS):
            known.append(label)
    if keep_all:
        return {label: mask for mask, labels in found.items() for label in labels}
    return {", ".join(dict.fromkeys(labels)): mask for mask, labels in found.items()}


def _names(globs: Sequence[str]) -> Iterator[tuple[str, str]]:
    """A name for each pattern and for pairs of them, with how it is called."""
    yield _FILLER, OTHERS
    for glob in globs:
        yield glob.replace("*", _FILLER), glob
    for one, other in product(globs, globs):
        inner = other.replace("*", _FILLER)
        parts = one.split("*")
        for at in range(1, len(parts)):
            name = _FILLER.join(parts[:at]) + inner + _FILLER.join(parts[at:])
            if fits(other, name):
                yield name, f"{one} and {other}"


def _places(mask: int, count: int) -> frozenset[int]:
    return frozenset(place for place in range(count) if mask >> place & 1)


def blocks(chosen: Collection[Label], among: Collection[Label]) -> tuple[tuple[str, ...], ...]:
    """Say whom a set of labels means, each time by what its lines share: `("team support",)`.

    Args:
        chosen: those that are meant.
        among: all that there are; a line that holds for all of it is left out.
    """
    everyone = [frozenset(label[i] for label in among) for i in range(len(LINES))]
    return tuple(
        tuple(
            f"{line} {', '.join(sorted(names))}"
            for line, names, every in zip(LINES, block, everyone, strict=True)
            if names != every
        )
        for block in _products(frozenset(chosen))
    )


def _products(labels: frozenset[Label]) -> Iterator[tuple[frozenset[str], ...]]:
    """Cut a set into products: tenants with the same teams, of these teams with the same surfaces.

    Sorted by name, so that the same set is always said in the same words.
    """
    by_tenant = {t: frozenset((b, c) for a, b, c in labels if a == t) for t, _, _ in labels}
    for tenants, rest in _shared(by_tenant):
        by_team = {team: frozenset(c for b, c in rest if b == team) for team, _ in rest}
        for teams, surfaces in _shared(by_team):
            yield tenants, teams, surfaces


def _shared(table: dict[str, frozenset[T]]) -> Iterator[tuple[frozenset[str], frozenset[T]]]:
    """The names that have the same in the table, together."""
    for value in dict.fromkeys(table[name] for name in sorted(table)):
        yield frozenset(name for name, own in table.items() if own == value), value
