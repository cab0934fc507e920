"""The words a policy may use: entities that are detected, places that exist, surfaces served."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec

from guardrail_gw.core.text import Entity
from guardrail_gw.policy.policy import Durability


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """What this gateway, as configured, can detect, place and serve."""

    detectable: frozenset[Entity]
    jurisdictions: Mapping[str, frozenset[str]]
    """Name -> ISO 3166-1 alpha-2 codes (`Catalog.jurisdictions.members`)."""
    surfaces: frozenset[str]
    """`openai_chat`."""
    looks_only: frozenset[Entity] = frozenset()
    """Entities that are found by their looks alone, which with `code: checked` do not count in
    source code."""
    surrogates: bool = False
    """Whether the extra that surrogates need is installed."""
    conditions: bool = False
    """Whether the extra that `when` needs is installed."""
    elsewhere: Mapping[Entity, frozenset[str]] = field(default_factory=dict)
    """Entities that are looked for only where a policy asks for one of these states' identifiers:
    `US_SSN` -> `US`."""
    durable: frozenset[Durability] = frozenset(Durability)
    """Who can have a record before anything leaves."""


def surrogates_installed() -> bool:
    """Whether the extra `surrogates` (Faker) is installed; looks at files, imports nothing."""
    return find_spec("faker") is not None
