"""A request within a body of many."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosed:
    """One request within a body of many: where it lies, and what it says."""

    place: str
    dialect: str
    """Its own."""
    members: Mapping[str, Any] = field(repr=False)
    """Its top-level members; a value may be another than that which is sent."""
    before: int
    """Bytes of it in front of its model's name,"""
    after: int
    """and behind it."""
