"""One request among many that come in one body."""

from collections.abc import Mapping
from dataclasses import dataclass

from guardrail_gw.core.text import Entity


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One request of a body that holds many, for its record."""

    sha256: str
    """Hex digest of it as it is sent, the model named as the client does."""
    entities: Mapping[Entity, int]
    """What was found in it."""
