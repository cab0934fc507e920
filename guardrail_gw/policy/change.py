"""One thing that two sets of policies decide differently, and which of them is the stricter."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """Whether what comes after lets less pass than what was before."""

    NARROWS = "narrows"
    WIDENS = "widens"
    BOTH = "both"
    """It lets pass what was refused, and refuses what passed."""

    @classmethod
    def of(cls, *, narrower: bool, wider: bool) -> "Way":
        """From what is lost and what is won; whatever is not surely narrower widens."""
        if narrower and wider:
            return cls.BOTH
        return cls.NARROWS if narrower and not wider else cls.WIDENS

    @property
    def lets_more_pass(self) -> bool:
        """Whether something passes that did not."""
        return self is not Way.NARROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What is decided about one subject, before and after."""

    subject: str
    """`IBAN_CODE`, `residency`, `outcome`: never what a person wrote."""
    before: str
    """`mask`."""
    after: str
    """`block`."""
    way: Way

    def __str__(self) -> str:
        """In words."""
        return f"{self.subject}: {self.before} -> {self.after}"


def way_of_all(changes: Iterable[Change]) -> Way | None:
    """Of all changes together; None when nothing changes."""
    ways = {change.way for change in changes}
    if not ways:
        return None
    return ways.pop() if len(ways) == 1 else Way.BOTH
