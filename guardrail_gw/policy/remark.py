"""What the linter says."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    ERROR = "error"
    """Some request can never be served, or a rule can never do anything."""
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """One thing that is not as it should be."""

    level: Level
    rule: str
    message: str
