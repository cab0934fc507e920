"""JSON in which one text is left blank, so that events that differ in it alone are encoded once.

A stream is told in some hundred events that say everything but a few letters again.
"""

from dataclasses import dataclass, field
from typing import Any, Final, Self

from guardrail_gw.dialects.encoding import line

HERE: Final = "\0"
"""Stands for the text."""
_HERE_WRITTEN: Final = line(HERE)


@dataclass(frozen=True, slots=True)
class Blank:
    """What stands before a text, and behind it."""

    before: str = field(repr=False)
    behind: str = field(repr=False)

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self | None:
        """The JSON of `data`, blank where it says `HERE`.

        Returns:
            Nothing if `HERE` is not in it once, or it is not written as JSON usually is.
        """
        try:
            parts = line(data).split(_HERE_WRITTEN)
        except UnicodeEncodeError:
            return None
        return cls(*parts) if len(parts) == 2 else None  # noqa: PLR2004 - before and behind

    def filled(self, text: str) -> str | None:
        """The JSON with a text; nothing where that has half a surrogate pair."""
        try:
            return f"{self.before}{line(text)}{self.behind}"
        except UnicodeEncodeError:
            return None
