"""What a provider said of an answer, as it may be sent to another one that goes on with it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from guardrail_gw.core.text import Entity


class Mending(Protocol):
    """Puts back what was replaced, in a text that comes in pieces."""

    def feed(self, piece: str) -> str:
        """What is certain of the text so far, and was not given before."""
        ...

    def flush(self) -> str:
        """What was held back: the text has ended."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """A text that may leave."""

    text: str = field(repr=False)
    mending: Callable[[], Mending] | None = None
    """Makes what puts back, in the rest of the answer, what was replaced in the text; None where
    nothing was."""
    entities: Mapping[Entity, int] = field(default_factory=dict)
    """What was found in it, besides what the request had replaced."""
    lawful: frozenset[str] | None = None
    """Deployments to which it may go; None: all to which the request may."""


MayLeave = Callable[[str], Awaitable[Leaving | None]]
"""Takes the text as the provider wrote it; None: it may not leave."""
